using ShowTell.Files;
using static ShowTell.Reporting.Markup;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>
/// A line plot as SVG, such as the loss of a training run: a file of its own or part of an HTML page. It follows the
/// reader's choice of light or dark.
/// </summary>
public sealed record LinePlot
{
    /// <summary>Larger magnitudes are treated as infinite: differences between them overflow.</summary>
    private const double MaxMagnitude = 1e290;

    private const int MaxDots = 30;

    /// <summary>The title.</summary>
    public required string Title { get; init; }

    /// <summary>The label of the x axis.</summary>
    public string XLabel { get; init; } = "iteration";

    /// <summary>The label of the y axis.</summary>
    public string YLabel { get; init; } = "loss";

    /// <summary>Whether the y axis is logarithmic; values that are not positive are then left out. False by default.
    /// </summary>
    public bool IsLogScale { get; init; }

    /// <summary>The maximum of the y axis; curves are clipped there. Null, the default, shows all values.</summary>
    public double? Limit { get; init; }

    /// <summary>The curves.</summary>
    public IReadOnlyList<PlotSeries> Series { get; init; } = [];

    /// <summary>The plot of a training run.</summary>
    /// <param name="training">The loss of each iteration.</param>
    /// <param name="validation">Validation losses, each with the number of iterations before it; null for none.</param>
    /// <param name="title">The title.</param>
    public static LinePlot OfLosses(
        IReadOnlyList<double> training,
        IReadOnlyList<(int Iteration, double Loss)>? validation = null,
        string title = "Loss")
    {
        ArgumentNullException.ThrowIfNull(training);
        PlotSeries[] series =
        [
            new("training", [.. training.Select((loss, i) => (i + 1.0, loss))], SeriesStyle.Smoothed),
            new("validation", [.. (validation ?? []).Select(v => ((double)v.Iteration, v.Loss))], SeriesStyle.Dots),
        ];
        return new LinePlot { Title = title, Series = validation?.Count > 0 ? series : series[..1] };
    }

    /// <summary>The plot as one <c>svg</c> element.</summary>
    public string ToSvg()
    {
        (double X, double Y)[][] curves = [.. Series.Select(series => Drawable(series.Points))];
        (double X, double Y)[] points = [.. curves.SelectMany(curve => curve)];
        var xAxis = PlotAxis.OfCounts([.. points.Select(point => point.X)]);
        double[] heights = [.. points.Select(point => point.Y).Where(y => !(y > Limit))];
        PlotAxis yAxis = IsLogScale ? PlotAxis.OfLogarithms(heights) : PlotAxis.OfValues(heights);
        var frame = new PlotFrame(
            new PlotText(Title, Describe(curves), XLabel, YLabel + (IsLogScale ? " (log scale)" : "")),
            [.. Series.Select(series => series.Name)],
            (i, x, y) => Symbol(Series[i].Style, x, y),
            xAxis.Ticks,
            yAxis.Ticks);
        for (int i = 0; i < curves.Length; i++)
        {
            AppendCurve(frame, i, curves[i], point =>
                (PlotFrame.XOf(xAxis.Position(point.X)), frame.YOf(yAxis.Position(point.Y))));
        }

        return frame.End(isEmpty: points.Length == 0);
    }

    /// <summary>Writes the plot as an SVG file.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.WriteText(path, ToSvg() + "\n");

    private (double X, double Y)[] Drawable(IReadOnlyList<(double X, double Y)> points) =>
    [
        .. points.Where(point => Math.Abs(point.X) < MaxMagnitude && Math.Abs(point.Y) < MaxMagnitude
            && (!IsLogScale || point.Y > 1 / MaxMagnitude))
    ];

    private static string Symbol(SeriesStyle style, double x, double y)
    {
        string line = $"M{Number(x)},{Number(y - 5)}h26", center = $"cx=\"{Number(x + 13)}\" cy=\"{Number(y - 5)}\"";
        return (style == SeriesStyle.Smoothed ? $"""<path class="band" d="{line}"/>""" : "")
            + $"""<path class="line" d="{line}"/>"""
            + (style == SeriesStyle.Dots ? $"""<circle class="dot" {center} r="4"/>""" : "");
    }

    private void AppendCurve(
        PlotFrame frame,
        int index,
        (double X, double Y)[] points,
        Func<(double X, double Y), (double X, double Y)> toPixels)
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
            int stride = 1 + (points.Length - 1) / MaxDots;
            foreach ((double x, double y) in points.Where((_, i) => i % stride == 0).Select(toPixels))
            {
                svg.Append($"""<circle class="dot" cx="{Number(x)}" cy="{Number(y)}" r="4"/>""");
            }
        }

        svg.Append("</g>\n");

        void AppendLine(string kind, (double X, double Y)[] line)
        {
            IEnumerable<string> corners = line.Select(toPixels).Select(p => $"{Number(p.X)},{Number(p.Y)}");
            svg.Append($"""<polyline class="{kind}" points="{string.Join(' ', corners)}"/>""");
        }
    }

    private string Describe((double X, double Y)[][] curves)
    {
        IEnumerable<string> parts = Series.Zip(curves, (series, points) => points.Length == 0
            ? $"{series.Name}: no values"
            : Invariant($"{series.Name}: {points.Length} values, first {points[0].Y:G4}, last {points[^1].Y:G4}, ")
                + Invariant($"minimum {points.Min(p => p.Y):G4}"));
        return $"{YLabel} by {XLabel}. {string.Join("; ", parts)}";
    }
}
