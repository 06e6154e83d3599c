namespace ShowTell.Metrics;

/// <summary>Where a score lies with 95% confidence.</summary>
public readonly record struct ConfidenceInterval(double Low, double High);

/// <summary>
/// Confidence intervals by the bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993): the score is
/// computed again for images drawn with replacement, many times; the interval lies between the 2.5th and 97.5th
/// percentile. The same seed gives the same interval, for any number of threads.
/// </summary>
internal static class Bootstrap
{
    private const double Tail = 0.025;

    /// <summary>The intervals of several scores.</summary>
    /// <param name="images">Number of images.</param>
    /// <param name="samples">How often images are drawn.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="scores">Computes the scores of drawn images; called by several threads at a time.</param>
    public static ConfidenceInterval[] Intervals(int images, int samples, ulong seed, Func<int[], double[]> scores)
    {
        var drawn = new double[samples][];
        Parallel.For(0, samples, sample =>
        {
            ulong state = seed ^ ((ulong)(sample + 1) * 0xD1342543DE82EF95);
            var indices = new int[images];
            foreach (ref int index in indices.AsSpan())
            {
                index = (int)Math.BigMul(NextBits(ref state), (ulong)images, out _);
            }

            drawn[sample] = scores(indices);
        });

        return [.. Enumerable.Range(0, drawn[0].Length).Select(score => Between(
            [.. drawn.Select(values => values[score]).Order()]))];
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood, 2014).</summary>
    private static ulong NextBits(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static ConfidenceInterval Between(double[] sorted) =>
        new(Quantile(sorted, Tail), Quantile(sorted, 1 - Tail));

    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return sorted[below] + ((place - below) * (above - sorted[below]));
    }
}
