using ShowTell.Data;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

public sealed class LearningRateScheduleTests
{
    private static readonly SolverOptions s_options = SolverOptions.Exercises with
    {
        BatchSize = 8, Epochs = 6, LearningRate = 1, LearningRateDecay = 0.5, UpdateRule = UpdateRule.Sgd,
    };

    [Fact]
    public void Each_schedule_lowers_the_rate()
    {
        Assert.Equal([1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125], Rates(s_options, bestEpochs: []));
        Assert.Equal(
            [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5],
            Rates(s_options with { Schedule = LearningRateSchedule.Step, StepEpochs = 2 }, bestEpochs: []));
        Assert.Equal(
            [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5],
            Rates(s_options with { Schedule = LearningRateSchedule.Plateau }, bestEpochs: [1, 3, 4]));
    }

    [Fact]
    public void The_cosine_ends_at_1_percent()
    {
        double[] rates = Rates(s_options with { Schedule = LearningRateSchedule.Cosine, Epochs = 4 }, bestEpochs: []);
        Assert.Equal(1, rates[0]);
        Assert.Equal(0.505, rates[4], 1e-12);
        Assert.Equal(rates.OrderDescending(), rates);
        Assert.InRange(rates[^1], 0.01, 0.06);
    }

    [Fact]
    public void Warmup_is_linear()
    {
        double[] rates = Rates(s_options with { WarmupIterations = 4 }, bestEpochs: []);
        Assert.Equal([0.25, 0.5, 0.375, 0.5, 0.25, 0.25, 0.125, 0.125], rates);
        double[] cosine = Rates(
            s_options with { WarmupIterations = 4, Schedule = LearningRateSchedule.Cosine, Epochs = 4 }, []);
        Assert.Equal([0.25, 0.5, 0.75, 1, 1], cosine[..5]);
    }

    [Fact]
    public void The_solver_follows_its_schedule_and_stops_without_improvement()
    {
        using CaptionDataset dataset = ToyDataset.Make(16, 5);
        int calls = 0;
        SolverOptions options = s_options with
        {
            Schedule = LearningRateSchedule.Plateau, Epochs = 20, Patience = 3, LearningRate = 1e-3,
            Score = model => ++calls == 2 ? 1 : 0,
        };
        var progress = new List<TrainingProgress>();
        var solver = new CaptioningSolver(ToyDataset.Model(dataset), dataset, options);
        Assert.True(solver.Run(progress.Add));
        Assert.Equal((2, 5), (solver.BestEpoch, solver.ScoreHistory.Count));
        Assert.Equal(
            [1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4, 2.5e-4],
            progress.Select(step => step.LearningRate));
        Assert.Equal([null, 0, null, 1, null, 0, null, 0, null, 0], progress.Select(step => step.Score));
    }

    /// <summary>The rates of four epochs of two iterations each.</summary>
    private static double[] Rates(SolverOptions options, int[] bestEpochs)
    {
        var rates = new LearningRates(options, iterations: 2 * options.Epochs ?? 0);
        var all = new List<double>();
        for (int epoch = 1; epoch <= 4; epoch++)
        {
            all.Add(rates.At(all.Count));
            all.Add(rates.At(all.Count));
            rates.EndEpoch(epoch, bestEpochs.Contains(epoch));
        }

        return [.. all];
    }
}
