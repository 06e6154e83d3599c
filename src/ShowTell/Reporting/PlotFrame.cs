using static ShowTell.Reporting.Markup;

namespace ShowTell.Reporting;

/// <summary>What plots have around their data: title, legend, axes. Call the parts in their order.</summary>
internal sealed class PlotFrame
{
    private const double Width = 640;
    private const double Height = 400;
    private const double Left = 80;
    private const double Right = Width - 40;
    private const double LegendRow = 26;
    private const double FirstRow = 58;

    /// <summary>Series that look different from each other.</summary>
    private const int Colors = 6;

    private double _top = FirstRow - LegendRow + 20;

    /// <summary>Begins a drawing; the description says it in words to those who cannot see it.</summary>
    public PlotFrame(string title, string description) => Svg.Append(CultureInfo.InvariantCulture, $"""
        <svg xmlns="http://www.w3.org/2000/svg" class="showtell-plot" role="img"
         viewBox="0 0 {Width} {Height}" width="800" height="500">
        <title>{Encode(title)}</title>
        <desc>{Encode(description)}</desc>
        <style>{PageStyle.Plot}</style>
        <rect class="surface" width="{Width}" height="{Height}" rx="10"/>
        <text class="title" x="24" y="33">{Encode(Shorten(title, 48))}</text>

        """);

    /// <summary>Where the bottom of the data lies.</summary>
    public static double Bottom => Height - 68;

    /// <summary>The drawing so far.</summary>
    public StringBuilder Svg { get; } = new();

    /// <summary>Where a share in [0, 1] of the width lies.</summary>
    public static double XOf(double share) => Left + (Right - Left) * share;

    /// <summary>Where a share in [0, 1] of the height lies.</summary>
    public double YOf(double share) => Bottom - (Bottom - _top) * share;

    /// <summary>Writes the legend in rows under the title.</summary>
    /// <param name="series">The names of the series.</param>
    /// <param name="symbol">Draws the symbol of a series from a place to the right, 26 wide.</param>
    public void AppendLegend(IReadOnlyList<string> series, Func<int, double, double, string> symbol)
    {
        double x = 24, y = FirstRow;
        for (int i = 0; i < series.Count; i++)
        {
            // Room for the letters as they are on a phone.
            string name = Shorten(series[i], 40);
            double width = 36 + 13 * name.Length + 28;
            if (x > 24 && x + width > Width)
            {
                (x, y) = (24, y + LegendRow);
            }

            // More rows would leave no room for the plot.
            if (y > FirstRow + 4 * LegendRow)
            {
                y -= LegendRow;
                break;
            }

            BeginSeries(i).Append(symbol(i, x, y));
            Svg.Append($"""<text class="name" x="{Number(x + 36)}" y="{Number(y)}">{Encode(name)}</text></g>{'\n'}""");
            x += width;
        }

        _top = (series.Count == 0 ? y - LegendRow : y) + 20;
    }

    /// <summary>Writes the upward axis, and the line that the data stand on.</summary>
    public void AppendHeights(PlotAxis axis, string label)
    {
        foreach ((double value, string text) in axis.Ticks)
        {
            string y = Number(YOf(axis.Place(value)));
            Svg.Append($"""<path class="grid" d="M{Number(Left)},{y}H{Number(Right)}"/>""");
            Svg.Append($"""<text class="y-tick" x="{Number(Left - 8)}" y="{y}" dy=".35em">{text}</text>{'\n'}""");
        }

        Svg.Append($"""<path class="axis" d="M{Number(Left)},{Number(Bottom)}H{Number(Right)}"/>{'\n'}""");
        string middle = Number((_top + Bottom) / 2), shown = Encode(Shorten(label, 30));
        Svg.Append($"""<text class="y-label" transform="translate(18,{middle})rotate(-90)">{shown}</text>{'\n'}""");
    }

    /// <summary>Writes what runs to the right.</summary>
    public void AppendLabel(string label)
    {
        string centre = Number((Left + Right) / 2), shown = Encode(Shorten(label, 40));
        Svg.Append($"""<text class="x-label" x="{centre}" y="{Number(Height - 11)}">{shown}</text>{'\n'}""");
    }

    /// <summary>Marks a share in [0, 1] of the axis to the right.</summary>
    public void AppendTick(double share, string label)
    {
        string x = Number(XOf(share));
        Svg.Append($"""<path class="axis" d="M{x},{Number(Bottom)}v5"/>""");
        Svg.Append($"""<text class="x-tick" x="{x}" y="{Number(Bottom + 8)}" dy="1em">{label}</text>{'\n'}""");
    }

    /// <summary>Begins an element of a series, which has its colour.</summary>
    public StringBuilder BeginSeries(int series) =>
        Svg.Append(CultureInfo.InvariantCulture, $"""<g class="series{series % Colors}">""");

    /// <summary>Begins the data; what is above the axis is cut off.</summary>
    public void BeginData()
    {
        // A dot on the edge is whole, but for one above.
        const double margin = 8;
        string x = Number(Left - margin), y = Number(_top - margin);
        string width = Number(Right - Left + 2 * margin), height = Number(Bottom - _top + 2 * margin);
        Svg.Append($"""<svg x="{x}" y="{y}" width="{width}" height="{height}" """);
        Svg.Append($"""viewBox="{x} {y} {width} {height}">{'\n'}""");
    }

    public void EndData() => Svg.Append("</svg>\n");

    /// <summary>Says that there are no data.</summary>
    public void AppendEmpty()
    {
        string x = Number((Left + Right) / 2), y = Number((_top + Bottom) / 2);
        Svg.Append($"""<text class="empty" x="{x}" y="{y}">no values yet</text>""");
    }

    /// <summary>Ends the drawing: one <c>svg</c> element.</summary>
    public string End() => Svg.Append("</svg>").ToString();

    private static string Shorten(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";
}
