namespace ShowTell.Data.Scenes;

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

    private bool Caption()
    {
        if (Accept("the only shape is"))
        {
            return CountIs(AnyShape, 1) && Shape();
        }

        if (Accept("the two shapes are"))
        {
            return CountIs(AnyShape, 2) && Shape() && Accept("and") && Shape();
        }

        if (Accept("both shapes are"))
        {
            return CountIs(AnyShape, 2) && Both();
        }

        if (Accept("two"))
        {
            return Two();
        }

        if (Place() is { } place)
        {
            return Accept("is") && Shape(place);
        }

        return Accept("there is") || Accept("the picture shows") || Accept("a picture of") || Peek() is "a" or "one"
            ? OneOrTwoShapes()
            : Statement();
    }

    private bool OneOrTwoShapes()
    {
        return Shape() && (_next == _words.Length || ((Accept("and") || Relation()) && Shape()));
    }

    private bool Both()
    {
        ShapeClaim? predicate = Size() is { } size ? new ShapeClaim(Size: size)
            : Colour() is { } colour ? new ShapeClaim(Colour: colour)
            : null;
        return predicate is not null && States(AnyShape, predicate);
    }

    private bool Two()
    {
        if (Description("s") is not { } claim || !CountIs(claim, 2))
        {
            return false;
        }

        if (!Accept("one"))
        {
            return true;
        }

        return claim.Colour is null
            && Colour() is { } first && Accept("and one") && Colour() is { } second
            && Names(claim with { Colour = first }) && Names(claim with { Colour = second });
    }

    private bool Statement()
    {
        if (TheShape() is not { } subject || !Accept("is"))
        {
            return false;
        }

        if (Relation())
        {
            return TheShape() is { } other && Names(subject) && Names(other);
        }

        return Predicate() is { } predicate && States(subject, predicate);
    }

    private ShapeClaim? Predicate()
    {
        if (Size() is not { } size)
        {
            return Colour() is { } only ? new ShapeClaim(Colour: only) : Place();
        }

        if (!Accept("and"))
        {
            return new ShapeClaim(Size: size);
        }

        return Colour() is { } colour ? new ShapeClaim(size, colour) : null;
    }

    /// <summary>The rule "shape". Where its place was said before, it has none of its own.</summary>
    private bool Shape(ShapeClaim? place = null)
    {
        bool exactlyOne = Accept("one");
        if ((!exactlyOne && !Accept("a")) || Description() is not { } claim)
        {
            return false;
        }

        place ??= Place() ?? AnyShape;
        claim = claim with { Row = place.Row, Column = place.Column };
        return Names(claim) && (!exactlyOne || CountIs(claim, 1));
    }

    private ShapeClaim? TheShape()
    {
        if (!Accept("the") || Description() is not { } claim)
        {
            return null;
        }

        ShapeClaim place = Place() ?? AnyShape;
        claim = claim with { Row = place.Row, Column = place.Column };
        CountIs(claim, 1);
        return claim;
    }

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
        foreach (ShapeColour colour in Enum.GetValues<ShapeColour>())
        {
            if (Accept(SceneWords.Of(colour)))
            {
                return colour;
            }
        }

        return null;
    }

    private bool Relation()
    {
        _claims.Relation = Accept("above") ? Direction.Above
            : Accept("below") ? Direction.Below
            : Accept("to the left of") || Accept("left of") ? Direction.LeftOf
            : Accept("to the right of") || Accept("right of") ? Direction.RightOf
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
        if (!_words.AsSpan(_next).StartsWith(expected))
        {
            return false;
        }

        _next += expected.Length;
        return true;
    }
}
