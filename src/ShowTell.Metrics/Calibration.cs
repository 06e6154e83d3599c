namespace ShowTell.Metrics;

/// <summary>Cases whose confidence falls into an interval.</summary>
/// <param name="Low">The start of the interval, included.</param>
/// <param name="High">Its end; included by the last interval only.</param>
/// <param name="Count">The number of cases.</param>
/// <param name="Confidence">Their mean confidence; 0 without cases.</param>
/// <param name="Good">The fraction that is good; 0 without cases.</param>
public readonly record struct ReliabilityBin(double Low, double High, int Count, double Confidence, double Good);

/// <summary>What is wrong if only the most certain cases are answered.</summary>
/// <param name="Coverage">The fraction of cases answered, above 0 and at most 1.</param>
/// <param name="Threshold">The lowest confidence among them.</param>
/// <param name="Risk">The fraction of them that is not good.</param>
public readonly record struct RiskCoverage(double Coverage, double Threshold, double Risk);

/// <summary>
/// How far confidences can be trusted: a confidence c of a case says that it is good with probability c. Immutable.
/// </summary>
public sealed class Calibration
{
    /// <summary>The number of intervals of equal width of <see cref="Bins"/>.</summary>
    public const int BinCount = 10;

    /// <summary>Compares confidences with outcomes.</summary>
    /// <param name="confidences">The confidence of each case, in [0, 1]; at least one.</param>
    /// <param name="areGood">Whether each case is good.</param>
    /// <exception cref="ArgumentException">There are no cases, the lengths differ, or a confidence is not in
    /// [0, 1].</exception>
    public Calibration(IReadOnlyList<double> confidences, IReadOnlyList<bool> areGood)
    {
        ArgumentNullException.ThrowIfNull(confidences);
        ArgumentNullException.ThrowIfNull(areGood);
        if (confidences.Count == 0 || confidences.Count != areGood.Count
            || confidences.Any(confidence => !(confidence is >= 0 and <= 1)))
        {
            throw new ArgumentException(
                "Each case needs a confidence in [0, 1] and an outcome.", nameof(confidences));
        }

        (double Confidence, bool IsGood)[] cases = [.. confidences.Zip(areGood)];
        Count = cases.Length;
        GoodFraction = cases.Average(one => one.IsGood ? 1.0 : 0);
        BrierScore = cases.Average(one => Math.Pow(one.Confidence - (one.IsGood ? 1 : 0), 2));
        Bins = [.. Enumerable.Range(0, BinCount).Select(bin => BinOf(cases, bin))];
        CalibrationError = Bins.Sum(bin => Math.Abs(bin.Confidence - bin.Good) * bin.Count) / Count;
        Auroc = AurocOf(cases);
        Curve = CurveOf(cases);
    }

    /// <summary>The number of cases.</summary>
    public int Count { get; }

    /// <summary>The fraction of cases that is good.</summary>
    public double GoodFraction { get; }

    /// <summary>
    /// The area under the receiver operating characteristic: the probability that a good case has a higher confidence
    /// than one that is not, ties counting one half; 0.5 for chance, 1 at best. NaN if all cases are good, or none.
    /// </summary>
    public double Auroc { get; }

    /// <summary>
    /// The expected calibration error (Naeini et al., 2015; Guo et al., "On Calibration of Modern Neural Networks",
    /// 2017): the mean over all cases of the difference between confidence and good fraction in the case's bin; 0 at
    /// best.
    /// </summary>
    public double CalibrationError { get; }

    /// <summary>The mean squared difference of confidence and outcome (Brier, 1950); 0 at best.</summary>
    public double BrierScore { get; }

    /// <summary>The reliability diagram: <see cref="BinCount"/> intervals of equal width.</summary>
    public IReadOnlyList<ReliabilityBin> Bins { get; }

    /// <summary>
    /// The risk-coverage curve (El-Yaniv and Wiener, 2010), from the most certain cases to all: a point for each
    /// different confidence.
    /// </summary>
    public IReadOnlyList<RiskCoverage> Curve { get; }

    /// <summary>The risk if the most certain cases are answered, at least the given fraction of all.</summary>
    /// <param name="coverage">The fraction, above 0 and at most 1.</param>
    public RiskCoverage At(double coverage)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(coverage);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(coverage, 1);
        return Curve.First(point => point.Coverage >= coverage - 1e-12);
    }

    private static ReliabilityBin BinOf((double Confidence, bool IsGood)[] cases, int bin)
    {
        (double Confidence, bool IsGood)[] inside =
            [.. cases.Where(one => Math.Min((int)(one.Confidence * BinCount), BinCount - 1) == bin)];
        return new ReliabilityBin(
            (double)bin / BinCount,
            (bin + 1.0) / BinCount,
            inside.Length,
            inside.Length == 0 ? 0 : inside.Average(one => one.Confidence),
            inside.Length == 0 ? 0 : inside.Average(one => one.IsGood ? 1.0 : 0));
    }

    /// <summary>By the ranks of good cases (Mann and Whitney, 1947); ties share their mean rank.</summary>
    private static double AurocOf((double Confidence, bool IsGood)[] cases)
    {
        double ranks = 0;
        int below = 0;
        foreach (IGrouping<double, (double Confidence, bool IsGood)> tied in
            cases.GroupBy(one => one.Confidence).OrderBy(group => group.Key))
        {
            int count = tied.Count();
            ranks += tied.Count(one => one.IsGood) * (below + ((count + 1) / 2.0));
            below += count;
        }

        double good = cases.Count(one => one.IsGood), other = cases.Length - good;
        return (ranks - (good * (good + 1) / 2)) / (good * other);
    }

    private static RiskCoverage[] CurveOf((double Confidence, bool IsGood)[] cases)
    {
        var curve = new List<RiskCoverage>();
        int answered = 0, wrong = 0;
        foreach (IGrouping<double, (double Confidence, bool IsGood)> tied in
            cases.GroupBy(one => one.Confidence).OrderByDescending(group => group.Key))
        {
            answered += tied.Count();
            wrong += tied.Count(one => !one.IsGood);
            curve.Add(new((double)answered / cases.Length, tied.Key, (double)wrong / answered));
        }

        return [.. curve];
    }
}
