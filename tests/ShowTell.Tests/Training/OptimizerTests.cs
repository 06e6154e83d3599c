using System.Text.Json;
using ShowTell.Models;
using ShowTell.Tests.Models;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

public sealed class OptimizerTests
{
    private const int Steps = 10;

    // W_embed has more elements than are updated at a time.
    private static readonly CaptioningOptions s_options = SmallModel.Options(CellKind.Rnn, d: 3, w: 41, h: 5, v: 53);

    [Theory]
    [InlineData(UpdateRule.Sgd, "sgd")]
    [InlineData(UpdateRule.Momentum, "momentum")]
    [InlineData(UpdateRule.RmsProp, "rmsprop")]
    [InlineData(UpdateRule.Adam, "adam")]
    [InlineData(UpdateRule.AdamW, "adamw")]
    public void Ten_steps_are_those_of_numpy(UpdateRule rule, string name)
    {
        CaptioningParameters<double> w = SmallModel.Normal<double>(s_options).Parameters;
        CaptioningParameters<double>[] gradients =
            [.. Enumerable.Range(0, Steps).Select(i => SmallModel.Normal<double>(s_options, (ulong)i).Parameters)];
        double[] rates = [.. Enumerable.Range(0, Steps).Select(i => 0.03 * Math.Pow(0.9, i))];
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllText(
            folder.File("given.json"),
            JsonSerializer.Serialize(new { rule = name, w = Flat(w), gradients = gradients.Select(Flat), rates, decays = Decays(w) }));
        string expected = TestData.RunPython(["numpy"], """
            import json, sys
            import numpy as np
            given = json.load(open(sys.argv[1]))
            rule, w = given['rule'], np.array(given['w'])
            v, m, s = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
            for t, (dw, rate) in enumerate(zip(np.array(given['gradients']), given['rates']), start=1):
                if rule == 'sgd':
                    w = w - rate * dw
                elif rule == 'momentum':
                    v = 0.9 * v - rate * dw
                    w = w + v
                elif rule == 'rmsprop':
                    s = 0.99 * s + (1 - 0.99) * dw ** 2
                    w = w - rate * dw / (np.sqrt(s) + 1e-8)
                else:
                    if rule == 'adamw':
                        w = w - rate * 0.2 * np.array(given['decays']) * w
                    m = 0.9 * m + (1 - 0.9) * dw
                    s = 0.999 * s + (1 - 0.999) * dw ** 2
                    w = w - rate * (m / (1 - 0.9 ** t)) / (np.sqrt(s / (1 - 0.999 ** t)) + 1e-8)
            print(json.dumps(w.tolist()))
            """, folder.File("given.json"));

        var optimizer = new Optimizer<double>(rule, s_options, weightDecay: 0.2);
        for (int i = 0; i < Steps; i++)
        {
            double[] before = Flat(gradients[i]);
            optimizer.Update(w, gradients[i], rates[i]);
            Assert.Equal(before, Flat(gradients[i]));
        }

        Assert.All(JsonSerializer.Deserialize<double[]>(expected)!.Zip(Flat(w)), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Theory]
    [InlineData(UpdateRule.Sgd)]
    [InlineData(UpdateRule.Momentum)]
    [InlineData(UpdateRule.RmsProp)]
    [InlineData(UpdateRule.Adam)]
    public void Nothing_to_learn_changes_nothing(UpdateRule rule)
    {
        CaptioningParameters<float> w = SmallModel.Normal<float>(s_options).Parameters;
        float[] before = [.. w.All.SelectMany(parameter => parameter.Value.Span.ToArray())];
        var optimizer = new Optimizer<float>(rule, s_options);
        optimizer.Update(w, new CaptioningParameters<float>(s_options), 0.1);
        Assert.Equal(before, w.All.SelectMany(parameter => parameter.Value.Span.ToArray()));
    }

    [Fact]
    public void Only_adam_learns_by_smaller_steps_by_default()
    {
        Assert.Equal(1e-3, new SolverOptions().LearningRate);
        Assert.All(
            (UpdateRule[])[UpdateRule.Sgd, UpdateRule.Momentum, UpdateRule.RmsProp],
            rule => Assert.Equal(1e-2, new SolverOptions { UpdateRule = rule }.LearningRate));
    }

    /// <summary>1 for what decays, 0 for biases.</summary>
    private static double[] Decays(CaptioningParameters<double> parameters) =>
    [
        .. parameters.All.SelectMany(parameter => Enumerable.Repeat(
            CaptioningParameters<double>.IsVector(parameter.Name) ? 0.0 : 1.0, parameter.Value.Length)),
    ];

    private static double[] Flat(CaptioningParameters<double> parameters) =>
        [.. parameters.All.SelectMany(parameter => parameter.Value.Span.ToArray())];
}
