using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

public sealed class DotProductTests
{
    [Fact]
    public void The_dot_product_is_correct_at_every_length()
    {
        for (int length = 0; length <= 70; length++)
        {
            double[] x = [.. Enumerable.Range(1, length).Select(i => Math.Sin(i))],
                y = [.. x.Select(value => 1 - (2 * value))];
            double expected = x.Zip(y, (a, b) => a * b).Sum();
            Assert.Equal(expected, DotProduct.Of<double>(x, y), 1e-12);
            float[] single = [.. x.Select(value => (float)value)], other = [.. y.Select(value => (float)value)];
            Assert.Equal(expected, DotProduct.Of<float>(single, other), 1e-4);
        }
    }
}
