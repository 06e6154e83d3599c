using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

public sealed class TimeMajorTests
{
    [Fact]
    public void Rows_of_a_timestep_are_adjacent()
    {
        Matrix<float> batchMajor = Matrix.FromRows<float>([10, 0], [11, 0], [12, 0], [20, 0], [21, 0], [22, 0]);
        Matrix<float> timeMajor = TimeMajor.FromBatchMajor<float>(batchMajor, batchSize: 2);
        Assert.Equal([10, 0, 20, 0, 11, 0, 21, 0, 12, 0, 22, 0], timeMajor.Span);
        Assert.Equal(batchMajor.Span, TimeMajor.ToBatchMajor<float>(timeMajor, batchSize: 2).Span);
    }
}
