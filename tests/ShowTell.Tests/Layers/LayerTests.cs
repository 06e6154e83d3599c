using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

/// <summary>What holds for every layer of <see cref="LayerTable"/> on every shape.</summary>
public sealed class LayerTests
{
    public static TheoryData<string, int> Cases
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach ((string layer, _) in LayerTable.Layers<double>())
            {
                for (int i = 0; i < LayerTable.Shapes.Length; i++)
                {
                    data.Add(layer, i);
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_match_numeric_ones(string layer, int shape)
    {
        Differentiable<double> instance = LayerTable.Make<double>(layer, LayerTable.Shapes[shape]);
        instance.Forward();
        Matrix<double>[] gradients = instance.Backward();
        for (int i = 0; i < gradients.Length; i++)
        {
            (string name, Matrix<double> value) = instance.Inputs[i];
            Matrix<double> numeric = Numeric(instance, value);
            string where = $"{layer}, d{name}, {LayerTable.Shapes[shape]}";
            AssertClose(numeric, gradients[i], relative: 1e-7, absolute: 2e-9, where);
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Float_matches_double_up_to_rounding(string layer, int shape)
    {
        Differentiable<double> exact = LayerTable.Make<double>(layer, LayerTable.Shapes[shape]);
        Differentiable<float> rounded = LayerTable.Make<float>(layer, LayerTable.Shapes[shape]);
        Matrix<double>[] expected = [.. exact.Forward(), .. exact.Backward()];
        Matrix<float>[] actual = [.. rounded.Forward(), .. rounded.Backward()];
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            AssertClose(
                expected[i], Widen(actual[i]), relative: 1e-5, absolute: 1e-5,
                $"{layer}, result {i}, {LayerTable.Shapes[shape]}");
        }
    }

    internal static void AssertClose(
        Matrix<double> expected, Matrix<double> actual, double relative, double absolute, string where)
    {
        Assert.Equal((expected.Rows, expected.Columns), (actual.Rows, actual.Columns));
        for (int i = 0; i < expected.Length; i++)
        {
            double x = expected.Span[i], y = actual.Span[i];
            Assert.True(
                Math.Abs(x - y) <= absolute + (relative * (Math.Abs(x) + Math.Abs(y))),
                $"{where}: element {i} is {y:R}; expected {x:R}.");
        }
    }

    internal static Matrix<double> Widen(Matrix<float> matrix) =>
        new(matrix.Rows, matrix.Columns, [.. matrix.Span.ToArray().Select(element => (double)element)]);

    private static Matrix<double> Numeric(Differentiable<double> instance, Matrix<double> input)
    {
        var sum = new Matrix<double>(input.Rows, input.Columns);
        for (int k = 0; k < instance.DOutputs.Length; k++)
        {
            int output = k;
            Matrix<double> part = GradientCheck.Numeric(() => instance.Forward()[output], input, instance.DOutputs[k]);
            for (int i = 0; i < sum.Length; i++)
            {
                sum.Span[i] += part.Span[i];
            }
        }

        return sum;
    }
}
