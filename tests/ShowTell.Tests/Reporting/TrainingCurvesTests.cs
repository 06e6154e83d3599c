using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class TrainingCurvesTests
{
    [Fact]
    public void A_training_has_losses_on_one_plot_and_scores_on_another()
    {
        TrainingCurves curves = Read(
            """{"iteration":1,"epoch":1,"loss":9.5,"learningRate":0.001,"captionsPerSecond":10,"seconds":0.5}""",
            """{"iteration":2,"epoch":1,"loss":8,"validationLoss":7.5,"score":0.1,"seconds":1}""",
            """{"iteration":3,"epoch":2,"loss":7,"seconds":1.5}""",
            """{"iteration":4,"epoch":2,"loss":6,"validationLoss":6.5,"score":0.2,"seconds":61.25}""")!;
        Assert.Equal((4, 2, TimeSpan.FromSeconds(61.25)), (curves.Iterations, curves.Epochs, curves.Duration!.Value));
        IReadOnlyList<LinePlot> plots = curves.Plots();
        Assert.Equal(["Loss per caption", "CIDEr-D of captions"], plots.Select(plot => plot.Title));
        Assert.All(plots, plot => Assert.Equal("epoch", plot.XLabel));
        Assert.Equal([(0.5, 9.5), (1, 8), (1.5, 7), (2, 6)], plots[0].Series[0].Points);
        Assert.Equal(SeriesStyle.Smoothed, plots[0].Series[0].Style);
        Assert.Equal([(1, 7.5), (2, 6.5)], plots[0].Series[1].Points);
        Assert.Equal([(1, 0.1), (2, 0.2)], Assert.Single(plots[1].Series).Points);
    }

    [Fact]
    public void A_refining_has_rewards_beside_scores_and_no_loss()
    {
        LinePlot plot = Assert.Single(Read(
            """{"iteration":0,"epoch":0,"score":0.4}""",
            """{"iteration":1,"epoch":1,"reward":0.14,"learningRate":5E-05}""",
            """{"iteration":2,"epoch":1,"reward":0.25,"score":0.44}""",
            """{"iteration":4,"epoch":2,"reward":0.5,"score":0.43}""")!.Plots());
        Assert.Equal(["training (sampled captions)", "validation"], plot.Series.Select(series => series.Name));
        Assert.Equal([(0.5, 0.14), (1, 0.25), (2, 0.5)], plot.Series[0].Points);
        Assert.Equal([(0, 0.4), (1, 0.44), (2, 0.43)], plot.Series[1].Points);
    }

    [Fact]
    public void Within_the_first_epoch_iterations_are_shown()
    {
        LinePlot plot = Assert.Single(
            Read("""{"iteration":1,"epoch":1,"loss":2}""", """{"iteration":2,"epoch":1,"loss":1}""")!.Plots());
        Assert.Equal("iteration", plot.XLabel);
        Assert.Equal([(1, 2), (2, 1)], Assert.Single(plot.Series).Points);
    }

    /// <summary>The losses of a model that knows nothing would flatten what comes after them.</summary>
    [Fact]
    public void The_first_losses_may_leave_the_plot()
    {
        LinePlot plot = Read([.. Enumerable.Range(1, 300).Select(
            i => $$"""{"iteration":{{i}},"epoch":1,"loss":{{(i < 4 ? 1000 : 10)}}}""")])!.Plots()[0];
        Assert.Equal(11, plot.Limit!.Value, 1e-9);
        Assert.Equal(300, plot.Series[0].Points.Count);
        Assert.DoesNotContain(">1,000<", plot.ToSvg(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"iteration\":2,\"epoch\":1,", "end of")]
    [InlineData("no JSON", "is not a line of a training log")]
    [InlineData("[1]", "is not a line of a training log")]
    [InlineData("null", "is not a line of a training log")]
    [InlineData("{\"epoch\":1,\"loss\":2}", "iteration")]
    [InlineData("{\"iteration\":2,\"epoch\":1,\"loss\":\"much\"}", "is not a line of a training log")]
    [InlineData("{\"iteration\":0,\"epoch\":1,\"loss\":2}", "out of order")]
    public void A_line_that_is_none_is_named(string line, string said)
    {
        string message = Assert.Throws<DataException>(
            () => Read("""{"iteration":1,"epoch":1,"loss":2}""", line)).Message;
        Assert.Contains("metrics.jsonl, line 2: ", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void No_log_and_an_empty_one_are_no_curves()
    {
        Assert.Null(Read());
        Assert.Null(TrainingCurves.Read("nowhere/metrics.jsonl"));
    }

    private static TrainingCurves? Read(params string[] lines)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("metrics.jsonl");
        File.WriteAllLines(path, lines);
        return TrainingCurves.Read(path);
    }
}
