namespace ShowTell.Metrics;

/// <summary>The metrics of several systems' captions of the same images: image i of system s is row s N + i.</summary>
/// <param name="metrics">The metrics of all rows.</param>
/// <param name="images">N, the number of images.</param>
/// <param name="systems">The number of systems.</param>
internal sealed class SystemScores(IReadOnlyList<MetricScores> metrics, int images, int systems)
{
    /// <summary>The names of the scores.</summary>
    public string[] Names { get; } = [.. metrics.SelectMany(metric => metric.Names)];

    /// <summary>A system's corpus scores.</summary>
    public double[] Corpus(int system) => Corpus(system, [.. Enumerable.Range(0, images)]);

    /// <summary>A system's scores of each image, score by score.</summary>
    public double[][] PerImage(int system) =>
        [.. metrics.SelectMany(metric => metric.PerImage).Select(all => all[(system * images)..][..images])];

    /// <summary>The corpus scores of all systems on a sample of the images, system by system; then the differences of
    /// all systems but the first from the first.</summary>
    public double[] OfSample(int[] sample)
    {
        double[][] scores = [.. Enumerable.Range(0, systems).Select(system => Corpus(system, sample))];
        return [.. scores.SelectMany(all => all), .. scores.Skip(1).SelectMany(other => Differences(scores[0], other))];
    }

    /// <summary>The differences of a system from the first one, with their captions of some images swapped.</summary>
    public double[] OfSwapped(int system, bool[] isSwapped)
    {
        int[] first = [.. isSwapped.Select((swap, image) => image + (swap ? system * images : 0))];
        int[] other = [.. isSwapped.Select((swap, image) => image + (swap ? 0 : system * images))];
        return Differences(OfRows(first), OfRows(other));
    }

    private double[] Corpus(int system, int[] sample) =>
        OfRows(system == 0 ? sample : [.. sample.Select(image => image + (system * images))]);

    private double[] OfRows(int[] rows) => [.. metrics.SelectMany(metric => metric.Corpus(rows))];

    private double[] Differences(double[] first, double[] other) =>
        [.. Names.Select((name, i) => ScoreDifference.Between(name, first[i], other[i]))];
}
