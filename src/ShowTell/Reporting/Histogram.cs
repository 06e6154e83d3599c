using static ShowTell.Reporting.Markup;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>
/// Bars side by side as SVG: how often something falls into each of some bins, for one or a few series. It looks as
/// <see cref="LinePlot"/> does.
/// </summary>
public sealed record Histogram
{
    private const double Gap = 0.16;
    private const int MostLabels = 14;

    /// <summary>What the plot shows.</summary>
    public required string Title { get; init; }

    /// <summary>What the bins are.</summary>
    public required string XLabel { get; init; }

    /// <summary>What the heights are.</summary>
    public required string YLabel { get; init; }

    /// <summary>What stands under each bin.</summary>
    public required IReadOnlyList<string> Bins { get; init; }

    /// <summary>Names and heights, one for each bin, none negative.</summary>
    public required IReadOnlyList<(string Name, IReadOnlyList<double> Heights)> Series { get; init; }

    /// <summary>Whether labels stand at the bins' left edges, where one begins, instead of under them.</summary>
    public bool AreEdges { get; init; }

    /// <summary>Counts whole numbers: the share in percent of each from the least to the greatest.</summary>
    /// <param name="series">Names and numbers.</param>
    /// <param name="greatest">What is beyond counts as this.</param>
    /// <returns>The bins and the shares.</returns>
    internal static (string[] Bins, (string Name, IReadOnlyList<double> Heights)[] Series) Count(
        IReadOnlyList<(string Name, IReadOnlyList<int> Numbers)> series, int greatest)
    {
        int[] all = [.. series.SelectMany(one => one.Numbers).Select(number => Math.Min(number, greatest))];
        int first = all.DefaultIfEmpty().Min(), count = all.Length == 0 ? 0 : all.Max() - first + 1;
        bool isCut = series.Any(one => one.Numbers.Any(number => number > greatest));
        string[] bins =
        [
            .. Enumerable.Range(first, count).Select(number =>
                Invariant($"{number}") + (isCut && number == greatest ? "+" : "")),
        ];
        return (bins, [.. series.Select(one => (one.Name, Shares(one.Numbers, first, bins.Length)))]);
    }

    /// <summary>The plot as one <c>svg</c> element.</summary>
    public string ToSvg()
    {
        var frame = new PlotFrame(Title, Describe());
        frame.AppendLegend(Series.Count > 1 ? [.. Series.Select(series => series.Name)] : [], Symbol);
        var heights = PlotAxis.OfValues([0, .. Series.SelectMany(series => series.Heights)]);
        frame.AppendHeights(heights, YLabel);
        frame.AppendLabel(XLabel);
        int stride = 1 + (Bins.Count - 1) / MostLabels;
        for (int bin = 0; bin < Bins.Count; bin += stride)
        {
            frame.AppendTick((bin + (AreEdges ? 0 : 0.5)) / Bins.Count, Encode(Bins[bin]));
        }

        for (int i = 0; i < Series.Count; i++)
        {
            AppendBars(frame, i, heights);
        }

        if (Bins.Count == 0)
        {
            frame.AppendEmpty();
        }

        return frame.End();
    }

    private static IReadOnlyList<double> Shares(IReadOnlyList<int> numbers, int first, int bins)
    {
        var shares = new double[bins];
        foreach (int number in numbers)
        {
            shares[Math.Min(number - first, bins - 1)] += 100.0 / numbers.Count;
        }

        return shares;
    }

    private static string Symbol(int series, double x, double y) =>
        $"""<rect class="column" x="{Number(x)}" y="{Number(y - 10)}" width="26" height="11" rx="2"/>""";

    private void AppendBars(PlotFrame frame, int index, PlotAxis heights)
    {
        double gap = AreEdges ? Gap / 2 : Gap, width = (1 - gap) / Series.Count;
        frame.BeginSeries(index);
        for (int bin = 0; bin < Bins.Count; bin++)
        {
            double height = Series[index].Heights[bin];
            if (height <= 0)
            {
                continue;
            }

            double start = PlotFrame.XOf((bin + (gap / 2) + (index * width)) / Bins.Count);
            double end = PlotFrame.XOf((bin + (gap / 2) + ((index + 1) * width)) / Bins.Count);
            double top = frame.YOf(heights.Place(height));
            string name = Invariant($"{Series[index].Name}, {Bins[bin]}: {height:0.##}");
            frame.Svg.Append($"""<rect class="column" x="{Number(start)}" y="{Number(top)}" """);
            frame.Svg.Append($"""width="{Number(end - start)}" height="{Number(PlotFrame.Bottom - top)}">""");
            frame.Svg.Append($"<title>{Encode(name)}</title></rect>");
        }

        frame.Svg.Append("</g>\n");
    }

    private string Describe() => $"{YLabel} by {XLabel}. " + string.Join("; ", Series.Select(series =>
        series.Heights.Count == 0
            ? $"{series.Name}: no values"
            : $"{series.Name}: most at {Bins[series.Heights.Index().MaxBy(bin => bin.Item).Index]}, "
                + Invariant($"{series.Heights.Max():0.##}")));
}
