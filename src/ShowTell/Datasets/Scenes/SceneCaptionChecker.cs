namespace ShowTell.Datasets.Scenes;

/// <summary>
/// Checks whether a caption is true of a scene. The caption is parsed by a grammar into claims: shapes of a size,
/// color, kind and position (two mentioned shapes are distinct), their spatial relation, and their number. A caption is
/// true if it is grammatical and all claims hold together.
/// <code>
/// caption   = ["there is" | "the picture shows" | "a picture of"] shape [("and" | relation) shape]
///           | position "is" shape
///           | "the only shape is" shape
///           | "the two shapes are" shape "and" shape
///           | "both shapes are" (size | color)
///           | "two" [size] [color] nouns ["one" color "and one" color]
///           | the-shape "is" (size ["and" color] | color | position | relation the-shape)
/// shape     = ("a" | "one") [size] [color] noun [position]
/// the-shape = "the" [size] [color] noun [position]
/// noun      = "circle" | "square" | "triangle" | "star" | "shape"
/// size      = "large" | "big" | "small" | "little"
/// relation  = "above" | "below" | ["to the"] ("left" | "right") "of"
/// position  = "in the" ("top" | "upper" | "bottom" | "lower") ("left" | "right") "corner"
///           | "at the" ("top" | "bottom") ["left" | "right"]
///           | "on the" ("left" | "right") ["side"] | "in the" ("middle" | "centre")
/// </code>
/// <para>
/// "one" and "the" claim that there is exactly one such shape. A position is a third of the picture, or the
/// intersection of two thirds: a shape in the top left corner is also at the top. A shape is above another if its
/// center is higher by at least a fifth of the picture, regardless of x.
/// </para>
/// </summary>
public static class SceneCaptionChecker
{
    /// <summary>Whether a caption is grammatical and true of a scene.</summary>
    public static bool IsTrue(string caption, Scene scene)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentNullException.ThrowIfNull(scene);
        return new SceneCaptionParser(caption).Parse() is { } claims && claims.HoldOf(scene);
    }

    /// <summary>Whether a caption is grammatical.</summary>
    public static bool IsGrammatical(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return new SceneCaptionParser(caption).Parse() is not null;
    }
}
