namespace ShowTell.Reporting;

/// <summary>How a series is drawn.</summary>
public enum SeriesStyle
{
    /// <summary>A line through all points.</summary>
    Line,

    /// <summary>For noisy values: the points as a faint line, and over it their moving average.</summary>
    Smoothed,

    /// <summary>
    /// For few values: dots on the points (on some of them, where they are many), and a line between them.
    /// </summary>
    Dots,
}

/// <summary>One named curve of a <see cref="LinePlot"/>.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Its points, X ascending. Those with a coordinate that is not finite are left out.</param>
/// <param name="Style">How it is drawn.</param>
public sealed record PlotSeries(
    string Name, IReadOnlyList<(double X, double Y)> Points, SeriesStyle Style = SeriesStyle.Line)
{
    // A plot is under 600 pixels wide: more points than two a pixel column cannot be seen.
    private const int MaximumPoints = 1000;

    /// <summary>
    /// The mean of each value with as many neighbours before as after it, up to 2% of all points on each side. Near the
    /// start there are fewer of them; near the end, where neighbours are missing on one
    /// side, a straight line is fitted.
    /// </summary>
    internal static (double X, double Y)[] Smooth((double X, double Y)[] points)
    {
        int reach = points.Length / 50;
        var sums = new double[points.Length + 1];
        var moments = new double[points.Length + 1];
        for (int i = 0; i < points.Length; i++)
        {
            sums[i + 1] = sums[i] + points[i].Y;
            moments[i + 1] = moments[i] + i * points[i].Y;
        }

        double least = points.Min(point => point.Y);
        double greatest = points.Max(point => point.Y);
        var smooth = new (double X, double Y)[points.Length];
        for (int i = 0; i < points.Length; i++)
        {
            int start = i - Math.Min(reach, i);
            int end = Math.Min(i + Math.Min(reach, i), points.Length - 1) + 1;
            double count = end - start;
            double centre = (start + end - 1) / 2.0;
            double sum = sums[end] - sums[start];
            double moment = moments[end] - moments[start] - centre * sum;
            double slope = count == 1 ? 0 : 12 * moment / (count * (count * count - 1));
            smooth[i] = (points[i].X, Math.Clamp(sum / count + slope * (i - centre), least, greatest));
        }

        return smooth;
    }

    /// <summary>Few enough points to draw, with every peak: the least and the greatest of each stretch.</summary>
    internal static (double X, double Y)[] Thin((double X, double Y)[] points)
    {
        if (points.Length <= MaximumPoints)
        {
            return points;
        }

        const int stretches = (MaximumPoints - 2) / 2;
        var thinned = new List<(double X, double Y)>(MaximumPoints) { points[0] };
        for (int stretch = 0; stretch < stretches; stretch++)
        {
            int start = (int)((long)points.Length * stretch / stretches);
            int end = (int)((long)points.Length * (stretch + 1) / stretches);
            int least = start;
            int greatest = start;
            for (int i = start + 1; i < end; i++)
            {
                least = points[i].Y < points[least].Y ? i : least;
                greatest = points[i].Y > points[greatest].Y ? i : greatest;
            }

            thinned.Add(points[Math.Min(least, greatest)]);
            thinned.Add(points[Math.Max(least, greatest)]);
        }

        thinned.Add(points[^1]);
        return [.. thinned];
    }
}
