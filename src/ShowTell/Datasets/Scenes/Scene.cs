namespace ShowTell.Datasets.Scenes;

/// <summary>The kinds of shapes.</summary>
public enum ShapeKind
{
    /// <summary>A circle.</summary>
    Circle,

    /// <summary>A square with horizontal and vertical sides.</summary>
    Square,

    /// <summary>An equilateral triangle, a corner at the top.</summary>
    Triangle,

    /// <summary>A five-pointed star, a point at the top.</summary>
    Star,
}

/// <summary>The colors of shapes.</summary>
public enum ShapeColor
{
    /// <summary>Red.</summary>
    Red,

    /// <summary>Green.</summary>
    Green,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>Yellow.</summary>
    Yellow,

    /// <summary>Purple.</summary>
    Purple,

    /// <summary>Black.</summary>
    Black,
}

/// <summary>The sizes of shapes in captions.</summary>
public enum ShapeSize
{
    /// <summary>Small or little.</summary>
    Small,

    /// <summary>Large or big.</summary>
    Large,
}

/// <summary>A shape of a scene. The picture is a square of side 1; x grows to the right, y downwards.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Color">Its color.</param>
/// <param name="X">The x coordinate of its center.</param>
/// <param name="Y">The y coordinate of its center.</param>
/// <param name="Radius">Its size: the radius of a circle that looks as large.</param>
public sealed record SceneShape(ShapeKind Kind, ShapeColor Color, double X, double Y, double Radius)
{
    /// <summary>Its size in words. Radii in generated scenes are well away from the threshold.</summary>
    public ShapeSize Size => Radius < SceneLayout.SmallBelow ? ShapeSize.Small : ShapeSize.Large;

    /// <summary>The third of the picture that contains its center: 0 left, 1 middle, 2 right.</summary>
    public int Column => SceneLayout.Third(X);

    /// <summary>The third of the picture that contains its center: 0 top, 1 middle, 2 bottom.</summary>
    public int Row => SceneLayout.Third(Y);
}

/// <summary>A scene of one or two colored shapes that do not touch. Immutable.</summary>
public sealed class Scene
{
    /// <summary>Creates a scene.</summary>
    /// <exception cref="ArgumentException">There are not one or two shapes.</exception>
    public Scene(params IEnumerable<SceneShape> shapes)
    {
        Shapes = [.. shapes];
        if (Shapes.Count is < 1 or > 2)
        {
            throw new ArgumentException($"A scene has one or two shapes, not {Shapes.Count}.", nameof(shapes));
        }
    }

    /// <summary>The shapes.</summary>
    public IReadOnlyList<SceneShape> Shapes { get; }

    /// <summary>
    /// Whether scenes with this content are held out for validation: a fifth of all contents, for every seed. The
    /// content is the kind, color, size, column and row of the shapes, in any order.
    /// </summary>
    internal bool IsHeldOut
    {
        get
        {
            int first = ContentOf(Shapes[0]);
            int second = Shapes.Count > 1 ? ContentOf(Shapes[1]) : 0;
            ulong content = ((ulong)Math.Max(first, second) << 16) | (uint)Math.Min(first, second);
            return new SeededRandom(content).NextInt(5) == 0;
        }
    }

    /// <summary>A number from 1 for each content of a shape; 0 stands for no shape.</summary>
    private static int ContentOf(SceneShape shape) =>
        1 + (((((((((int)shape.Kind * 6) + (int)shape.Color) * 2) + (int)shape.Size) * 3) + shape.Column) * 3)
            + shape.Row);
}
