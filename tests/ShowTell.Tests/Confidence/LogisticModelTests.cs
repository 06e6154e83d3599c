using ShowTell.Confidence;
using Xunit;

namespace ShowTell.Tests.Confidence;

public sealed class LogisticModelTests
{
    [Fact]
    public void The_weights_of_the_model_that_made_the_outcomes_are_found()
    {
        var random = new Random(3);
        double[][] inputs =
            [.. Enumerable.Range(0, 20_000).Select(_ => new[] { random.NextDouble() * 4, 10 * random.NextDouble() })];
        var truth = new LogisticModel(-1, [1.5, -0.3]);
        bool[] outcomes = [.. inputs.Select(x => random.NextDouble() < truth.Probability(x))];
        LogisticModel fitted = LogisticModel.Fit(inputs, outcomes);
        Assert.InRange(fitted.Bias, -1.15, -0.85);
        Assert.InRange(fitted.Weights[0], 1.4, 1.6);
        Assert.InRange(fitted.Weights[1], -0.33, -0.27);

        // Probabilities are right on average: the gradient with respect to the bias, which has no penalty, is 0.
        Assert.Equal(
            outcomes.Average(outcome => outcome ? 1.0 : 0), inputs.Average(x => fitted.Probability(x)), 1e-9);
    }

    [Fact]
    public void Outcomes_that_an_input_separates_and_inputs_that_never_change_give_finite_weights()
    {
        double[][] inputs = [.. Enumerable.Range(0, 40).Select(i => new double[] { i, 7 })];
        LogisticModel fitted = LogisticModel.Fit(inputs, [.. Enumerable.Range(0, 40).Select(i => i >= 20)]);
        Assert.All(fitted.Weights, weight => Assert.True(double.IsFinite(weight)));
        Assert.InRange(fitted.Probability([39, 7]), 0.95, 1);
        Assert.InRange(fitted.Probability([0, 7]), 0, 0.05);
        Assert.Equal(0.5, fitted.Probability([19.5, 7]), 1e-6);
    }
}
