namespace ShowTell.Datasets.Scenes;

/// <summary>
/// Reads captions by the grammar of <see cref="SceneCaptionChecker"/>, by recursive descent: one method a rule. A
/// method that returns false or null has met something else than its rule.
/// </summary>
internal sealed class SceneCaptionParser(string caption)
{
    private static readonly ShapeClaim AnyShape = new();

    private readonly string[] _words = caption.Split(' ');
    private readonly SceneClaims _claims = new();
    private int _next;

    /// <summary>What the caption says, or null if it is ungrammatical.</summary>
    public SceneClaims? Parse() => Caption() && _next == _words.Length ? _claims : null;

    private bool Caption() =>
        Accept("the only shape is") ? CountIs(AnyShape, 1) && Shape()
        : Accept("the two shapes are") ? CountIs(AnyShape, 2) && Shape() && Accept("and") && Shape()
        : Accept("both shapes are") ? CountIs(AnyShape, 2) && Both()
        : Accept("two") ? Two()
        : Place() is { } place ? Accept("is") && Shape(place)
        : Accept("there is") || Accept("the picture shows") || Accept("a picture of") || Peek() is "a" or "one"
            ? OneOrTwoShapes()
        : Statement();

    private bool OneOrTwoShapes() =>
        Shape() && (_next == _words.Length || ((Accept("and") || Relation()) && Shape()));

    private bool Both()
    {
        ShapeClaim? predicate = Size() is { } size ? new ShapeClaim(Size: size)
            : Colour() is { } colour ? new ShapeClaim(Colour: colour)
            : null;
        return predicate is not null && States(AnyShape, predicate);
    }

    private bool Two() =>
        Description("s") is { } claim && CountIs(claim, 2) && (!Accept("one") || TwoColours(claim));

    private bool TwoColours(ShapeClaim claim) =>
        claim.Colour is null
        && Colour() is { } first && Accept("and one") && Colour() is { } second
        && Names(claim with { Colour = first }) && Names(claim with { Colour = second });

    private bool Statement() =>
        TheShape() is { } subject && Accept("is")
        && (Relation()
            ? TheShape() is { } other && Names(subject) && Names(other)
            : Predicate() is { } predicate && States(subject, predicate));

    private ShapeClaim? Predicate() =>
        Size() is not { } size ? Colour() is { } only ? new ShapeClaim(Colour: only) : Place()
        : !Accept("and") ? new ShapeClaim(Size: size)
        : Colour() is { } colour ? new ShapeClaim(size, colour)
        : null;

    /// <summary>The rule "shape". Where its place was said before, it has none of its own.</summary>
    private bool Shape(ShapeClaim? place = null)
    {
        bool exactlyOne = Accept("one");
        if ((!exactlyOne && !Accept("a")) || Description() is not { } claim)
        {
            return false;
        }

        claim = At(claim, place ?? Place());
        return Names(claim) && (!exactlyOne || CountIs(claim, 1));
    }

    private ShapeClaim? TheShape()
    {
        if (!Accept("the") || Description() is not { } claim)
        {
            return null;
        }

        claim = At(claim, Place());
        CountIs(claim, 1);
        return claim;
    }

    private static ShapeClaim At(ShapeClaim claim, ShapeClaim? place) =>
        claim with { Row = place?.Row, Column = place?.Column };

    private ShapeClaim? Description(string ending = "")
    {
        var claim = new ShapeClaim(Size(), Colour());
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

    private ShapeColour? Colour()
    {
        ShapeColour[] colours = Enum.GetValues<ShapeColour>();
        int index = Array.FindIndex(colours, colour => Accept(SceneWords.Of(colour)));
        return index < 0 ? null : colours[index];
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

    private ShapeClaim? Place()
    {
        int start = _next;
        ShapeClaim? place = Accept("in the middle") || Accept("in the centre") ? new ShapeClaim(Row: 1, Column: 1)
            : Accept("in the") ? Corner()
            : Accept("at the") && Side("top", "bottom") is { } row
                ? new ShapeClaim(Row: row, Column: Side("left", "right"))
            : Accept("on the") && Side("left", "right") is { } column ? new ShapeClaim(Column: column)
            : null;
        if (place is null)
        {
            _next = start;
        }
        else if (place.Row is null)
        {
            Accept("side");
        }

        return place;
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

    /// <summary>Reads the given words if they come next.</summary>
    private bool Accept(string words)
    {
        string[] expected = words.Split(' ');
        bool isNext = _words.AsSpan(_next).StartsWith(expected);
        _next += isNext ? expected.Length : 0;
        return isNext;
    }
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

    /// <summary>How far the first of them lies to the side of the second that it is said to lie on.</summary>
    public Func<SceneShape, SceneShape, double>? Relation { get; set; }

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
            && (Relation is null || Relation(first, second) >= SceneLayout.ClearlyApart))),
    };
}
