namespace ShowTell.Datasets.Scenes;

/// <summary>
/// Parses captions by the grammar of <see cref="SceneCaptionChecker"/>, by recursive descent with a method per rule. A
/// method returns false or null if its rule does not match.
/// </summary>
internal sealed class SceneCaptionParser(string caption)
{
    private static readonly ShapeClaim AnyShape = new();

    private readonly string[] _words = caption.Split(' ');
    private readonly SceneClaims _claims = new();
    private int _next;

    /// <summary>The claims of the caption; null if it is ungrammatical.</summary>
    public SceneClaims? Parse() => Caption() && _next == _words.Length ? _claims : null;

    private bool Caption() =>
        Accept("the only shape is") ? CountIs(AnyShape, 1) && Shape()
        : Accept("the two shapes are") ? CountIs(AnyShape, 2) && Shape() && Accept("and") && Shape()
        : Accept("both shapes are") ? CountIs(AnyShape, 2) && Both()
        : Accept("two") ? Two()
        : Position() is { } position ? Accept("is") && Shape(position)
        : Accept("there is") || Accept("the picture shows") || Accept("a picture of") || Peek() is "a" or "one"
            ? OneOrTwoShapes()
        : Statement();

    private bool OneOrTwoShapes() =>
        Shape() && (_next == _words.Length || ((Accept("and") || Relation()) && Shape()));

    private bool Both()
    {
        ShapeClaim? predicate = Size() is { } size ? new ShapeClaim(Size: size)
            : Color() is { } color ? new ShapeClaim(Color: color)
            : null;
        return predicate is not null && States(AnyShape, predicate);
    }

    private bool Two() =>
        Description("s") is { } claim && CountIs(claim, 2) && (!Accept("one") || TwoColors(claim));

    private bool TwoColors(ShapeClaim claim) =>
        claim.Color is null
        && Color() is { } first && Accept("and one") && Color() is { } second
        && Names(claim with { Color = first }) && Names(claim with { Color = second });

    private bool Statement() =>
        TheShape() is { } subject && Accept("is")
        && (Relation()
            ? TheShape() is { } other && Names(subject) && Names(other)
            : Predicate() is { } predicate && States(subject, predicate));

    private ShapeClaim? Predicate() =>
        Size() is not { } size ? Color() is { } only ? new ShapeClaim(Color: only) : Position()
        : !Accept("and") ? new ShapeClaim(Size: size)
        : Color() is { } color ? new ShapeClaim(size, color)
        : null;

    /// <summary>The rule "shape", or "shape" without position if the position precedes it.</summary>
    private bool Shape(ShapeClaim? position = null)
    {
        bool exactlyOne = Accept("one");
        if ((!exactlyOne && !Accept("a")) || Description() is not { } claim)
        {
            return false;
        }

        claim = At(claim, position ?? Position());
        return Names(claim) && (!exactlyOne || CountIs(claim, 1));
    }

    private ShapeClaim? TheShape()
    {
        if (!Accept("the") || Description() is not { } claim)
        {
            return null;
        }

        claim = At(claim, Position());
        CountIs(claim, 1);
        return claim;
    }

    private static ShapeClaim At(ShapeClaim claim, ShapeClaim? position) =>
        claim with { Row = position?.Row, Column = position?.Column };

    private ShapeClaim? Description(string ending = "")
    {
        var claim = new ShapeClaim(Size(), Color());
        foreach (ShapeKind kind in Enum.GetValues<ShapeKind>())
        {
            if (Accept(SceneWords.Of(kind) + ending))
            {
                return claim with { Kind = kind };
            }
        }

        return Accept("shape" + ending) ? claim : null;
    }

    private ShapeSize? Size() => Accept("large") || Accept("big") ? ShapeSize.Large
        : Accept("small") || Accept("little") ? ShapeSize.Small
        : null;

    private ShapeColor? Color()
    {
        ShapeColor[] colors = Enum.GetValues<ShapeColor>();
        int index = Array.FindIndex(colors, color => Accept(SceneWords.Of(color)));
        return index < 0 ? null : colors[index];
    }

    private bool Relation()
    {
        _claims.Relation = Accept("above") ? (first, second) => second.Y - first.Y
            : Accept("below") ? (first, second) => first.Y - second.Y
            : Accept("to the left of") || Accept("left of") ? (first, second) => second.X - first.X
            : Accept("to the right of") || Accept("right of") ? (first, second) => first.X - second.X
            : null;
        return _claims.Relation is not null;
    }

    private ShapeClaim? Position()
    {
        int start = _next;
        ShapeClaim? position = Accept("in the middle") || Accept("in the centre") ? new ShapeClaim(Row: 1, Column: 1)
            : Accept("in the") ? Corner()
            : Accept("at the") && Side("top", "bottom") is { } row
                ? new ShapeClaim(Row: row, Column: Side("left", "right"))
            : Accept("on the") && Side("left", "right") is { } column ? new ShapeClaim(Column: column)
            : null;
        if (position is null)
        {
            _next = start;
        }
        else if (position.Row is null)
        {
            Accept("side");
        }

        return position;
    }

    private ShapeClaim? Corner() =>
        (Side("top", "bottom") ?? Side("upper", "lower")) is { } row
        && Side("left", "right") is { } column
        && Accept("corner")
            ? new ShapeClaim(Row: row, Column: column)
            : null;

    private int? Side(string first, string last) => Accept(first) ? 0 : Accept(last) ? 2 : null;

    private bool Names(ShapeClaim claim)
    {
        _claims.Shapes.Add(claim);
        return true;
    }

    private bool CountIs(ShapeClaim claim, int count)
    {
        _claims.Counts.Add((claim, count));
        return true;
    }

    private bool States(ShapeClaim subject, ShapeClaim predicate)
    {
        _claims.Statements.Add((subject, predicate));
        return true;
    }

    private string Peek() => _next < _words.Length ? _words[_next] : "";

    /// <summary>Consumes the given words if they come next.</summary>
    private bool Accept(string words)
    {
        string[] expected = words.Split(' ');
        bool isNext = _words.AsSpan(_next).StartsWith(expected);
        _next += isNext ? expected.Length : 0;
        return isNext;
    }
}

/// <summary>A claim about a shape; null matches anything.</summary>
internal sealed record ShapeClaim(
    ShapeSize? Size = null, ShapeColor? Color = null, ShapeKind? Kind = null, int? Row = null, int? Column = null)
{
    /// <summary>Whether the claim is true of a shape.</summary>
    public bool HoldsOf(SceneShape shape) =>
        (Size is null || Size == shape.Size)
        && (Color is null || Color == shape.Color)
        && (Kind is null || Kind == shape.Kind)
        && (Row is null || Row == shape.Row)
        && (Column is null || Column == shape.Column);
}

/// <summary>The claims of a caption.</summary>
internal sealed class SceneClaims
{
    /// <summary>Shapes claimed to exist, which must be distinct.</summary>
    public List<ShapeClaim> Shapes { get; } = [];

    /// <summary>How far the first of them is in the claimed direction from the second; null for no relation.</summary>
    public Func<SceneShape, SceneShape, double>? Relation { get; set; }

    /// <summary>The exact number of shapes that a claim is true of.</summary>
    public List<(ShapeClaim Claim, int Count)> Counts { get; } = [];

    /// <summary>Predicates that are true of every shape that the subject is true of.</summary>
    public List<(ShapeClaim Subject, ShapeClaim Predicate)> Statements { get; } = [];

    /// <summary>Whether all claims are true of a scene.</summary>
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
            && (Relation is null || Relation(first, second) >= SceneLayout.ClearlyApart))),
    };
}
