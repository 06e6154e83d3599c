using static ShowTell.Reporting.Markup;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>Values with their intervals, a row each, and zero, as SVG in the style of <see cref="LinePlot"/>.</summary>
internal sealed record IntervalPlot
{
    /// <summary>Where a row's interval lies below the row's top, as a share of its height; its name is above.</summary>
    private const double RowPosition = 0.7;

    private const double NameOffset = 9;

    /// <summary>The title.</summary>
    public required string Title { get; init; }

    /// <summary>The label of the x axis.</summary>
    public required string XLabel { get; init; }

    /// <summary>Each row's name, value, and the ends of its interval.</summary>
    public required IReadOnlyList<(string Name, double Value, double Low, double High)> Rows { get; init; }

    /// <summary>The plot as one <c>svg</c> element.</summary>
    public string ToSvg()
    {
        var axis = PlotAxis.OfValues([0, .. Rows.SelectMany(row => new[] { row.Value, row.Low, row.High })]);
        string description = string.Join("; ", Rows.Select(Describe));
        var frame = new PlotFrame(new PlotText(Title, description, XLabel, ""), [], (_, _, _) => "", axis.Ticks, []);
        string zero = Number(PlotFrame.XOf(axis.Position(0)));
        frame.Svg.Append($"""<path class="axis" d="M{zero},{Number(frame.YOf(1))}V{Number(PlotFrame.Bottom)}"/>""");
        frame.BeginSeries(0);
        foreach ((int index, (string Name, double Value, double Low, double High) row) in Rows.Index())
        {
            double y = frame.YOf(1 - ((index + RowPosition) / Rows.Count));
            string X(double value) => Number(PlotFrame.XOf(axis.Position(value)));
            frame.Svg.Append($"""<g><title>{Encode(Describe(row))}</title>""");
            frame.Svg.Append(
                $"""<text class="name" x="{Number(PlotFrame.XOf(0))}" y="{Number(y - NameOffset)}">""");
            frame.Svg.Append($"""{Encode(row.Name)}</text><path class="line" d="M{X(row.Low)},{Number(y)}""");
            frame.Svg.Append(
                $"""H{X(row.High)}"/><circle class="dot" cx="{X(row.Value)}" cy="{Number(y)}" r="5"/></g>{'\n'}""");
        }

        frame.Svg.Append("</g>\n");
        return frame.End(isEmpty: Rows.Count == 0);
    }

    private static string Describe((string Name, double Value, double Low, double High) row) =>
        Invariant($"{row.Name}: {row.Value:+0.0000;-0.0000;0.0000}, {row.Low:F4} to {row.High:F4}");
}
