namespace ShowTell.Metrics;

/// <summary>The 95% confidence interval of a score.</summary>
public readonly record struct ConfidenceInterval(double Low, double High);

/// <summary>
/// Confidence intervals by the percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993):
/// the images are resampled with replacement and scored again, many times; the interval reaches from the 2.5th to the
/// 97.5th percentile of those scores. The same seed gives the same interval, for any number of threads.
/// </summary>
internal static class Bootstrap
{
    private const double Tail = 0.025;

    /// <summary>The intervals of several scores.</summary>
    /// <param name="images">The number of images.</param>
    /// <param name="samples">The number of resamples.</param>
    /// <param name="seed">The random seed.</param>
    /// <param name="score">Computes the scores of the images with the given indices; called on several threads.</param>
    /// <param name="cancellation">Cancels between two resamples.</param>
    public static ConfidenceInterval[] Intervals(
        int images, int samples, ulong seed, Func<int[], double[]> score, CancellationToken cancellation)
    {
        var scores = new double[samples][];
        Parallel.For(0, samples, new ParallelOptions { CancellationToken = cancellation }, sample =>
        {
            var random = new Stream(seed, sample);
            var indices = new int[images];
            foreach (ref int index in indices.AsSpan())
            {
                index = (int)Math.BigMul(random.Next(), (ulong)images, out _);
            }

            scores[sample] = score(indices);
        });

        return [.. Enumerable.Range(0, scores[0].Length).Select(i => Between(
            [.. scores.Select(values => values[i]).Order()]))];
    }

    private static ConfidenceInterval Between(double[] sorted) =>
        new(Quantile(sorted, Tail), Quantile(sorted, 1 - Tail));

    private static double Quantile(double[] sorted, double fraction)
    {
        double position = fraction * (sorted.Length - 1);
        int below = (int)position;
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return sorted[below] + ((position - below) * (above - sorted[below]));
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood, 2014): random bits, a stream of its own for each sample.</summary>
    internal struct Stream(ulong seed, int sample)
    {
        private ulong _state = seed ^ ((ulong)(sample + 1) * 0xD1342543DE82EF95);

        public ulong Next()
        {
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
