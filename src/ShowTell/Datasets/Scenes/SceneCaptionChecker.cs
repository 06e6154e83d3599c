namespace ShowTell.Datasets.Scenes;

/// <summary>
/// Tells whether a caption is true of a scene. The caption is read by a grammar, whatever wrote it, into claims: shapes
/// that are there (of that size, colour, kind, at that place; two that are named are two different ones), how one lies
/// to the other, and how many there are. It is true if it is grammatical and all claims hold together.
/// <code>
/// caption   = ["there is" | "the picture shows" | "a picture of"] shape [("and" | relation) shape]
///           | place "is" shape
///           | "the only shape is" shape
///           | "the two shapes are" shape "and" shape
///           | "both shapes are" (size | colour)
///           | "two" [size] [colour] nouns ["one" colour "and one" colour]
///           | the-shape "is" (size ["and" colour] | colour | place | relation the-shape)
/// shape     = ("a" | "one") [size] [colour] noun [place]
/// the-shape = "the" [size] [colour] noun [place]
/// noun      = "circle" | "square" | "triangle" | "star" | "shape"
/// size      = "large" | "big" | "small" | "little"
/// relation  = "above" | "below" | ["to the"] ("left" | "right") "of"
/// place     = "in the" ("top" | "upper" | "bottom" | "lower") ("left" | "right") "corner"
///           | "at the" ("top" | "bottom") ["left" | "right"]
///           | "on the" ("left" | "right") ["side"] | "in the" ("middle" | "centre")
/// </code>
/// <para>
/// "one" and "the" say that there is exactly one such shape. A place is a third of the picture, or where two thirds
/// meet: what lies in the top left corner lies at the top, too. One shape is above another if its centre lies higher by
/// a fifth of the picture, however far to the side.
/// </para>
/// </summary>
public static class SceneCaptionChecker
{
    /// <summary>Whether a caption is grammatical and all that it says is true of the scene.</summary>
    public static bool IsTrue(string caption, Scene scene)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentNullException.ThrowIfNull(scene);
        return new SceneCaptionParser(caption).Parse() is { } claims && claims.HoldOf(scene);
    }

    /// <summary>Whether the grammar can read a caption, true or not.</summary>
    public static bool IsGrammatical(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return new SceneCaptionParser(caption).Parse() is not null;
    }
}
