namespace ShowTell.Reporting;

/// <summary>How a series is drawn.</summary>
public enum SeriesStyle
{
    /// <summary>A line through all points.</summary>
    Line,

    /// <summary>For noisy values: a faint line through the points, and their moving average over it.</summary>
    Smoothed,

    /// <summary>For few values: a line with dots at the points; at every n-th point if there are many.</summary>
    Dots,
}

/// <summary>One named curve of a <see cref="LinePlot"/>.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Its points, X ascending. Points that are not finite are left out.</param>
/// <param name="Style">How it is drawn.</param>
public sealed record PlotSeries(
    string Name, IReadOnlyList<(double X, double Y)> Points, SeriesStyle Style = SeriesStyle.Line)
{
    // Two per pixel column of a plot, which is less than 600 pixels wide.
    private const int MaxPoints = 1000;

    /// <summary>
    /// The moving average over up to 2% of all points on each side. The window shrinks near the start; near the end,
    /// where it is one-sided, a straight line is fitted instead.
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

        double min = points.Min(point => point.Y), max = points.Max(point => point.Y);
        var smooth = new (double X, double Y)[points.Length];
        for (int i = 0; i < points.Length; i++)
        {
            int start = i - Math.Min(reach, i);
            int end = Math.Min(i + Math.Min(reach, i), points.Length - 1) + 1;
            double count = end - start;
            double center = (start + end - 1) / 2.0;
            double sum = sums[end] - sums[start];
            double moment = moments[end] - moments[start] - center * sum;
            double slope = count == 1 ? 0 : 12 * moment / (count * (count * count - 1));
            smooth[i] = (points[i].X, Math.Clamp(sum / count + slope * (i - center), min, max));
        }

        return smooth;
    }

    /// <summary>At most about 1,000 points, with every peak: the minimum and the maximum of each stretch.</summary>
    internal static (double X, double Y)[] Thin((double X, double Y)[] points)
    {
        if (points.Length <= MaxPoints)
        {
            return points;
        }

        const int stretches = (MaxPoints - 2) / 2;
        var thinned = new List<(double X, double Y)>(MaxPoints) { points[0] };
        for (int stretch = 0; stretch < stretches; stretch++)
        {
            int start = (int)((long)points.Length * stretch / stretches);
            int end = (int)((long)points.Length * (stretch + 1) / stretches);
            int min = start, max = start;
            for (int i = start + 1; i < end; i++)
            {
                min = points[i].Y < points[min].Y ? i : min;
                max = points[i].Y > points[max].Y ? i : max;
            }

            thinned.Add(points[Math.Min(min, max)]);
            thinned.Add(points[Math.Max(min, max)]);
        }

        thinned.Add(points[^1]);
        return [.. thinned];
    }
}
