namespace ShowTell.Datasets.Scenes;

/// <summary>What a shape is.</summary>
public enum ShapeKind
{
    /// <summary>A circle.</summary>
    Circle,

    /// <summary>A square, its sides level and upright.</summary>
    Square,

    /// <summary>A triangle of three equal sides, a corner up.</summary>
    Triangle,

    /// <summary>A star of five points, a point up.</summary>
    Star,
}

/// <summary>The colour of a shape.</summary>
public enum ShapeColour
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

/// <summary>What a caption calls a shape's size.</summary>
public enum ShapeSize
{
    /// <summary>Small, or little.</summary>
    Small,

    /// <summary>Large, or big.</summary>
    Large,
}

/// <summary>
/// One shape of a scene. The picture is a square whose sides have length 1; x grows to the right, y downwards.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="X">Where its centre lies, from the left.</param>
/// <param name="Y">Where its centre lies, from the top.</param>
/// <param name="Radius">Its size: the radius of the circle, or of the circle that it looks as large as.</param>
public sealed record SceneShape(ShapeKind Kind, ShapeColour Colour, double X, double Y, double Radius)
{
    /// <summary>Its size in words. Drawn scenes keep well away from the border between the two.</summary>
    public ShapeSize Size => Radius < SceneLayout.SmallBelow ? ShapeSize.Small : ShapeSize.Large;

    /// <summary>The third of the picture that its centre lies in: 0 left, 1 middle, 2 right.</summary>
    public int Column => SceneLayout.Third(X);

    /// <summary>The third of the picture that its centre lies in: 0 top, 1 middle, 2 bottom.</summary>
    public int Row => SceneLayout.Third(Y);
}

/// <summary>A picture of one or two coloured shapes, which do not touch. Immutable.</summary>
public sealed class Scene
{
    /// <summary>Makes a scene of its shapes.</summary>
    /// <exception cref="ArgumentException">There is no shape, or there are more than two.</exception>
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
    /// Whether scenes of this content are for validation alone: a fifth of all contents, the same for every seed. The
    /// content of a scene is the kind, colour, size, column and row of its shapes, in whatever order.
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

    /// <summary>From 1 on, so that 0 is left for a shape that is not there.</summary>
    private static int ContentOf(SceneShape shape) =>
        1 + (((((((((int)shape.Kind * 6) + (int)shape.Colour) * 2) + (int)shape.Size) * 3) + shape.Column) * 3)
            + shape.Row);
}
