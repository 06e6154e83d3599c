using ShowTell.Layers;
using ShowTell.Numerics;
using ShowTell.Tests.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

[Collection(WorkersCollection.Name)]
public sealed class TemporalSoftmaxLossThreadsTests
{
    private static readonly Matrix<float> s_scores = Matrix.Normal<float>(new SeededRandom(6), 301, 130);
    private static readonly int[] s_targets = [.. Enumerable.Range(0, 301).Select(r => r % 130)];
    private static readonly bool[] s_mask = [.. Enumerable.Range(0, 301).Select(r => r % 7 != 0)];

    [Fact]
    public void Callers_on_several_threads_do_not_disturb_each_other()
    {
        (double Loss, float[] Gradient) expected = Run();
        WorkersCollection.With(3, () => Parallel.For(0, 40, _ =>
        {
            (double Loss, float[] Gradient) result = Run();
            Assert.Equal(expected.Loss, result.Loss);
            Assert.Equal(expected.Gradient, result.Gradient);
        }));
    }

    [Fact]
    public void Nothing_is_allocated_once_warm()
    {
        Matrix<float> dScores = LayerTable.Like(s_scores);
        foreach (int count in new[] { 1, 3 })
        {
            WorkersCollection.With(count, () =>
            {
                TemporalSoftmaxLoss.ForwardBackward<float>(s_scores, s_targets, s_mask, 20, dScores);
                long before = GC.GetAllocatedBytesForCurrentThread();
                TemporalSoftmaxLoss.ForwardBackward<float>(s_scores, s_targets, s_mask, 20, dScores);
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            });
        }
    }

    private static (double Loss, float[] Gradient) Run()
    {
        Matrix<float> dScores = LayerTable.Like(s_scores);
        double loss = TemporalSoftmaxLoss.ForwardBackward<float>(s_scores, s_targets, s_mask, 20, dScores);
        return (loss, dScores.Span.ToArray());
    }
}
