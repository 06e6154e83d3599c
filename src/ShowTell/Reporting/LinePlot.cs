using ShowTell.Files;
using static ShowTell.Reporting.Markup;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>
/// A line plot as SVG, such as the loss over a training run. It is readable in light and dark, follows the reader's
/// choice by itself, and stands alone as a file as well as inside an HTML page.
/// </summary>
public sealed record LinePlot
{
    /// <summary>Values beyond this are as good as infinite: distances between them are no longer finite.</summary>
    private const double Greatest = 1e290;

    /// <summary>What the plot shows.</summary>
    public required string Title { get; init; }

    /// <summary>What runs to the right.</summary>
    public string XLabel { get; init; } = "iteration";

    /// <summary>What runs upwards.</summary>
    public string YLabel { get; init; } = "loss";

    /// <summary>Whether the upward axis is logarithmic. Values that are not positive are then left out.</summary>
    public bool IsLogScale { get; init; }

    /// <summary>The greatest height that is shown; curves are cut off there. By default all are.</summary>
    public double? Limit { get; init; }

    /// <summary>The curves, none or more.</summary>
    public IReadOnlyList<PlotSeries> Series { get; init; } = [];

    /// <summary>The usual plot of a training run.</summary>
    /// <param name="training">Loss of each iteration, from the first on.</param>
    /// <param name="validation">Validation losses, each with the number of iterations done by then; or none.</param>
    /// <param name="title">What the plot shows.</param>
    public static LinePlot OfLosses(
        IReadOnlyList<double> training,
        IReadOnlyList<(int Iteration, double Loss)>? validation = null,
        string title = "Loss")
    {
        ArgumentNullException.ThrowIfNull(training);
        var curve = new PlotSeries(
            "training", [.. training.Select((loss, i) => (i + 1.0, loss))], SeriesStyle.Smoothed);
        var dots = new PlotSeries(
            "validation", [.. (validation ?? []).Select(v => ((double)v.Iteration, v.Loss))], SeriesStyle.Dots);
        return new LinePlot { Title = title, Series = dots.Points.Count > 0 ? [curve, dots] : [curve] };
    }

    /// <summary>The plot as one <c>svg</c> element.</summary>
    public string ToSvg()
    {
        (double X, double Y)[][] curves = [.. Series.Select(series => Drawable(series.Points))];
        (double X, double Y)[] points = [.. curves.SelectMany(curve => curve)];
        var xAxis = PlotAxis.OfCounts([.. points.Select(point => point.X)]);
        double[] heights = [.. points.Select(point => point.Y).Where(y => !(y > Limit))];
        PlotAxis yAxis = IsLogScale ? PlotAxis.OfLogarithms(heights) : PlotAxis.OfValues(heights);

        var frame = new PlotFrame(Title, Describe(curves));
        frame.AppendLegend([.. Series.Select(series => series.Name)], (i, x, y) => Symbol(Series[i].Style, x, y));
        frame.AppendHeights(yAxis, YLabel + (IsLogScale ? " (log scale)" : ""));
        frame.AppendLabel(XLabel);
        foreach ((double value, string label) in xAxis.Ticks)
        {
            frame.AppendTick(xAxis.Place(value), label);
        }

        frame.BeginData();
        for (int i = 0; i < curves.Length; i++)
        {
            (double X, double Y) Place((double X, double Y) point) =>
                (PlotFrame.XOf(xAxis.Place(point.X)), frame.YOf(yAxis.Place(point.Y)));
            AppendCurve(frame, i, curves[i], Place);
        }

        frame.EndData();

        if (points.Length == 0)
        {
            frame.AppendEmpty();
        }

        return frame.End();
    }

    /// <summary>Writes the plot as an SVG file.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.WriteText(path, ToSvg() + "\n");

    private (double X, double Y)[] Drawable(IReadOnlyList<(double X, double Y)> points) =>
    [
        .. points.Where(point => Math.Abs(point.X) < Greatest && Math.Abs(point.Y) < Greatest
            && (!IsLogScale || point.Y > 1 / Greatest))
    ];

    private static string Symbol(SeriesStyle style, double x, double y)
    {
        string line = $"M{Number(x)},{Number(y - 5)}h26", centre = $"cx=\"{Number(x + 13)}\" cy=\"{Number(y - 5)}\"";
        return (style == SeriesStyle.Smoothed ? $"""<path class="band" d="{line}"/>""" : "")
            + $"""<path class="line" d="{line}"/>"""
            + (style == SeriesStyle.Dots ? $"""<circle class="dot" {centre} r="4"/>""" : "");
    }

    private void AppendCurve(
        PlotFrame frame,
        int index,
        (double X, double Y)[] points,
        Func<(double X, double Y), (double X, double Y)> place)
    {
        if (points.Length == 0)
        {
            return;
        }

        SeriesStyle style = Series[index].Style;
        StringBuilder svg = frame.BeginSeries(index);
        if (style == SeriesStyle.Smoothed)
        {
            AppendLine("faint", PlotSeries.Thin(points));
        }

        AppendLine("line", PlotSeries.Thin(style == SeriesStyle.Smoothed ? PlotSeries.Smooth(points) : points));
        if (points.Length == 1 || style == SeriesStyle.Dots)
        {
            // Of many points some, so that dots stay apart.
            int stride = 1 + (points.Length - 1) / 30;
            foreach ((double x, double y) in points.Where((_, i) => i % stride == 0).Select(place))
            {
                svg.Append($"""<circle class="dot" cx="{Number(x)}" cy="{Number(y)}" r="4"/>""");
            }
        }

        svg.Append("</g>\n");

        void AppendLine(string kind, (double X, double Y)[] line)
        {
            IEnumerable<string> corners = line.Select(place).Select(p => $"{Number(p.X)},{Number(p.Y)}");
            svg.Append($"""<polyline class="{kind}" points="{string.Join(' ', corners)}"/>""");
        }
    }

    private string Describe((double X, double Y)[][] curves)
    {
        IEnumerable<string> parts = Series.Zip(curves, (series, points) => points.Length == 0
            ? $"{series.Name}: no values"
            : Invariant($"{series.Name}: {points.Length} values, first {points[0].Y:G4}, last {points[^1].Y:G4}, ")
                + Invariant($"least {points.Min(p => p.Y):G4}"));
        return $"{YLabel} by {XLabel}. {string.Join("; ", parts)}";
    }
}
