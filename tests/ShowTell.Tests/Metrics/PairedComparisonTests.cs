using System.Text.Json;
using ShowTell.Metrics;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Metrics;

public sealed class PairedComparisonTests
{
    private static readonly string[] s_words = ["a", "dog", "cat", "runs", "on", "the", "red", "mat", "sits", "two"];

    /// <summary>By <c>tests/golden/paired_comparison.py</c>: other random numbers, the same statistics.</summary>
    [Fact]
    public void Differences_intervals_and_p_values_of_BLEU_are_those_of_NumPy()
    {
        JsonElement golden = GoldenFile.Read("paired_comparison");
        JsonElement[] images = [.. golden.GetProperty("captions").EnumerateArray()];
        CaptionSet System(int index) => Set(images.Select(image => image[index].GetString()!));
        var references = new CaptionSet("references", images.Index().SelectMany(
            image => image.Item.EnumerateArray().Skip(2).Select(text => ($"{image.Index}", text.GetString()!))));
        PairedComparison comparison = Assert.Single(Compare(
            new ScoringOptions
            {
                Metrics = CaptionMetrics.Bleu, BootstrapSamples = 20_000, RandomizationRounds = 20_000,
            },
            references, System(0), System(1)));
        double[] difference = golden.GetProperty("difference").Numbers(), p = golden.GetProperty("p").Numbers();
        for (int n = 0; n < 4; n++)
        {
            ScoreDifference found = comparison[$"Bleu_{n + 1}"];
            double[] interval = golden.GetProperty("interval")[n].Numbers();

            // Four standard errors of either side's 20,000 samples.
            double width = interval[1] - interval[0];
            Assert.Equal(difference[n], found.Value, 1e-12);
            Assert.Equal(interval[0], found.Interval!.Value.Low, 0.04 * width);
            Assert.Equal(interval[1], found.Interval.Value.High, 0.04 * width);
            Assert.Equal(p[n], found.PValue, 1e-9 + (4 * Math.Sqrt(2 * p[n] * (1 - p[n]) / 20_000)));
        }
    }

    /// <summary>Every way to swap 9 images' captions, scored as caption sets of their own.</summary>
    [Fact]
    public void P_values_are_those_of_all_swaps()
    {
        const int count = 9;
        var random = new SeededRandom(5);
        string[] first = Captions(random, count), other = Captions(random, count);
        CaptionSet references = Set(Captions(random, count).Zip(first, (text, own) => $"{text} {own[..4]}"));
        var options = new ScoringOptions { Metrics = CaptionMetrics.All, RandomizationRounds = 20_000 };
        PairedComparison comparison = Assert.Single(Compare(options, references, Set(first), Set(other)));
        var extreme = comparison.Differences.ToDictionary(difference => difference.Name, _ => 0);
        for (int swaps = 0; swaps < 1 << count; swaps++)
        {
            CaptionSet Of(string[] one, string[] two) =>
                Set(one.Select((caption, i) => (swaps >> i & 1) == 1 ? two[i] : caption));
            CaptionScores a = Score(Of(first, other), references), b = Score(Of(other, first), references);
            foreach (ScoreDifference difference in comparison.Differences)
            {
                double value = Math.Abs(b[difference.Name].Value - a[difference.Name].Value);
                extreme[difference.Name] += value >= Math.Abs(difference.Value) - 1e-12 ? 1 : 0;
            }
        }

        Assert.All(comparison.Differences, difference =>
            Assert.Equal(extreme[difference.Name] / (double)(1 << count), difference.PValue, 0.015));
        Assert.Contains(comparison.Differences, difference => difference.PValue < 0.9);
    }

