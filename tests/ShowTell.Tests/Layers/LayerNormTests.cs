using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

public sealed class LayerNormTests
{
    /// <summary>
    /// torch.nn.functional.layer_norm(torch.linspace(-1, 2, 12).reshape(3, 4) ** 3, (4,), torch.linspace(.5, 2, 4),
    /// torch.linspace(-1, 1, 4)) in double.
    /// </summary>
    [Fact]
    public void Matches_PyTorch()
    {
        double[] expected =
        [
            -1.807905700575291, -0.368081965616141, 1.401853776029687, 2.876426143271645,
            -1.443557866391227, -1.061223165359963, 0.299213497457085, 4.275504244119832,
            -1.590311236259646, -0.916566497215765, 0.762264519392501, 3.955803024724557,
        ];
        Matrix<double> x = Matrix.LinSpace<double>(-1, 2, 3, 4), gain = Matrix.LinSpace<double>(0.5, 2, 1, 4);
        Matrix<double> bias = Matrix.LinSpace<double>(-1, 1, 1, 4);
        foreach (ref double element in x.Span)
        {
            element *= element * element;
        }

        LayerNorm.Forward(x, gain.Span, bias.Span, new LayerNormCache<double>(), x);
        LayerTests.AssertClose(new Matrix<double>(3, 4, expected), x, relative: 0, absolute: 1e-12, "out");
    }

    [Fact]
    public void Constant_rows_become_the_bias()
    {
        var x = new Matrix<float>(2, 5);
        x.Span.Fill(1e6f);
        float[] bias = [1, 2, 3, 4, 5];
        LayerNorm.Forward(x, [9, 9, 9, 9, 9], bias, new LayerNormCache<float>(), x);
        Assert.Equal([.. bias, .. bias], x.Span.ToArray());
    }
}
