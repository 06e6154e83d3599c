using System.Globalization;
using System.Text;
using ShowTell.Interop;
using static ShowTell.Reporting.Markup;

namespace ShowTell.Reporting;

/// <summary>
/// A line plot as SVG, such as the loss over a training run. It is readable in light and dark, follows the reader's
/// choice by itself, and stands alone as a file as well as inside an HTML page.
/// </summary>
public sealed record LinePlot
{
    private const double Width = 640;
    private const double Height = 400;
    private const double Left = 80;
    private const double Right = Width - 40;
    private const double Bottom = Height - 68;
    private const double LegendRow = 26;

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
        if (validation is not { Count: > 0 })
        {
            return new LinePlot { Title = title, Series = [curve] };
        }

        var dots = new PlotSeries(
            "validation", [.. validation.Select(v => ((double)v.Iteration, v.Loss))], SeriesStyle.Dots);
        return new LinePlot { Title = title, Series = [curve, dots] };
    }

    /// <summary>The plot as one <c>svg</c> element.</summary>
    public string ToSvg()
    {
        (double X, double Y)[][] curves = [.. Series.Select(series => Drawable(series.Points))];
        (double X, double Y)[] points = [.. curves.SelectMany(curve => curve)];
        var xAxis = PlotAxis.OfCounts([.. points.Select(point => point.X)]);
        double[] heights = [.. points.Select(point => point.Y)];
        PlotAxis yAxis = IsLogScale ? PlotAxis.OfLogarithms(heights) : PlotAxis.OfValues(heights);

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" class="showtell-plot" role="img"
             viewBox="0 0 {Width} {Height}" width="800" height="500">
            <title>{Encode(Title)}</title>
            <desc>{Encode(Describe(curves))}</desc>
            <style>{PlotStyle.Css}</style>
            <rect class="surface" width="{Width}" height="{Height}" rx="10"/>
            <text class="title" x="24" y="33">{Encode(Shorten(Title, 48))}</text>

            """);
        double top = AppendLegend(svg) + 20;
        AppendAxes(svg, xAxis, yAxis, top);
        for (int i = 0; i < curves.Length; i++)
        {
            (double X, double Y) Place((double X, double Y) point) =>
                (Left + (Right - Left) * xAxis.Place(point.X), Bottom - (Bottom - top) * yAxis.Place(point.Y));
            AppendCurve(svg, i, curves[i], Place);
        }

        if (points.Length == 0)
        {
            (string x, string y) = (Number((Left + Right) / 2), Number((top + Bottom) / 2));
            svg.Append($"""<text class="empty" x="{x}" y="{y}">no values yet</text>""");
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>Writes the plot as an SVG file.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.WriteText(path, ToSvg() + "\n");

    private (double X, double Y)[] Drawable(IReadOnlyList<(double X, double Y)> points) =>
    [
        .. points.Where(point => Math.Abs(point.X) < Greatest && Math.Abs(point.Y) < Greatest
            && (!IsLogScale || point.Y > 1 / Greatest))
    ];

    /// <summary>Writes the legend in rows under the title.</summary>
    /// <returns>Where it ends.</returns>
    private double AppendLegend(StringBuilder svg)
    {
        double x = 24;
        double y = 58;
        for (int i = 0; i < Series.Count; i++)
        {
            // Room for the letters as they are on a phone.
            string name = Shorten(Series[i].Name, 40);
            double width = 36 + 13 * name.Length + 28;
            if (x > 24 && x + width > Width)
            {
                (x, y) = (24, y + LegendRow);
            }

            // More rows would leave no room for the plot.
            if (y > 58 + 4 * LegendRow)
            {
                return y - LegendRow;
            }

            svg.Append(CultureInfo.InvariantCulture, $"""<g class="series{i % PlotStyle.Colours}">""");
            if (Series[i].Style == SeriesStyle.Smoothed)
            {
                svg.Append($"""<path class="band" d="M{Number(x)},{Number(y - 5)}h26"/>""");
            }

            svg.Append($"""<path class="line" d="M{Number(x)},{Number(y - 5)}h26"/>""");
            if (Series[i].Style == SeriesStyle.Dots)
            {
                svg.Append($"""<circle class="dot" cx="{Number(x + 13)}" cy="{Number(y - 5)}" r="4"/>""");
            }

            svg.Append($"""<text class="name" x="{Number(x + 36)}" y="{Number(y)}">{Encode(name)}</text></g>{'\n'}""");
            x += width;
        }

        return Series.Count == 0 ? y - LegendRow : y;
    }

    private void AppendAxes(StringBuilder svg, PlotAxis xAxis, PlotAxis yAxis, double top)
    {
        foreach ((double value, string label) in yAxis.Ticks)
        {
            string y = Number(Bottom - (Bottom - top) * yAxis.Place(value));
            svg.Append($"""<path class="grid" d="M{Number(Left)},{y}H{Number(Right)}"/>""");
            svg.Append($"""<text class="y-tick" x="{Number(Left - 8)}" y="{y}" dy=".35em">{label}</text>{'\n'}""");
        }

        svg.Append($"""<path class="axis" d="M{Number(Left)},{Number(Bottom)}H{Number(Right)}"/>{'\n'}""");
        foreach ((double value, string label) in xAxis.Ticks)
        {
            string x = Number(Left + (Right - Left) * xAxis.Place(value));
            svg.Append($"""<path class="axis" d="M{x},{Number(Bottom)}v5"/>""");
            svg.Append($"""<text class="x-tick" x="{x}" y="{Number(Bottom + 8)}" dy="1em">{label}</text>{'\n'}""");
        }

        (string centre, string middle) = (Number((Left + Right) / 2), Number((top + Bottom) / 2));
        string xLabel = Encode(Shorten(XLabel, 40));
        string yLabel = Encode(Shorten(YLabel + (IsLogScale ? " (log scale)" : ""), 30));
        svg.Append($"""<text class="x-label" x="{centre}" y="{Number(Height - 11)}">{xLabel}</text>""");
        svg.Append($"""<text class="y-label" transform="translate(24,{middle})rotate(-90)">{yLabel}</text>{'\n'}""");
    }

    private void AppendCurve(
        StringBuilder svg,
        int index,
        (double X, double Y)[] points,
        Func<(double X, double Y), (double X, double Y)> place)
    {
        if (points.Length == 0)
        {
            return;
        }

        SeriesStyle style = Series[index].Style;
        svg.Append(CultureInfo.InvariantCulture, $"""<g class="series{index % PlotStyle.Colours}">""");
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
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{series.Name}: {points.Length} values, first {points[0].Y:G4}, last {points[^1].Y:G4}, "
                + $"least {points.Min(p => p.Y):G4}"));
        return $"{YLabel} by {XLabel}. {string.Join("; ", parts)}";
    }

    private static string Shorten(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";
}
