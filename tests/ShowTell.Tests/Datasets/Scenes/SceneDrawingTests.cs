using System.Globalization;
using System.Xml.Linq;
using ShowTell.Datasets.Scenes;
using Xunit;

namespace ShowTell.Tests.Datasets.Scenes;

public sealed class SceneDrawingTests
{
    private const int Side = 64;

    public static TheoryData<ShapeKind, ShapeColor, double> Shapes()
    {
        var data = new TheoryData<ShapeKind, ShapeColor, double>();
        foreach (ShapeKind kind in Enum.GetValues<ShapeKind>())
        {
            foreach (ShapeColor color in Enum.GetValues<ShapeColor>())
            {
                data.Add(kind, color, 0.125);
                data.Add(kind, color, 0.075);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Pixels_and_svg_show_the_same_shape(ShapeKind kind, ShapeColor color, double radius)
    {
        var scene = new Scene(new SceneShape(kind, color, 0.303, 0.71, radius));
        var pixels = new float[Side * Side * 3];
        SceneDrawing.Rasterize(scene, Side, pixels);
        XElement svg = XElement.Parse(SceneDrawing.ToSvg(scene));
        (double area, double x, double y) = AreaAndCentroid(svg.Elements().ElementAt(1));
        float[] ground = Rgb(svg.Elements().First()), fill = Rgb(svg.Elements().ElementAt(1));

        // The channel in which shape and ground differ most tells how much of a pixel is covered.
        int channel = Enumerable.Range(0, 3).MaxBy(c => Math.Abs(fill[c] - ground[c]));
        double covered = 0, coveredX = 0, coveredY = 0;
        for (int i = 0; i < Side * Side; i++)
        {
            double coverage = (pixels[(i * 3) + channel] - ground[channel]) / (fill[channel] - ground[channel]);
            Assert.InRange(coverage, -1e-6, 1 + 1e-6);
            covered += coverage;
            coveredX += coverage * ((i % Side) + 0.5) / Side;
            coveredY += coverage * ((i / Side) + 0.5) / Side;
        }

        Assert.InRange(covered / (Side * Side) / area, 0.97, 1.03);
        Assert.Equal(x, coveredX / covered, 0.003);
        Assert.Equal(y, coveredY / covered, 0.003);
        int centre = ((int)(0.71 * Side) * Side) + (int)(0.303 * Side);
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal(fill[c], pixels[(centre * 3) + c], 1e-6f);
            Assert.Equal(ground[c], pixels[c], 1e-6f);
        }
    }

    [Fact]
    public void Edges_are_soft()
    {
        var pixels = new float[32 * 32 * 3];
        SceneDrawing.Rasterize(
            new Scene(new SceneShape(ShapeKind.Circle, ShapeColor.Black, 0.5, 0.5, 0.125)), 32, pixels);

        int soft = Enumerable.Range(0, 32 * 32).Count(i => pixels[i * 3] is > 0.2f and < 0.9f);
        Assert.InRange(soft, 12, 40);
    }

    [Fact]
    public void Shapes_differ_in_color_and_outline()
    {
        var seen = new HashSet<string>();
        foreach (ShapeKind kind in Enum.GetValues<ShapeKind>())
        {
            foreach (ShapeColor color in Enum.GetValues<ShapeColor>())
            {
                seen.Add(SceneDrawing.ToSvg(new Scene(new SceneShape(kind, color, 0.5, 0.5, 0.1))));
            }
        }

        Assert.Equal(24, seen.Count);
    }

    [Fact]
    public void Scenes_have_one_or_two_shapes_and_pixels_their_length()
    {
        var shape = new SceneShape(ShapeKind.Star, ShapeColor.Red, 0.5, 0.5, 0.1);
        Assert.Throws<ArgumentException>(() => new Scene());
        Assert.Throws<ArgumentException>(() => new Scene(shape, shape, shape));
        Assert.Throws<ArgumentException>(() => SceneDrawing.Rasterize(new Scene(shape), 32, new float[32 * 32]));
    }

    private static (double Area, double X, double Y) AreaAndCentroid(XElement element)
    {
        if (element.Name.LocalName == "circle")
        {
            double radius = Number(element.Attribute("r")!.Value);
            return (Math.PI * radius * radius, Number(element.Attribute("cx")!.Value), Number(
                element.Attribute("cy")!.Value));
        }

        double[][] corners = [.. element.Attribute("points")!.Value.Split(' ').Select(
            point => point.Split(',').Select(Number).ToArray())];
        double area = 0, x = 0, y = 0;
        for (int i = 0; i < corners.Length; i++)
        {
            double[] p = corners[i], q = corners[(i + 1) % corners.Length];
            double cross = (p[0] * q[1]) - (q[0] * p[1]);
            area += cross / 2;
            x += (p[0] + q[0]) * cross / 6;
            y += (p[1] + q[1]) * cross / 6;
        }

        return (Math.Abs(area), x / area, y / area);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture) / 96;

    private static float[] Rgb(XElement element) =>
        [.. Convert.FromHexString(element.Attribute("fill")!.Value[1..]).Select(value => value / 255f)];
}
