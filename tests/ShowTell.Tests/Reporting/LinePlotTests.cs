using System.Globalization;
using System.Xml.Linq;
using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class LinePlotTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    public static TheoryData<double[]> HostileValues => new()
    {
        Array.Empty<double>(),
        new[] { 3.5 },
        new[] { 0.0 },
        new[] { 2.0, 2, 2 },
        new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity },
        new[] { double.NaN, 4, double.PositiveInfinity, 2, double.NegativeInfinity },
        new[] { -3.0, 0, 5 },
        new[] { double.MaxValue, double.MinValue, 1 },
        new[] { 1e289, -1e289 },
        new[] { 5e-324, 1e-310, 0 },
        new[] { 1e-280, 2e-280 },
        new[] { 1e-250, 1e250 },
        new[] { 1e15, 1e15 + 1 },
        new[] { 0.3, 0.30000001 },
        new[] { 1e7, 3e8 },
    };

    [Theory]
    [MemberData(nameof(HostileValues))]
    public void Any_values_give_a_well_formed_drawing_within_its_bounds(double[] values)
    {
        foreach (bool isLog in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (SeriesStyle style in Enum.GetValues<SeriesStyle>())
            {
                var plot = new LinePlot
                {
                    Title = "Loss",
                    IsLogScale = isLog,
                    Series = [new("values", [.. values.Select((y, x) => ((double)x, y))], style)],
                };
                CheckDrawing(plot.ToSvg());
            }
        }
    }

    [Fact]
    public void Values_that_are_not_finite_are_left_out()
    {
        LinePlot With(params double[] losses) => LinePlot.OfLosses(losses);
        string svg = With(4, double.NaN, 2, double.PositiveInfinity).ToSvg();
        Assert.Equal(2, Points(svg, "line").Length);
        Assert.Contains("2 values, first 4, last 2, minimum 2", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_scale_leaves_out_what_is_not_positive_and_spaces_decades_evenly()
    {
        var plot = new LinePlot
        {
            Title = "Loss",
            IsLogScale = true,
            Series = [new("loss", [(0, 100), (1, 10), (2, 1), (3, 0), (4, -1)])],
        };
        (double X, double Y)[] points = Points(plot.ToSvg(), "line");
        Assert.Equal(3, points.Length);
        Assert.Equal(points[1].Y - points[0].Y, points[2].Y - points[1].Y, 0.11);
    }

    [Fact]
    public void Many_points_are_thinned_and_keep_their_peaks()
    {
        const int count = 200_000;
        double[] losses = [.. Enumerable.Range(0, count).Select(i => 5 + Math.Sin(i))];
        losses[123_457] = 50;
        string svg = LinePlot.OfLosses(losses).ToSvg();
        Assert.InRange(svg.Length, 1, 40_000);

        (double X, double Y)[] faint = Points(svg, "faint");
        Assert.True(faint.Zip(faint.Skip(1)).All(pair => pair.First.X <= pair.Second.X));
        double left = faint[0].X;
        double right = faint[^1].X;
        (double X, double Y) peak = faint.MinBy(point => point.Y);
        Assert.Equal(left + (right - left) * 123_456 / (count - 1), peak.X, 0.11);
    }

    [Fact]
    public void Smoothing_keeps_a_straight_line_and_calms_noise()
    {
        (double X, double Y)[] line = [.. Enumerable.Range(0, 500).Select(i => ((double)i, 3 - 0.25 * i))];
        Assert.All(line.Zip(PlotSeries.Smooth(line)), pair => Assert.Equal(pair.First.Y, pair.Second.Y, 1e-9));

        (double X, double Y)[] noise = [.. line.Select((p, i) => (p.X, i % 2 == 0 ? 1.0 : -1.0))];
        Assert.All(PlotSeries.Smooth(noise)[20..], point => Assert.InRange(point.Y, -0.3, 0.3));
    }

    [Theory]
    [InlineData(0, 76.9, "0", "80")]
    [InlineData(0.11, 0.93, "0.0", "1.0")]
    [InlineData(2.31, 2.37, "2.31", "2.37")]
    [InlineData(-3, 12_000, "-2,000", "12,000")]
    public void Ticks_are_round_and_enclose_the_values(double min, double max, string first, string last)
    {
        var axis = PlotAxis.OfValues([min, max]);
        Assert.Equal(first, axis.Ticks[0].Label);
        Assert.Equal(last, axis.Ticks[^1].Label);
        Assert.InRange(axis.Ticks.Count, 3, 9);
        Assert.All([min, max], value => Assert.InRange(axis.Position(value), 0, 1));
    }

    [Fact]
    public void Iterations_are_marked_at_integers()
    {
        var axis = PlotAxis.OfCounts([1, 2, 3]);
        Assert.Equal(["1", "2", "3"], axis.Ticks.Select(tick => tick.Label));
    }

    [Theory]
    [InlineData(0.13, 77, "0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100")]
    [InlineData(2.1, 3.3, "2.0", "2.2", "2.4", "2.6", "2.8", "3.0", "3.2", "3.4")]
    [InlineData(1e-3, 500, "0.001", "0.01", "0.1", "1", "10", "100", "1,000")]
    public void Log_ticks_are_round(double min, double max, params string[] labels)
    {
        var axis = PlotAxis.OfLogarithms([min, max]);
        Assert.Equal(labels.Select(Parse), axis.Ticks.Select(tick => Parse(tick.Label)));
        Assert.All([min, max], value => Assert.InRange(axis.Position(value), 0, 1));
    }

    [Fact]
    public void Names_cannot_break_out_of_the_drawing()
    {
        var plot = new LinePlot
        {
            Title = "</title><script>alert(1)</script>\u0000\uD800",
            XLabel = "\"><x>",
            YLabel = "a & b",
            Series = [new("<b>&", [(1, 1), (2, 2)]), new(new string('x', 500), [(1, 3)])],
        };
        string svg = plot.ToSvg();
        CheckDrawing(svg);
        Assert.DoesNotContain("<script", svg, StringComparison.Ordinal);
        Assert.Contains("a & b", XDocument.Parse(svg).Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_series_leave_room_for_their_curves()
    {
        IEnumerable<PlotSeries> series = Enumerable.Range(0, 40).Select(
            i => new PlotSeries($"a series with a long name, {i}", [(0, i), (1, i + 1)]));
        string svg = new LinePlot { Title = "Many", Series = [.. series] }.ToSvg();
        CheckDrawing(svg);
        double[] heights = [.. Points(svg, "line").Select(point => point.Y)];
        Assert.Equal(80, heights.Length);
        Assert.InRange(heights.Max() - heights.Min(), 100, 300);
    }

    [Fact]
    public void A_drawing_has_a_name_for_those_who_do_not_see_it()
    {
        XElement root = XDocument.Parse(LinePlot.OfLosses([4, 3, 2], [(3, 2.5)], "Loss of a run").ToSvg()).Root!;
        Assert.Equal("img", (string?)root.Attribute("role"));
        Assert.Equal("Loss of a run", root.Elements().First().Value);
        Assert.Equal(s_svg + "title", root.Elements().First().Name);
        Assert.Contains("validation: 1 values", root.Element(s_svg + "desc")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_culture_of_the_machine_does_not_matter()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        string expected = LinePlot.OfLosses([4.25, 3.5, 2.75]).ToSvg();
        try
        {
            CultureInfo.CurrentCulture = WithDecimalComma();
            Assert.Equal(expected, LinePlot.OfLosses([4.25, 3.5, 2.75]).ToSvg());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);

    private static CultureInfo WithDecimalComma()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NegativeSign = "~";
        return culture;
    }

    private static void CheckDrawing(string svg)
    {
        XElement root = XDocument.Parse(svg).Root!;
        foreach (XElement shape in root.Descendants())
        {
            foreach (XAttribute number in shape.Attributes().Where(a => a.Name.LocalName is "x" or "y" or "cx" or "cy"))
            {
                Assert.InRange(Parse(number.Value), 0, 640);
            }

            string path = (string?)shape.Attribute("d") ?? (string?)shape.Attribute("transform") ?? "";
            Assert.DoesNotContain("NaN", path, StringComparison.Ordinal);
            Assert.DoesNotContain("∞", path, StringComparison.Ordinal);
            Assert.DoesNotContain("Infinity", path, StringComparison.Ordinal);
        }

        foreach ((double x, double y) in Points(svg, "line").Concat(Points(svg, "faint")))
        {
            Assert.InRange(x, 80, 600);
            Assert.InRange(y, 50, 332);
        }
    }

    private static (double X, double Y)[] Points(string svg, string kind) =>
    [
        .. from line in XDocument.Parse(svg).Descendants(s_svg + "polyline")
           where (string?)line.Attribute("class") == kind
           from point in line.Attribute("points")!.Value.Split(' ')
           select point.Split(',') into pair
           select (Parse(pair[0]), Parse(pair[1]))
    ];
}
