using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class CaptionStatisticsTests
{
    private static readonly CaptionStatistics s_statistics = new(
        ["a dog runs", "A dog and a dog.", "a cat sleeps"],
        [["Two dogs run.", "A dog runs"], ["the dogs"], ["a cat", "a cat sleeps on a sofa"]]);

    [Fact]
    public void Words_are_ranked_by_the_captions_that_have_them()
    {
        Assert.Equal(["dog", "cat", "runs", "sleeps"], s_statistics.FrequentWords.Select(share => share.Word));
        Assert.Equal(new WordShare("dog", 2 / 3.0, 1 / 5.0), s_statistics.FrequentWords[0]);
        Assert.Equal(new WordShare("cat", 1 / 3.0, 2 / 5.0), s_statistics.FrequentWords[1]);
        Assert.Equal(["dogs", "run", "sofa", "two"], s_statistics.MissingWords.Select(share => share.Word));
        Assert.Equal(new WordShare("dogs", 0, 2 / 5.0), s_statistics.MissingWords[0]);
    }

    [Fact]
    public void Lengths_are_shares_of_captions()
    {
        Histogram lengths = s_statistics.Lengths();
        Assert.Equal(["2", "3", "4", "5", "6"], lengths.Bins);
        Assert.Equal(
            [0, 200 / 3.0, 0, 100 / 3.0, 0], lengths.Series[0].Heights.ToArray(), (x, y) => Math.Abs(x - y) < 1e-9);
        Assert.Equal([40.0, 40, 0, 0, 20], lengths.Series[1].Heights.ToArray(), (x, y) => Math.Abs(x - y) < 1e-9);
    }

    /// <summary>Of the references the first one of each image: "two dogs run", "the dogs", "a cat".</summary>
    [Fact]
    public void Words_are_counted_by_how_often_they_are_used()
    {
        Histogram uses = s_statistics.Frequencies();
        Assert.Equal("1", uses.Bins[0]);
        Assert.Equal([4, 2, 0, 0, 0, 0, 0], uses.Series[0].Heights);
        Assert.Equal([5, 1, 0, 0, 0, 0, 0], uses.Series[1].Heights);
    }

    [Fact]
    public void Scores_fall_into_bins_that_hold_them_all()
    {
        Histogram spread = CaptionStatistics.Scores("CIDEr-D", [0, 0, 0.05, 1.2, 2]);
        Assert.Equal(5, spread.Series[0].Heights.Sum());
        Assert.Equal(["0", "0.1"], spread.Bins.Take(2));
        Assert.Equal(3, spread.Series[0].Heights[0]);
        Assert.Equal(1, spread.Series[0].Heights[^1]);
        Assert.Equal(2, CaptionStatistics.Scores("x", [0, 0]).Series[0].Heights[0]);
    }
}