    [Fact]
    public void Scores_are_those_of_each_system_alone()
    {
        var random = new SeededRandom(6);
        CaptionSet references = Set(Captions(random, 30));
        CaptionSet[] systems = [.. Enumerable.Range(0, 3).Select(_ => Set(Captions(random, 30)))];
        var options = new ScoringOptions { BootstrapSamples = 100, RandomizationRounds = 100 };
        IReadOnlyList<PairedComparison> all = Compare(options, references, systems);
        CaptionScores[] scores = [all[0].First, .. all.Select(comparison => comparison.Other)];
        foreach ((CaptionScores expected, CaptionScores actual) in systems.Select(
            system => new CaptionScorer(options).Score(
                system, references, cancellation: TestContext.Current.CancellationToken)).Zip(scores))
        {
            Assert.Equal(expected.Variety, actual.Variety);
            Assert.Equal(
                (expected.CandidateLength, expected.ReferenceLength), (actual.CandidateLength, actual.ReferenceLength));
            foreach ((CaptionScore one, CaptionScore two) in expected.Scores.Zip(actual.Scores))
            {
                Assert.Equal(one.Value, two.Value, 1e-12);
                Assert.Equal(one.Interval!.Value.Low, two.Interval!.Value.Low, 1e-12);
                Assert.All(one.PerImage.Zip(two.PerImage), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
            }
        }

        Assert.EndsWith(
            "|df:references|ci:bootstrap100,seed231|p:randomization100,seed231|showtell:0.1", all[0].First.Signature,
            StringComparison.Ordinal);
        Assert.Equal(
            all.SelectMany(comparison => comparison.Differences),
            Compare(options, references, systems).SelectMany(comparison => comparison.Differences));
    }

    [Fact]
    public void Identical_systems_do_not_differ()
    {
        CaptionSet system = Set(Captions(new SeededRandom(1), 20)), references = Set(Captions(new SeededRandom(2), 20));
        PairedComparison comparison = Assert.Single(Compare(
            new ScoringOptions { BootstrapSamples = 50, RandomizationRounds = 500 }, references, system, system));
        Assert.Equal(7, comparison.Differences.Count);
        Assert.All(comparison.Differences, difference => Assert.Equal(
            (0, new ConfidenceInterval(0, 0), 1, 0, 0, 20),
            (difference.Value, difference.Interval!.Value, difference.PValue, difference.Wins, difference.Losses,
                difference.Ties)));
        Assert.Empty(comparison.MostDifferent(5));
    }

    [Fact]
    public void Wins_losses_and_the_images_that_differ_most_follow_the_scores_of_images()
    {
        string[] truth = ["a dog runs", "two cats sit", "the red mat", "a bird sings"];
        CaptionSet references = Set(truth);
        PairedComparison comparison = Assert.Single(Compare(
            new ScoringOptions { RandomizationRounds = 10 },
            references,
            Set(["a dog runs", "x", "x", "y"]),
            Set(["x", "two cats sit", "the red dog", "z"])));
        ScoreDifference cider = comparison["CIDEr"];
        Assert.Equal((2, 1, 1), (cider.Wins, cider.Losses, cider.Ties));
        Assert.Null(cider.Interval);
        Assert.Equal(2, comparison.MostDifferent(3)[2]);
        Assert.Equal([0, 1], comparison.MostDifferent(2).Order());
        Assert.Equal(cider.Value, comparison.Other["CIDEr"].Value - comparison.First["CIDEr"].Value, 1e-12);
    }

    /// <summary>Two systems of equal quality: every share of p-values is as large as it should be, and no larger.
    /// </summary>
    [Fact]
    public void Under_the_null_hypothesis_p_values_are_uniform()
    {
        const int experiments = 400, count = 25;
        var random = new SeededRandom(8);
        var options = new ScoringOptions
        {
            Metrics = CaptionMetrics.Bleu | CaptionMetrics.RougeL | CaptionMetrics.CiderD, RandomizationRounds = 199,
        };
        var values = new double[experiments];
        for (int i = 0; i < experiments; i++)
        {
            CaptionSet references = Set(Captions(random, count));
            values[i] = Compare(
                options with { Seed = (ulong)i }, references, Set(Captions(random, count)),
                Set(Captions(random, count)))[0]["Bleu_1"].PValue;
        }

        // Kolmogorov and Smirnov's distance, at a level of 0.001; values are multiples of 1/200.
        double[] sorted = [.. values.Order()];
        double distance = sorted.Select((value, i) => Math.Abs(value - ((i + 0.5) / experiments))).Max();
        Assert.InRange(distance, 0, (1.95 / Math.Sqrt(experiments)) + (1 / 200.0));
        Assert.InRange(values.Count(value => value <= 0.05) / (double)experiments, 0.02, 0.09);
    }

    [Fact]
    public void Systems_of_different_images_are_refused()
    {
        CaptionSet references = Set(["a", "b", "c"]);
        string message = Assert.Throws<IncompatibleException>(
            () => Compare(new ScoringOptions(), references, Set(["a", "b", "c"]), Set(["a", "b"]))).Message;
        Assert.Contains("1 image (2) has a caption here or in test, but not in both", message);
        Assert.Throws<IncompatibleException>(
            () => Compare(new ScoringOptions(), references, Set(["a", "b"]), Set(["a", "b", "c"])));
        Assert.Throws<ArgumentOutOfRangeException>(() => Compare(new ScoringOptions(), references, Set(["a"])));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Compare(new ScoringOptions { RandomizationRounds = 0 }, references, Set(["a"]), Set(["a"])));
    }

    private static IReadOnlyList<PairedComparison> Compare(
        ScoringOptions options, CaptionSet references, params CaptionSet[] systems) =>
        new CaptionScorer(options).Compare(
            systems, references, cancellation: TestContext.Current.CancellationToken);

    private static CaptionScores Score(CaptionSet candidates, CaptionSet references) =>
        new CaptionScorer(new ScoringOptions { Metrics = CaptionMetrics.All }).Score(
            candidates, references, cancellation: TestContext.Current.CancellationToken);

    private static string[] Captions(SeededRandom random, int count) =>
    [
        .. Enumerable.Range(0, count).Select(_ => string.Join(
            ' ', Enumerable.Range(0, 4 + random.NextInt(4)).Select(_ => s_words[random.NextInt(s_words.Length)]))),
    ];

    private static CaptionSet Set(IEnumerable<string> captions) =>
        new("test", captions.Index().Select(caption => ($"{caption.Index}", caption.Item)));
}
