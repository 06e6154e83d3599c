using ShowTell.Diagnostics;
using Xunit;

namespace ShowTell.Tests.Diagnostics;

public sealed class TrainingCourseTests
{
    [Theory]
    [InlineData(
        "The validation loss was still falling after epoch 6.", "Train longer (--epochs 12).",
        50.0, 45.0, 42.0, 40.0, 39.0, 38.5)]
    [InlineData(
        "The validation loss hardly changed in 6 epochs.", "If captions are poor, raise the learning rate (--lr).",
        50.0, 49.9, 49.8, 49.8, 49.8, 49.7)]
    [InlineData(
        "The validation loss leveled off; it was lowest after epoch 5 of 6.", null, 50.0, 40.0, 38.2, 38.1, 38.0, 38.1)]
    [InlineData(
        "The validation loss leveled off; it was lowest after epoch 6 of 6.", null, 50.0, 40.0, 38.2, 38.1, 38.1, 38.0)]
    [InlineData(
        "Overfitting since epoch 4: the validation loss rose from 38.00 to 41.00; the weights of epoch 3 were kept.",
        null, 50.0, 40.0, 38.0, 39.0, 40.0, 41.0)]
    public void A_run_was_too_short_or_long_enough_or_overfits(string text, string? advice, params double[] losses)
    {
        Finding finding = TrainingCourse.Judge(losses, kept: Array.IndexOf(losses, losses.Min()) + 1);
        Assert.Equal((text, advice), (finding.Text, finding.Advice));
        Assert.Equal(advice is null ? FindingLevel.Good : FindingLevel.Warning, finding.Level);
        Assert.Equal(6, finding.Values["epochs"]);
    }

    [Fact]
    public void Weights_of_an_overfitting_epoch_are_a_warning()
    {
        Finding finding = TrainingCourse.Judge([50, 38, 40, 42], kept: 4);
        Assert.Equal(FindingLevel.Warning, finding.Level);
        Assert.Contains("--keep best", finding.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30, "The run had only 30 iterations, too few for a model to learn much.", 40, 5.0, 4.0, 4.01)]
    [InlineData(30, "The run had only 30 iterations, too few for a model to learn much.", 14, 5.0)]
    [InlineData(199, "The validation loss was still falling after epoch 3.", 7, 5.0, 4.0, 3.0)]
    public void A_run_of_few_iterations_was_too_short(long iterations, string text, int epochs, params double[] losses)
    {
        Finding finding = TrainingCourse.Judge(losses, losses.Length, iterations: iterations);
        Assert.Equal(
            (FindingLevel.Warning, text, $"Train longer (--epochs {epochs})."),
            (finding.Level, finding.Text, finding.Advice));
    }

    [Fact]
    public void A_run_of_enough_iterations_may_level_off() => Assert.Equal(
        FindingLevel.Good, TrainingCourse.Judge([5, 4, 4, 4], 4, iterations: 200).Level);

    /// <summary>The loss may fall for longer than captions get better.</summary>
    [Fact]
    public void A_run_whose_best_score_is_earlier_was_long_enough() => Assert.Equal(
        FindingLevel.Good, TrainingCourse.Judge([50, 45, 42, 40, 39, 38], kept: 3, isByScore: true).Level);

    [Fact]
    public void One_epoch_says_nothing() => Assert.Equal(FindingLevel.Skipped, TrainingCourse.Judge([50], 1).Level);
}
