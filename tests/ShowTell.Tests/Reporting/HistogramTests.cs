using System.Xml.Linq;
using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class HistogramTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Numbers_are_counted_as_shares_from_the_least_to_the_greatest()
    {
        (string[] bins, (string Name, IReadOnlyList<double> Heights)[] series) =
            Histogram.Count([("a", [3, 3, 5, 3]), ("b", [4, 9, 7])], max: 7);
        Assert.Equal(["3", "4", "5", "6", "7+"], bins);
        Assert.Equal([75, 0, 25, 0, 0], series[0].Heights);
        Assert.Equal(
            [0, 100 / 3.0, 0, 0, 200 / 3.0], series[1].Heights.Select(height => Math.Round(height, 10)), new Near());
        Assert.Equal([], Histogram.Count([("a", [])], 7).Bins);
    }

    [Fact]
    public void Bars_stand_on_the_axis_side_by_side_as_high_as_they_should()
    {
        XElement root = XDocument.Parse(new Histogram
        {
            Title = "a < b",
            XLabel = "words",
            YLabel = "%",
            Bins = ["1", "2", "3"],
            Series = [("model", [10, 0, 40]), ("people", [20, 20, 20])],
        }.ToSvg()).Root!;
        Assert.Equal("a < b", root.Element(s_svg + "title")!.Value);
        Assert.Contains("model: most at 3, 40", root.Element(s_svg + "desc")!.Value, StringComparison.Ordinal);
        XElement[] bars =
            [.. root.Descendants(s_svg + "rect").Where(rect => rect.Element(s_svg + "title") is not null)];
        Assert.Equal(5, bars.Length); // None where there is nothing.
        double[] heights = [.. bars.Select(bar => (double)bar.Attribute("height")!)];
        Assert.Equal(4, heights[1] / heights[0], 0.02);
        Assert.Equal(2, heights[2] / heights[0], 0.02);
        Assert.All(bars, bar => Assert.Equal(
            332, (double)bar.Attribute("y")! + (double)bar.Attribute("height")!, 0.2));
        double[] edges = [.. bars.OrderBy(bar => (double)bar.Attribute("x")!).SelectMany(
            bar => new[]
            {
                (double)bar.Attribute("x")!, (double)bar.Attribute("x")! + (double)bar.Attribute("width")! - 0.2,
            })];
        Assert.Equal(edges.Order(), edges);
        Assert.Equal("people, 2: 20", bars[3].Value);
    }

    [Fact]
    public void Nothing_to_count_is_said()
    {
        string svg = new Histogram { Title = "t", XLabel = "x", YLabel = "y", Bins = [], Series = [("a", [])] }.ToSvg();
        Assert.Contains("no values yet", svg, StringComparison.Ordinal);
        XDocument.Parse(svg);
    }

    private sealed class Near : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < 1e-6;

        public int GetHashCode(double value) => 0;
    }
}
