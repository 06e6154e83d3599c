using ShowTell.Models;
using ShowTell.Tests.Models;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

public sealed class GradientClippingTests
{
    private static readonly CaptioningOptions s_options = SmallModel.Options(CellKind.Lstm, d: 3, w: 41, h: 50, v: 53);

    [Fact]
    public void Gradients_above_the_limit_are_scaled_down_together()
    {
        CaptioningParameters<double> gradients = SmallModel.Normal<double>(s_options).Parameters;
        double[] before = Flat(gradients);
        double norm = Math.Sqrt(before.Sum(value => value * value));
        Assert.Equal(norm, GradientClipping.Norm(gradients), 1e-9);

        Assert.Equal(norm, GradientClipping.Clip(gradients, norm * 1.001), 1e-9);
        Assert.Equal(before, Flat(gradients));

        Assert.Equal(norm, GradientClipping.Clip(gradients, 2.5), 1e-9);
        Assert.Equal(2.5, GradientClipping.Norm(gradients), 1e-9);
        Assert.All(before.Zip(Flat(gradients)), pair => Assert.Equal(pair.First * 2.5 / norm, pair.Second, 1e-12));
    }

    [Fact]
    public void NaN_gradients_are_not_clipped()
    {
        CaptioningParameters<float> gradients = SmallModel.Normal<float>(s_options).Parameters;
        gradients.WProj[0, 0] = float.PositiveInfinity;
        float other = gradients.WProj[0, 1];
        Assert.Equal(double.PositiveInfinity, GradientClipping.Clip(gradients, 1));
        Assert.Equal(other, gradients.WProj[0, 1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.Clip(gradients, 0));
    }

    private static double[] Flat(CaptioningParameters<double> parameters) =>
        [.. parameters.All.SelectMany(parameter => parameter.Value.Span.ToArray())];
}
