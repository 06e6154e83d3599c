using System.Text.Json;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

public sealed class OptimizerTests
{
    // W_embed is larger than a block of work.
    private static readonly CaptioningOptions s_options = SmallModel.Options(CellKind.Rnn, d: 3, w: 41, h: 5, v: 53);

    /// <summary>By <c>tests/golden/optimizers.py</c>, whose numbers are repeated for all elements.</summary>
    [Theory]
    [InlineData(UpdateRule.Sgd)]
    [InlineData(UpdateRule.Momentum)]
    [InlineData(UpdateRule.RmsProp)]
    [InlineData(UpdateRule.Adam)]
    [InlineData(UpdateRule.AdamW)]
    public void Ten_steps_match_NumPy(UpdateRule rule)
    {
        JsonElement golden = GoldenFile.Read("optimizers"), given = golden.GetProperty("given");
        CaptioningParameters<double> w = Repeated(given.GetProperty("weights"));
        double[] rates = given.GetProperty("rates").Numbers();
        var optimizer = new Optimizer<double>(rule, s_options, weightDecay: 0.2);
        foreach ((double rate, JsonElement gradient) in rates.Zip(given.GetProperty("gradients").EnumerateArray()))
        {
            CaptioningParameters<double> gradients = Repeated(gradient);
            double[] before = Flat(gradients);
            optimizer.Update(w, gradients, rate);
            Assert.Equal(before, Flat(gradients));
        }

        JsonElement expected = golden.GetProperty("expected").GetProperty($"{rule}");
        Assert.All(w.All, parameter =>
        {
            bool isBias = parameter.IsVector;
            double[] numbers = expected.GetProperty(isBias ? "biases" : "weights").Numbers();
            Assert.All(parameter.Value.Span.ToArray().Index(), element => Assert.Equal(
                numbers[element.Index % numbers.Length], element.Item, 1e-12));
        });
    }

    [Theory]
    [InlineData(UpdateRule.Sgd)]
    [InlineData(UpdateRule.Momentum)]
    [InlineData(UpdateRule.RmsProp)]
    [InlineData(UpdateRule.Adam)]
    public void Zero_gradients_change_nothing(UpdateRule rule)
    {
        CaptioningParameters<float> w = SmallModel.Normal<float>(s_options).Parameters;
        float[] before = [.. w.All.SelectMany(parameter => parameter.Value.Span.ToArray())];
        var optimizer = new Optimizer<float>(rule, s_options);
        optimizer.Update(w, new CaptioningParameters<float>(s_options), 0.1);
        Assert.Equal(before, w.All.SelectMany(parameter => parameter.Value.Span.ToArray()));
    }

    [Fact]
    public void Only_Adam_has_a_smaller_default_learning_rate()
    {
        Assert.Equal(1e-3, new SolverOptions().LearningRate);
        Assert.All(
            (UpdateRule[])[UpdateRule.Sgd, UpdateRule.Momentum, UpdateRule.RmsProp],
            rule => Assert.Equal(1e-2, new SolverOptions { UpdateRule = rule }.LearningRate));
    }

    private static CaptioningParameters<double> Repeated(JsonElement list)
    {
        double[] numbers = list.Numbers();
        var parameters = new CaptioningParameters<double>(s_options);
        foreach ((_, Matrix<double> value) in parameters.All)
        {
            for (int i = 0; i < value.Length; i++)
            {
                value.Span[i] = numbers[i % numbers.Length];
            }
        }

        return parameters;
    }

    private static double[] Flat(CaptioningParameters<double> parameters) =>
        [.. parameters.All.SelectMany(parameter => parameter.Value.Span.ToArray())];
}
