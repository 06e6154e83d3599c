using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

public sealed class DropoutTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Dropout_drops_its_rate_and_keeps_the_mean(double rate)
    {
        var x = new Matrix<double>(400, 251);
        x.Span.Fill(1);
        Dropout.Forward<double>(x, new DropoutMask(rate, key: 5), x);
        double[] kinds = [.. x.Span.ToArray().Distinct().Order()];
        Assert.Equal(2, kinds.Length);
        Assert.Equal(0, kinds[0]);
        Assert.Equal(1 / (1 - rate), kinds[1], 1e-3);
        double count = x.Length, deviation = Math.Sqrt(rate * (1 - rate) / count);
        Assert.Equal(rate, x.Span.Count(0.0) / count, 4 * deviation);

        // Every row and column drops about its share.
        for (int r = 0; r < x.Rows; r++)
        {
            Assert.Equal(rate, x.Row(r).Count(0.0) / 251.0, 6 * Math.Sqrt(rate * (1 - rate) / 251));
        }
    }

    [Fact]
    public void The_mask_depends_only_on_the_key()
    {
        Assert.Equal(Mask(1), Mask(1));
        Assert.NotEqual(Mask(1), Mask(2));
        Assert.NotEqual(Mask(1)[..40], Mask(1)[40..80]);

        static double[] Mask(ulong key)
        {
            var x = new Matrix<double>(30, 40);
            x.Span.Fill(1);
            Dropout.Forward<double>(x, new DropoutMask(0.5, key), x);
            return x.Span.ToArray();
        }
    }

    [Fact]
    public void A_rate_of_zero_drops_nothing()
    {
        Assert.True(default(DropoutMask).IsNone);
        Assert.True(new DropoutMask(0, key: 3).IsNone);
        Assert.False(new DropoutMask(1e-3, key: 3).IsNone);
        Matrix<float> x = Matrix.Normal<float>(new SeededRandom(1), 3, 5);
        float[] before = x.Span.ToArray();
        Dropout.Forward<float>(x, default, x);
        Assert.Equal(before, x.Span.ToArray());
    }
}
