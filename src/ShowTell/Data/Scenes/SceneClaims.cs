namespace ShowTell.Data.Scenes;

/// <summary>Where one shape is said to lie to another.</summary>
internal enum Direction
{
    Above,
    Below,
    LeftOf,
    RightOf,
}

/// <summary>What a caption says of one shape; what is null is left open.</summary>
internal sealed record ShapeClaim(
    ShapeSize? Size = null, ShapeColour? Colour = null, ShapeKind? Kind = null, int? Row = null, int? Column = null)
{
    /// <summary>Whether all of it holds of a shape.</summary>
    public bool HoldsOf(SceneShape shape) =>
        (Size is null || Size == shape.Size)
        && (Colour is null || Colour == shape.Colour)
        && (Kind is null || Kind == shape.Kind)
        && (Row is null || Row == shape.Row)
        && (Column is null || Column == shape.Column);
}

/// <summary>Everything that a caption says.</summary>
internal sealed class SceneClaims
{
    /// <summary>Shapes said to be there, each another shape of the scene.</summary>
    public List<ShapeClaim> Shapes { get; } = [];

    /// <summary>Where the first of them lies to the second.</summary>
    public Direction? Relation { get; set; }

    /// <summary>How many shapes exactly a claim holds of.</summary>
    public List<(ShapeClaim Claim, int Count)> Counts { get; } = [];

    /// <summary>What holds of every shape that another claim holds of.</summary>
    public List<(ShapeClaim Subject, ShapeClaim Predicate)> Statements { get; } = [];

    /// <summary>Whether all claims hold together.</summary>
    public bool HoldOf(Scene scene) =>
        Counts.All(count => scene.Shapes.Count(count.Claim.HoldsOf) == count.Count)
        && Statements.All(statement => scene.Shapes.Where(statement.Subject.HoldsOf).All(statement.Predicate.HoldsOf))
        && ShapesAreThere(scene.Shapes);

    private bool ShapesAreThere(IReadOnlyList<SceneShape> shapes) => Shapes.Count switch
    {
        0 => true,
        1 => shapes.Any(Shapes[0].HoldsOf),
        _ => shapes.Any(first => shapes.Any(second =>
            !ReferenceEquals(first, second)
            && Shapes[0].HoldsOf(first)
            && Shapes[1].HoldsOf(second)
            && (Relation is null || IsClearly(Relation.Value, first, second)))),
    };

    private static bool IsClearly(Direction direction, SceneShape first, SceneShape second) => direction switch
    {
        Direction.Above => second.Y - first.Y >= SceneLayout.ClearlyApart,
        Direction.Below => first.Y - second.Y >= SceneLayout.ClearlyApart,
        Direction.LeftOf => second.X - first.X >= SceneLayout.ClearlyApart,
        Direction.RightOf => first.X - second.X >= SceneLayout.ClearlyApart,
        _ => throw new ArgumentOutOfRangeException(nameof(direction)),
    };
}
