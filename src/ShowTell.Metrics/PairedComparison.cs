namespace ShowTell.Metrics;

/// <summary>How the captions of two systems for the same images differ, from
/// <see cref="CaptionScorer.Compare"/>.</summary>
/// <param name="First">The scores of the first system.</param>
/// <param name="Other">The scores of the other system, of the same images in the same order.</param>
/// <param name="Differences">The difference of each score, in the order of <see cref="CaptionScores.Scores"/>.</param>
public sealed record PairedComparison(
    CaptionScores First, CaptionScores Other, IReadOnlyList<ScoreDifference> Differences)
{
    /// <summary>The difference of the score with a <see cref="CaptionScore.Name"/>.</summary>
    /// <exception cref="KeyNotFoundException">It was not computed.</exception>
    public ScoreDifference this[string name] => Differences.FirstOrDefault(difference => difference.Name == name)
        ?? throw new KeyNotFoundException($"There is no score {name}.");

    /// <summary>The images whose captions' scores differ most, most different first; at most
    /// <paramref name="count"/> of them, and none with equal scores.</summary>
    /// <param name="count">The maximum number of images.</param>
    /// <param name="name">The score: CIDEr-D by default.</param>
    /// <returns>Indices into <see cref="CaptionScores.Images"/>.</returns>
    /// <exception cref="KeyNotFoundException">The score was not computed.</exception>
    public IReadOnlyList<int> MostDifferent(int count, string name = "CIDEr")
    {
        IReadOnlyList<double> first = First[name].PerImage, other = Other[name].PerImage;
        return
        [
            .. Enumerable.Range(0, first.Count)
                .Where(image => ScoreDifference.Between(name, first[image], other[image]) != 0)
                .OrderByDescending(image => Math.Abs(other[image] - first[image]))
                .Take(count),
        ];
    }

    internal static PairedComparison Of(
        CaptionScores first,
        CaptionScores other,
        ReadOnlySpan<ConfidenceInterval> intervals,
        ReadOnlySpan<double> pValues)
    {
        var differences = new ScoreDifference[first.Scores.Count];
        for (int i = 0; i < differences.Length; i++)
        {
            (CaptionScore one, CaptionScore two) = (first.Scores[i], other.Scores[i]);
            int[] signs =
            [
                .. one.PerImage.Zip(two.PerImage, (before, now) =>
                    Math.Sign(ScoreDifference.Between(one.Name, before, now))),
            ];
            differences[i] = new ScoreDifference(
                one.Name,
                ScoreDifference.Between(one.Name, one.Value, two.Value),
                intervals.IsEmpty ? null : intervals[i],
                pValues[i],
                Wins: signs.Count(sign => sign > 0),
                Losses: signs.Count(sign => sign < 0),
                Ties: signs.Count(sign => sign == 0));
        }

        return new PairedComparison(first, other, differences);
    }
}

/// <summary>The difference of a score between two systems.</summary>
/// <param name="Name">The <see cref="CaptionScore.Name"/>.</param>
/// <param name="Value">The other system's corpus score minus the first one's.</param>
/// <param name="Interval">
/// Its 95% confidence interval by the paired bootstrap (Koehn, "Statistical Significance Tests for Machine Translation
/// Evaluation", EMNLP 2004): both systems are scored on the same resampled images. Null if not requested.
/// </param>
/// <param name="PValue">
/// The two-sided p-value by approximate randomization (Noreen, "Computer-Intensive Methods for Testing Hypotheses",
/// 1989; Riezler and Maxwell, "On Some Pitfalls in Automatic Evaluation and Significance Testing for MT", 2005), in
/// (0, 1]: in each round, the systems' captions of every image are swapped with probability 1/2;
/// p = (1 + rounds with at least this difference) / (1 + rounds).
/// </param>
/// <param name="Wins">The number of images whose caption by the other system has the higher score.</param>
/// <param name="Losses">The number of images whose caption by the first system has the higher score.</param>
/// <param name="Ties">The number of images whose captions have equal scores.</param>
public sealed record ScoreDifference(
    string Name, double Value, ConfidenceInterval? Interval, double PValue, int Wins, int Losses, int Ties)
{
    /// <summary>Beyond the rounding of sums in another order.</summary>
    private const double Tolerance = 1e-12;

    /// <summary>BLEU without a match is below it, by coco-caption's small constants; with one it is above.</summary>
    private const double NoMatch = 2e-4;

    /// <summary>The difference between two values of a score: 0 if it is rounding, or BLEU's small constants.
    /// </summary>
    internal static double Between(string name, double first, double other)
    {
        if (name.StartsWith("Bleu_", StringComparison.Ordinal))
        {
            (first, other) = (first < NoMatch ? 0 : first, other < NoMatch ? 0 : other);
        }

        return Math.Abs(other - first) <= Tolerance ? 0 : other - first;
    }

    /// <summary>The p-values of the differences of several scores.</summary>
    /// <param name="images">The number of images.</param>
    /// <param name="rounds">The number of rounds, at least 1.</param>
    /// <param name="seed">The random seed: the same one gives the same values, for any number of threads.</param>
    /// <param name="differences">Computes the differences where the captions of some images are swapped, those whose
    /// element is true; called on several threads.</param>
    /// <param name="cancellation">Cancels between two rounds.</param>
    internal static double[] PValues(
        int images, int rounds, ulong seed, Func<bool[], double[]> differences, CancellationToken cancellation)
    {
        double[] observed = differences(new bool[images]);
        var values = new double[rounds][];
        Parallel.For(0, rounds, new ParallelOptions { CancellationToken = cancellation }, round =>
        {
            var random = new Bootstrap.Stream(seed, round);
            var isSwapped = new bool[images];
            ulong bits = 0;
            for (int i = 0; i < images; i++)
            {
                bits = i % 64 == 0 ? random.Next() : bits >> 1;
                isSwapped[i] = (bits & 1) == 1;
            }

            values[round] = differences(isSwapped);
        });
        return
        [
            .. observed.Select((difference, i) =>
                (1.0 + values.Count(value => Math.Abs(value[i]) >= Math.Abs(difference) - Tolerance)) / (1 + rounds)),
        ];
    }
}
