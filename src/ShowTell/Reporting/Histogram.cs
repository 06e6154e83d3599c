using static ShowTell.Reporting.Markup;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>A histogram of one or more series as SVG, in the style of <see cref="LinePlot"/>.</summary>
public sealed record Histogram
{
    private const double Gap = 0.16;
    private const int MaxLabels = 14;

    /// <summary>The title.</summary>
    public required string Title { get; init; }

    /// <summary>The label of the x axis.</summary>
    public required string XLabel { get; init; }

    /// <summary>The label of the y axis.</summary>
    public required string YLabel { get; init; }

    /// <summary>The label of each bin.</summary>
    public required IReadOnlyList<string> Bins { get; init; }

    /// <summary>Each series' name and heights, one per bin, at least 0.</summary>
    public required IReadOnlyList<(string Name, IReadOnlyList<double> Heights)> Series { get; init; }

    /// <summary>Whether labels are placed at the left edges of the bins instead of under them; false by default.
    /// </summary>
    public bool LabelsAtEdges { get; init; }

    /// <summary>Counts integers, with a bin for each value from the minimum to the maximum.</summary>
    /// <param name="series">Each series' name and numbers.</param>
    /// <param name="max">Larger numbers count as this one.</param>
    /// <returns>The bins, and each series' percentage in every bin.</returns>
    internal static (string[] Bins, (string Name, IReadOnlyList<double> Heights)[] Series) Count(
        IReadOnlyList<(string Name, IReadOnlyList<int> Numbers)> series, int max)
    {
        int[] all = [.. series.SelectMany(one => one.Numbers)];
        int first = Math.Min(all.DefaultIfEmpty().Min(), max);
        int count = all.Length == 0 ? 0 : Math.Min(all.Max(), max) - first + 1;
        bool isCut = all.Any(number => number > max);
        string[] bins =
        [
            .. Enumerable.Range(first, count).Select(number =>
                Invariant($"{number}") + (isCut && number == max ? "+" : "")),
        ];
        return (bins, [.. series.Select(one => (one.Name, Percentages(one.Numbers, first, bins.Length)))]);
    }

    /// <summary>The plot as one <c>svg</c> element.</summary>
    public string ToSvg()
    {
        var yAxis = PlotAxis.OfValues([0, .. Series.SelectMany(series => series.Heights)]);
        int stride = 1 + (Bins.Count - 1) / MaxLabels;
        var frame = new PlotFrame(
            new PlotText(Title, Describe(), XLabel, YLabel),
            Series.Count > 1 ? [.. Series.Select(series => series.Name)] : [],
            Symbol,
            Bins.Index().Where(bin => bin.Index % stride == 0).Select(bin =>
                ((bin.Index + (LabelsAtEdges ? 0 : 0.5)) / Bins.Count, bin.Item)),
            yAxis.Ticks);
        for (int i = 0; i < Series.Count; i++)
        {
            AppendBars(frame, i, yAxis);
        }

        return frame.End(isEmpty: Bins.Count == 0);
    }

    private static IReadOnlyList<double> Percentages(IReadOnlyList<int> numbers, int first, int bins)
    {
        var percentages = new double[bins];
        foreach (int number in numbers)
        {
            percentages[Math.Min(number - first, bins - 1)] += 100.0 / numbers.Count;
        }

        return percentages;
    }

    private static string Symbol(int series, double x, double y) =>
        $"""<rect class="column" x="{Number(x)}" y="{Number(y - 10)}" width="26" height="11" rx="2"/>""";

    private void AppendBars(PlotFrame frame, int index, PlotAxis yAxis)
    {
        double gap = LabelsAtEdges ? Gap / 2 : Gap, width = (1 - gap) / Series.Count;
        frame.BeginSeries(index);
        foreach ((int bin, double height) in Series[index].Heights.Index().Where(bin => bin.Item > 0))
        {
            double start = PlotFrame.XOf((bin + (gap / 2) + (index * width)) / Bins.Count);
            double end = PlotFrame.XOf((bin + (gap / 2) + ((index + 1) * width)) / Bins.Count);
            double top = frame.YOf(yAxis.Position(height));
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
