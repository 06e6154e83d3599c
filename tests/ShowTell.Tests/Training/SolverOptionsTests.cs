using ShowTell.Data;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

public sealed class SolverOptionsTests
{
    [Theory]
    [InlineData(50, 600, 30, 150, 1 - (1 / 30.0))]
    [InlineData(500, 85, 29, 21, 1 - (1 / 29.75))]
    [InlineData(1_340, 60, 60, 15, 1 - (1 / 60.0))]
    [InlineData(26_803, 8, 167, 5, 1 - (1 / 167.2))]
    [InlineData(400_000, 8, 200, 5, 0.999)]
    public void Defaults_follow_from_the_number_of_captions(
        int captions, int epochs, int warmup, int patience, double average)
    {
        SolverOptions options = new SolverOptions().For(captions);
        Assert.Equal((epochs, warmup, patience), (options.Epochs, options.WarmupIterations, options.Patience));
        Assert.Equal(average, options.AverageDecay!.Value, 1e-9);
        Assert.Equal(options, options.For(captions));
    }

    [Fact]
    public void Given_values_are_taken()
    {
        SolverOptions given = SolverOptions.Exercises with { WarmupIterations = 7, AverageDecay = 0.5, Patience = 2 };
        Assert.Equal(given, given.For(100));
    }

    [Fact]
    public void A_warmup_as_long_as_the_run_is_refused()
    {
        var options = new SolverOptions { BatchSize = 10, Epochs = 2, WarmupIterations = 20 };
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => options.For(100));
        Assert.Equal((nameof(SolverOptions.WarmupIterations), 20), (error.ParamName, error.ActualValue));
        Assert.Equal(20, options.For(110).WarmupIterations);
    }

    [Fact]
    public void The_solver_trains_by_the_defaults()
    {
        using CaptionDataset dataset = ToyDataset.Make(16, 5);
        var solver = new CaptioningSolver(ToyDataset.Model(dataset), dataset);
        Assert.Equal(new SolverOptions().For(16), solver.Options);
        Assert.Equal(600, solver.Iterations);
    }
}
