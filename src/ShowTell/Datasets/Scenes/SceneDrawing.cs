namespace ShowTell.Datasets.Scenes;

/// <summary>Draws scenes, as pixels and as SVG, from the same outlines and colors.</summary>
public static class SceneDrawing
{
    // Each pixel is the mean of this many samples per side.
    private const int SamplesPerSide = 4;

    private const double SvgSide = 96;

    /// <summary>Draws a scene in pixels, antialiased.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="side">The width and height in pixels.</param>
    /// <param name="pixels">The result, side x side x 3: red, green and blue from 0 to 1.</param>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> has another length.</exception>
    public static void Rasterize(Scene scene, int side, Span<float> pixels)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(side);
        if (pixels.Length != side * side * 3)
        {
            throw new ArgumentException($"Has {pixels.Length} elements; expected {side} x {side} x 3.", nameof(pixels));
        }

        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = SceneGeometry.Background[i % 3] / 255f;
        }

        foreach (SceneShape shape in scene.Shapes)
        {
            Rasterize(shape, side, pixels);
        }
    }

    /// <summary>Draws a scene as an <c>svg</c> element, 96 units wide and high.</summary>
    public static string ToSvg(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SvgSide} {SvgSide}">""");
        svg.Append(
            CultureInfo.InvariantCulture,
            $"""<rect width="{SvgSide}" height="{SvgSide}" fill="{Hex(SceneGeometry.Background)}"/>""");
        foreach (SceneShape shape in scene.Shapes)
        {
            string fill = Hex(SceneGeometry.Rgb(shape.Color));
            (double X, double Y)[] corners = SceneGeometry.Corners(shape);
            IEnumerable<string> points = corners.Select(corner => $"{Units(corner.X)},{Units(corner.Y)}");
            svg.Append(corners.Length == 0
                ? $"""<circle cx="{Units(shape.X)}" cy="{Units(shape.Y)}" r="{Units(shape.Radius)}" fill="{fill}"/>"""
                : $"""<polygon points="{string.Join(' ', points)}" fill="{fill}"/>""");
        }

        return svg.Append("</svg>").ToString();
    }

    private static void Rasterize(SceneShape shape, int side, Span<float> pixels)
    {
        (double X, double Y)[] corners = SceneGeometry.Corners(shape);
        byte[] color = SceneGeometry.Rgb(shape.Color);
        double reach = SceneGeometry.Reach(shape);
        (int top, int bottom) = PixelsWithin(shape.Y - reach, shape.Y + reach, side);
        (int left, int right) = PixelsWithin(shape.X - reach, shape.X + reach, side);
        for (int row = top; row < bottom; row++)
        {
            for (int column = left; column < right; column++)
            {
                float coverage = Coverage(shape, corners, row, column, side);
                Span<float> pixel = pixels.Slice(((row * side) + column) * 3, 3);
                for (int channel = 0; channel < 3; channel++)
                {
                    pixel[channel] += coverage * ((color[channel] / 255f) - pixel[channel]);
                }
            }
        }
    }

    private static (int First, int End) PixelsWithin(double low, double high, int side) =>
        (Math.Clamp((int)(low * side), 0, side), Math.Clamp((int)Math.Ceiling(high * side), 0, side));

    private static float Coverage(SceneShape shape, (double X, double Y)[] corners, int row, int column, int side)
    {
        int inside = 0;
        for (int i = 0; i < SamplesPerSide * SamplesPerSide; i++)
        {
            double x = (column + (((i % SamplesPerSide) + 0.5) / SamplesPerSide)) / side;
            double y = (row + (((i / SamplesPerSide) + 0.5) / SamplesPerSide)) / side;
            inside += SceneGeometry.Contains(shape, corners, x, y) ? 1 : 0;
        }

        return inside / (float)(SamplesPerSide * SamplesPerSide);
    }

    private static string Hex(byte[] rgb) => "#" + Convert.ToHexStringLower(rgb);

    private static string Units(double length) => (length * SvgSide).ToString("0.##", CultureInfo.InvariantCulture);
}
