namespace ShowTell.Datasets.Scenes;

/// <summary>
/// Writes true captions of scenes: lower case, single spaces, no punctuation, at most 15 words. Independent of
/// <see cref="SceneCaptionChecker"/>.
/// </summary>
internal sealed class SceneCaptionWriter(SeededRandom random)
{
    /// <summary>Writes captions of a scene, each of a different form.</summary>
    public string[] Write(Scene scene, int count)
    {
        Func<string>[] forms = scene.Shapes.Count == 1
            ? OfOne(scene.Shapes[0])
            : OfTwo(scene.Shapes[0], scene.Shapes[1]);
        random.Shuffle<Func<string>>(forms);
        return [.. forms.Take(count).Select(form => form())];
    }

    private Func<string>[] OfOne(SceneShape shape) =>
    [
        () => $"a {Sized(shape)} {Position(shape)}",
        () => $"a {Colored(shape)} {Position(shape)}",
        () => $"there is a {Sized(shape)} {Position(shape)}",
        () => $"one {Sized(shape)} {Position(shape)}",
        () => $"{Position(shape)} is a {Sized(shape)}",
        () => $"the {SceneWords.Of(shape.Kind)} {Position(shape)} is {Size(shape)} and {SceneWords.Of(shape.Color)}",
        () => $"the picture shows a {Sized(shape)}",
        () => $"a picture of a {Sized(shape)}",
        () => $"the only shape is a {Sized(shape)}",
    ];

    private Func<string>[] OfTwo(SceneShape one, SceneShape other)
    {
        // Shapes are in reading order; only the form with "the" begins with the second one.
        (SceneShape a, SceneShape b) =
            (one.Row, one.Column).CompareTo((other.Row, other.Column)) < 0 ? (one, other) : (other, one);
        List<Func<string>> forms =
        [
            () => $"a {Sized(a)} {Relation(a, b)} a {Sized(b)}",
            () => $"a {Colored(a)} {Relation(a, b)} a {Colored(b)}",
            () => $"there is a {Colored(a)} {Relation(a, b)} a {Colored(b)}",
            () => $"the {Colored(b)} is {Relation(b, a)} the {Colored(a)}",
            () => $"a {Sized(a)} and a {Sized(b)}",
            () => $"a {Colored(a)} {ShortPosition(a)} and a {Colored(b)} {ShortPosition(b)}",
            () => $"the two shapes are a {Colored(a)} and a {Colored(b)}",
            () => $"the picture shows a {Colored(a)} and a {Colored(b)}",
        ];
        if (a.Kind == b.Kind)
        {
            forms.Add(() =>
                $"two {SceneWords.Of(a.Kind)}s one {SceneWords.Of(a.Color)} and one {SceneWords.Of(b.Color)}");
        }

        if (a.Color == b.Color)
        {
            forms.Add(() => $"both shapes are {SceneWords.Of(a.Color)}");
        }

        if (a.Size == b.Size)
        {
            forms.Add(() => $"both shapes are {Size(a)}");
        }

        return [.. forms];
    }

    private string Sized(SceneShape shape) => $"{Size(shape)} {Colored(shape)}";

    private static string Colored(SceneShape shape) => $"{SceneWords.Of(shape.Color)} {SceneWords.Of(shape.Kind)}";

    private string Size(SceneShape shape) => OneOf(SceneWords.Of(shape.Size));

    private string Position(SceneShape shape) => IsInMiddle(shape)
        ? $"in the {OneOf("middle", "centre")}"
        : $"in the {(shape.Row == 0 ? OneOf("top", "upper") : OneOf("bottom", "lower"))} {Side(shape)} corner";

    private static string ShortPosition(SceneShape shape) => IsInMiddle(shape)
        ? "in the middle"
        : $"at the {(shape.Row == 0 ? "top" : "bottom")} {Side(shape)}";

    private static bool IsInMiddle(SceneShape shape) => shape.Row == 1 && shape.Column == 1;

    private static string Side(SceneShape shape) => shape.Column == 0 ? "left" : "right";

    /// <summary>The relation of the first to the second, along the axis on which they are further apart.</summary>
    private string Relation(SceneShape a, SceneShape b)
    {
        int across = a.Column - b.Column, down = a.Row - b.Row;
        int lead = Math.Abs(across) - Math.Abs(down);
        bool vertical = lead < 0 || (lead == 0 && random.NextInt(2) == 0);
        return vertical
            ? down < 0 ? "above" : "below"
            : $"{OneOf("to the ", "")}{(across < 0 ? "left" : "right")} of";
    }

    private string OneOf(params ReadOnlySpan<string> words) => words[random.NextInt(words.Length)];
}
