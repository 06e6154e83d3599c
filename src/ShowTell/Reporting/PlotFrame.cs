using static ShowTell.Reporting.Markup;

namespace ShowTell.Reporting;

/// <summary>
/// The title, legend and axes of a plot as SVG. The constructor draws them; append the data to <see cref="Svg"/>, then
/// call <see cref="End"/>.
/// </summary>
internal sealed class PlotFrame
{
    private const double Width = 640;
    private const double Height = 400;
    private const double Left = 80;
    private const double Right = Width - 40;
    private const double LegendRow = 26;
    private const double FirstLegendRow = 58;
    private const int MaxLegendRows = 5;

    /// <summary>The number of series colors.</summary>
    private const int Colors = 6;

    private readonly double _top;

    /// <summary>Draws a frame.</summary>
    /// <param name="text">The title and the labels.</param>
    /// <param name="legend">The names of the series; empty for no legend.</param>
    /// <param name="symbol">Draws the legend symbol of a series, 26 wide, from a position to the right.</param>
    /// <param name="xTicks">The ticks of the x axis, at positions in [0, 1].</param>
    /// <param name="yTicks">The ticks of the y axis, at positions in [0, 1].</param>
    public PlotFrame(
        PlotText text,
        IReadOnlyList<string> legend,
        Func<int, double, double, string> symbol,
        IEnumerable<(double Position, string Label)> xTicks,
        IEnumerable<(double Position, string Label)> yTicks)
    {
        Svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" class="showtell-plot" role="img"
             viewBox="0 0 {Width} {Height}" width="800" height="500">
            <title>{Encode(text.Title)}</title>
            <desc>{Encode(text.Description)}</desc>
            <style>{PageStyle.Plot}</style>
            <rect class="surface" width="{Width}" height="{Height}" rx="10"/>
            <text class="title" x="24" y="33">{Encode(Shorten(text.Title, 48))}</text>

            """);
        _top = AppendLegend(legend, symbol) + 20;
        AppendYAxis(yTicks, text.YLabel);
        AppendXAxis(xTicks, text.XLabel);
        BeginData();
    }

    /// <summary>The y coordinate of the bottom of the data.</summary>
    public static double Bottom => Height - 68;

    /// <summary>The drawing so far.</summary>
    public StringBuilder Svg { get; } = new();

    /// <summary>The x coordinate of a position in [0, 1].</summary>
    public static double XOf(double position) => Left + (Right - Left) * position;

    /// <summary>The y coordinate of a position in [0, 1].</summary>
    public double YOf(double position) => Bottom - (Bottom - _top) * position;

    /// <summary>Begins a <c>g</c> element in the color of a series.</summary>
    public StringBuilder BeginSeries(int series) =>
        Svg.Append(CultureInfo.InvariantCulture, $"""<g class="series{series % Colors}">""");

    /// <summary>Ends the drawing: one <c>svg</c> element.</summary>
    /// <param name="isEmpty">Whether there are no data, which the plot then says.</param>
    public string End(bool isEmpty)
    {
        Svg.Append("</svg>\n");
        if (isEmpty)
        {
            string x = Number((Left + Right) / 2), y = Number((_top + Bottom) / 2);
            Svg.Append($"""<text class="empty" x="{x}" y="{y}">no values yet</text>""");
        }

        return Svg.Append("</svg>").ToString();
    }

    /// <summary>Writes the legend in rows under the title.</summary>
    /// <returns>The baseline of its last row.</returns>
    private double AppendLegend(IReadOnlyList<string> series, Func<int, double, double, string> symbol)
    {
        if (series.Count == 0)
        {
            return FirstLegendRow - LegendRow;
        }

        double x = 24, y = FirstLegendRow;
        for (int i = 0; i < series.Count; i++)
        {
            // Wide enough for the larger letters on a phone.
            string name = Shorten(series[i], 40);
            double width = 36 + 13 * name.Length + 28;
            if (x > 24 && x + width > Width)
            {
                if (y >= FirstLegendRow + (MaxLegendRows - 1) * LegendRow)
                {
                    break;
                }

                (x, y) = (24, y + LegendRow);
            }

            BeginSeries(i).Append(symbol(i, x, y));
            Svg.Append($"""<text class="name" x="{Number(x + 36)}" y="{Number(y)}">{Encode(name)}</text></g>{'\n'}""");
            x += width;
        }

        return y;
    }

    private void AppendYAxis(IEnumerable<(double Position, string Label)> ticks, string label)
    {
        foreach ((double position, string text) in ticks)
        {
            string y = Number(YOf(position));
            Svg.Append($"""<path class="grid" d="M{Number(Left)},{y}H{Number(Right)}"/>""");
            Svg.Append($"""<text class="y-tick" x="{Number(Left - 8)}" y="{y}" dy=".35em">{text}</text>{'\n'}""");
        }

        string middle = Number((_top + Bottom) / 2), shown = Encode(Shorten(label, 30));
        Svg.Append($"""<text class="y-label" transform="translate(18,{middle})rotate(-90)">{shown}</text>{'\n'}""");
    }

    private void AppendXAxis(IEnumerable<(double Position, string Label)> ticks, string label)
    {
        Svg.Append($"""<path class="axis" d="M{Number(Left)},{Number(Bottom)}H{Number(Right)}"/>{'\n'}""");
        string center = Number((Left + Right) / 2), shown = Encode(Shorten(label, 40));
        Svg.Append($"""<text class="x-label" x="{center}" y="{Number(Height - 11)}">{shown}</text>{'\n'}""");
        foreach ((double position, string text) in ticks)
        {
            string x = Number(XOf(position)), y = Number(Bottom + 8);
            Svg.Append($"""<path class="axis" d="M{x},{Number(Bottom)}v5"/>""");
            Svg.Append($"""<text class="x-tick" x="{x}" y="{y}" dy="1em">{Encode(text)}</text>{'\n'}""");
        }
    }

    /// <summary>Begins the data, which a nested <c>svg</c> element clips, with a margin for dots on the edge.</summary>
    private void BeginData()
    {
        const double margin = 8;
        string x = Number(Left - margin), y = Number(_top - margin);
        string width = Number(Right - Left + 2 * margin), height = Number(Bottom - _top + 2 * margin);
        Svg.Append($"""<svg x="{x}" y="{y}" width="{width}" height="{height}" """);
        Svg.Append($"""viewBox="{x} {y} {width} {height}">{'\n'}""");
    }

    private static string Shorten(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";
}

/// <summary>The texts of a plot.</summary>
/// <param name="Title">The title.</param>
/// <param name="Description">The plot in words, for screen readers.</param>
/// <param name="XLabel">The label of the x axis.</param>
/// <param name="YLabel">The label of the y axis.</param>
internal sealed record PlotText(string Title, string Description, string XLabel, string YLabel);
