namespace ShowTell.Datasets.Scenes;

/// <summary>The outlines and colors of shapes, for pixels and SVG.</summary>
internal static class SceneGeometry
{
    /// <summary>Red, green and blue of the background, 0 to 255.</summary>
    public static readonly byte[] Background = [250, 248, 243];

    // The distance of corners from the center, in radii, with which shapes look as large as a circle.
    private const double SquareReach = 1.4142136, TriangleReach = 1.3, StarReach = 1.25;

    // The distance of a pentagram's inner corners, as a fraction of that of the outer ones.
    private const double StarWaist = 0.381966;

    /// <summary>Red, green and blue of a color, 0 to 255.</summary>
    public static byte[] Rgb(ShapeColor color) => color switch
    {
        ShapeColor.Red => [222, 36, 42],
        ShapeColor.Green => [28, 160, 66],
        ShapeColor.Blue => [36, 84, 224],
        ShapeColor.Yellow => [246, 206, 28],
        ShapeColor.Purple => [164, 56, 208],
        ShapeColor.Black => [26, 26, 30],
        _ => throw new ArgumentOutOfRangeException(nameof(color)),
    };

    /// <summary>The corners of a shape, clockwise from the top; none for a circle.</summary>
    public static (double X, double Y)[] Corners(SceneShape shape) => shape.Kind switch
    {
        ShapeKind.Circle => [],
        ShapeKind.Square => Regular(shape, 4, 0.125, SquareReach, SquareReach),
        // Lowered to look centered: the centroid is below the middle of the height.
        ShapeKind.Triangle => Regular(
            shape with { Y = shape.Y + (shape.Radius * TriangleReach / 8) }, 3, 0, TriangleReach, TriangleReach),
        ShapeKind.Star => Regular(shape, 10, 0, StarReach, StarReach * StarWaist),
        _ => throw new ArgumentOutOfRangeException(nameof(shape)),
    };

    /// <summary>The maximum distance of a shape's points from its center, along an axis.</summary>
    public static double Reach(SceneShape shape) => shape.Kind == ShapeKind.Circle
        ? shape.Radius
        : Corners(shape).Max(corner => Math.Max(Math.Abs(corner.X - shape.X), Math.Abs(corner.Y - shape.Y)));

    /// <summary>Whether a shape contains a point.</summary>
    public static bool Contains(SceneShape shape, ReadOnlySpan<(double X, double Y)> corners, double x, double y)
    {
        if (corners.IsEmpty)
        {
            double dx = x - shape.X, dy = y - shape.Y;
            return (dx * dx) + (dy * dy) < shape.Radius * shape.Radius;
        }

        // A ray from an inner point crosses the outline an odd number of times.
        bool inside = false;
        (double X, double Y) from = corners[^1];
        foreach ((double X, double Y) to in corners)
        {
            if (from.Y > y != to.Y > y && x < from.X + ((y - from.Y) / (to.Y - from.Y) * (to.X - from.X)))
            {
                inside = !inside;
            }

            from = to;
        }

        return inside;
    }

    /// <summary>
    /// Corners at equal angles around the center, the first one <paramref name="turn"/> turns past the top, at
    /// alternating distances.
    /// </summary>
    private static (double X, double Y)[] Regular(
        SceneShape shape, int count, double turn, double reach, double otherReach)
    {
        var corners = new (double X, double Y)[count];
        for (int i = 0; i < count; i++)
        {
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * (turn + ((double)i / count)));
            double radius = shape.Radius * (i % 2 == 0 ? reach : otherReach);
            corners[i] = (shape.X + (radius * sine), shape.Y - (radius * cosine));
        }

        return corners;
    }
}
