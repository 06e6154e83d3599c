namespace ShowTell.Datasets.Scenes;

/// <summary>Outlines and colours of shapes: the one source for pixels and for SVG.</summary>
internal static class SceneGeometry
{
    /// <summary>Red, green and blue of the ground, 0 to 255.</summary>
    public static readonly byte[] Ground = [250, 248, 243];

    // How far out the corners lie, in radii: a square is as wide as the circle; the others look as large.
    private const double SquareReach = 1.4142136, TriangleReach = 1.3, StarReach = 1.25;

    // The inner corners of a pentagram lie this far out, as a part of its outer ones.
    private const double StarWaist = 0.381966;

    /// <summary>Red, green and blue of a colour, 0 to 255.</summary>
    public static byte[] Rgb(ShapeColour colour) => colour switch
    {
        ShapeColour.Red => [222, 36, 42],
        ShapeColour.Green => [28, 160, 66],
        ShapeColour.Blue => [36, 84, 224],
        ShapeColour.Yellow => [246, 206, 28],
        ShapeColour.Purple => [164, 56, 208],
        ShapeColour.Black => [26, 26, 30],
        _ => throw new ArgumentOutOfRangeException(nameof(colour)),
    };

    /// <summary>The corners of a shape, clockwise from the top; none for a circle.</summary>
    public static (double X, double Y)[] Corners(SceneShape shape) => shape.Kind switch
    {
        ShapeKind.Circle => [],
        ShapeKind.Square => Regular(shape, 4, 0.125, SquareReach, SquareReach),
        // Its centroid lies below the middle of its height: it is lowered by half of that to look centred.
        ShapeKind.Triangle => Regular(
            shape with { Y = shape.Y + (shape.Radius * TriangleReach / 8) }, 3, 0, TriangleReach, TriangleReach),
        ShapeKind.Star => Regular(shape, 10, 0, StarReach, StarReach * StarWaist),
        _ => throw new ArgumentOutOfRangeException(nameof(shape)),
    };

    /// <summary>How far from its centre a shape reaches at most.</summary>
    public static double Reach(SceneShape shape) => shape.Kind == ShapeKind.Circle
        ? shape.Radius
        : Corners(shape).Max(corner => Math.Max(Math.Abs(corner.X - shape.X), Math.Abs(corner.Y - shape.Y)));

    /// <summary>Whether a point lies within a shape.</summary>
    public static bool Contains(SceneShape shape, ReadOnlySpan<(double X, double Y)> corners, double x, double y)
    {
        if (corners.IsEmpty)
        {
            double dx = x - shape.X, dy = y - shape.Y;
            return (dx * dx) + (dy * dy) < shape.Radius * shape.Radius;
        }

        // A ray to the right crosses the outline of what it starts in an odd number of times.
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
    /// Corners evenly spaced around the centre, the first <paramref name="turn"/> of a turn past the top; every
    /// other one at the second reach.
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
