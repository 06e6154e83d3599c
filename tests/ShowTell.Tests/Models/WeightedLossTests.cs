using ShowTell.Layers;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Layers;
using Xunit;

namespace ShowTell.Tests.Models;

/// <summary>The loss with weighted captions, for every model.</summary>
public sealed class WeightedLossTests
{
    private const int N = 4, Width = 6;

    public static TheoryData<string> Names => ModelVariants.Names;

    [Theory, MemberData(nameof(Names))]
    public void Gradients_match_numeric_ones(string variant)
    {
        (CaptioningModel<double> model, Matrix<double> features, int[] captions) = Make(variant);
        double[] weights = [1.5, -0.7, 0, 2];
        CaptioningParameters<double> gradients = new(model.Options), unused = new(model.Options);
        model.Loss(features, captions, gradients, weights);
        for (int i = 0; i < gradients.All.Count; i++)
        {
            (string name, Matrix<double> value) = model.Parameters.All[i];
            Matrix<double> numeric = GradientCheck.Numeric(
                () => model.Loss(features, captions, unused, weights), value);
            LayerTests.AssertClose(
                numeric, gradients.All[i].Value, relative: 1e-6, absolute: 1e-8, $"{variant} {name}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Weights_of_1_change_no_bit_and_do_not_persist(string variant)
    {
        (CaptioningModel<double> model, Matrix<double> features, int[] captions) = Make(variant);
        CaptioningParameters<double> plain = new(model.Options), weighted = new(model.Options);
        double loss = model.Loss(features, captions, plain);
        Assert.Equal(loss, model.Loss(features, captions, weighted, [1, 1, 1, 1]));
        Assert.All(plain.All.Zip(weighted.All), pair => Assert.Equal(pair.First.Value.Span, pair.Second.Value.Span));
        Assert.NotEqual(loss, model.Loss(features, captions, weighted, [2, 1, 1, 1]));
        Assert.Equal(loss, model.Loss(features, captions));
    }

    [Fact]
    public void Each_weight_applies_to_its_caption()
    {
        (CaptioningModel<double> model, Matrix<double> features, int[] captions) = Make("lstm");
        double[] weights = [1, -10, 100, 0.1];
        double expected = 0;
        for (int n = 0; n < N; n++)
        {
            var row = new ReadOnlyMatrixSpan<double>(features.Row(n), 1, features.Columns);
            expected += weights[n] * model.Loss(row, captions.AsSpan(n * Width, Width)) / N;
        }

        Assert.Equal(expected, model.Loss(features, captions, new(model.Options), weights), 1e-10);
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(features, captions, new(model.Options), [1.0, 1]));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(features, captions, new(model.Options), []));
    }

    /// <summary>Captions of different lengths, so that the model reorders them.</summary>
    private static (CaptioningModel<double> Model, Matrix<double> Features, int[] Captions) Make(string variant)
    {
        CaptioningOptions options = ModelVariants.Options(variant);
        Matrix<double> features = Matrix.Normal<double>(new SeededRandom(8), N, options.FeatureSize);
        int[] captions = [1, 4, 2, 0, 0, 0, 1, 5, 6, 7, 4, 2, 1, 2, 0, 0, 0, 0, 1, 6, 5, 4, 2, 0];
        return (SmallModel.Normal<double>(options), features, captions);
    }
}
