using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using ShowTell.Tests.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

/// <summary>Training steps in float against the same steps in double.</summary>
public sealed class TrainingPrecisionTests
{
    [Theory]
    [InlineData("rnn")]
    [InlineData("lstm")]
    [InlineData("gru")]
    [InlineData("transformer")]
    public void Float_steps_match_double_steps_to_five_digits(string variant)
    {
        CaptioningOptions options = ModelVariants.Options(variant, d: 38, w: 45, h: 54, v: 71);
        var precise = new CaptioningModel<double>(options, new SeededRandom(1));
        var model = new CaptioningModel<float>(options, new SeededRandom(1));
        var (preciseGradients, gradients) =
            (new CaptioningParameters<double>(options), new CaptioningParameters<float>(options));
        var (preciseRule, rule) =
            (new Optimizer<double>(UpdateRule.Momentum, options), new Optimizer<float>(UpdateRule.Momentum, options));
        var random = new SeededRandom(2);
        for (int step = 0; step < 5; step++)
        {
            Matrix<float> features = Matrix.Normal<float>(random, 9, 38);
            Matrix<double> preciseFeatures = new(
                9, 38, [.. features.Span.ToArray().Select(feature => (double)feature)]);
            int[] captions = SmallModel.Captions(random, 9, 12, 71);
            for (int n = 0; n < 9; n++)
            {
                captions.AsSpan((n * 12) + 4 + n, 8 - n).Clear();
            }

            double loss = precise.Loss(preciseFeatures, captions, preciseGradients);
            Assert.Equal(loss, model.Loss(features, captions, gradients), 1e-5 * loss);
            AssertClose(preciseGradients, gradients);
            preciseRule.Update(precise.Parameters, preciseGradients, 0.05);
            rule.Update(model.Parameters, gradients, 0.05);
            AssertClose(precise.Parameters, model.Parameters);
        }
    }

    /// <summary>The vector width may change only last bits.</summary>
    [Theory]
    [MemberData(nameof(VectorWidth.Switches), MemberType = typeof(VectorWidth))]
    public Task Steps_with_narrower_vectors_match_too(string disabled) =>
        VectorWidth.RunTests(
            disabled, typeof(TrainingPrecisionTests), nameof(Float_steps_match_double_steps_to_five_digits));

    private static void AssertClose(CaptioningParameters<double> expected, CaptioningParameters<float> actual)
    {
        foreach (((string name, Matrix<double> precise), (_, Matrix<float> value)) in expected.All.Zip(actual.All))
        {
            double largest = precise.Span.ToArray().Max(Math.Abs);
            for (int i = 0; i < precise.Length; i++)
            {
                Assert.True(
                    Math.Abs(precise.Span[i] - value.Span[i]) <= 1e-5 * largest,
                    $"{name}[{i}] is {value.Span[i]}, in double {precise.Span[i]}.");
            }
        }
    }
}
