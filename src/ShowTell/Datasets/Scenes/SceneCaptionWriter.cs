namespace ShowTell.Datasets.Scenes;

/// <summary>
/// Describes drawn scenes in words: lower case, single spaces, no punctuation, at most 15 words. Says only what is
/// plainly true. <see cref="SceneCaptionChecker"/> knows nothing of this class.
/// </summary>
internal sealed class SceneCaptionWriter(SeededRandom random)
{
    /// <summary>Captions of a scene, each of another form.</summary>
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
        () => $"a {Sized(shape)} {Place(shape)}",
        () => $"a {Coloured(shape)} {Place(shape)}",
        () => $"there is a {Sized(shape)} {Place(shape)}",
        () => $"one {Sized(shape)} {Place(shape)}",
        () => $"{Place(shape)} is a {Sized(shape)}",
        () => $"the {SceneWords.Of(shape.Kind)} {Place(shape)} is {Size(shape)} and {SceneWords.Of(shape.Colour)}",
        () => $"the picture shows a {Sized(shape)}",
        () => $"a picture of a {Sized(shape)}",
        () => $"the only shape is a {Sized(shape)}",
    ];

    private Func<string>[] OfTwo(SceneShape one, SceneShape other)
    {
        // Shapes are named as one reads, from the top left on; only the form with "the" begins with the later one.
        (SceneShape a, SceneShape b) =
            (one.Row, one.Column).CompareTo((other.Row, other.Column)) < 0 ? (one, other) : (other, one);
        List<Func<string>> forms =
        [
            () => $"a {Sized(a)} {Relation(a, b)} a {Sized(b)}",
            () => $"a {Coloured(a)} {Relation(a, b)} a {Coloured(b)}",
            () => $"there is a {Coloured(a)} {Relation(a, b)} a {Coloured(b)}",
            () => $"the {Coloured(b)} is {Relation(b, a)} the {Coloured(a)}",
            () => $"a {Sized(a)} and a {Sized(b)}",
            () => $"a {Coloured(a)} {ShortPlace(a)} and a {Coloured(b)} {ShortPlace(b)}",
            () => $"the two shapes are a {Coloured(a)} and a {Coloured(b)}",
            () => $"the picture shows a {Coloured(a)} and a {Coloured(b)}",
        ];
        if (a.Kind == b.Kind)
        {
            forms.Add(() =>
                $"two {SceneWords.Of(a.Kind)}s one {SceneWords.Of(a.Colour)} and one {SceneWords.Of(b.Colour)}");
        }

        if (a.Colour == b.Colour)
        {
            forms.Add(() => $"both shapes are {SceneWords.Of(a.Colour)}");
        }

        if (a.Size == b.Size)
        {
            forms.Add(() => $"both shapes are {Size(a)}");
        }

        return [.. forms];
    }

    private string Sized(SceneShape shape) => $"{Size(shape)} {Coloured(shape)}";

    private static string Coloured(SceneShape shape) => $"{SceneWords.Of(shape.Colour)} {SceneWords.Of(shape.Kind)}";

    private string Size(SceneShape shape) => OneOf(SceneWords.Of(shape.Size));

    private string Place(SceneShape shape) => IsInMiddle(shape)
        ? $"in the {OneOf("middle", "centre")}"
        : $"in the {(shape.Row == 0 ? OneOf("top", "upper") : OneOf("bottom", "lower"))} {Side(shape)} corner";

    private static string ShortPlace(SceneShape shape) => IsInMiddle(shape)
        ? "in the middle"
        : $"at the {(shape.Row == 0 ? "top" : "bottom")} {Side(shape)}";

    private static bool IsInMiddle(SceneShape shape) => shape.Row == 1 && shape.Column == 1;

    private static string Side(SceneShape shape) => shape.Column == 0 ? "left" : "right";

    /// <summary>How the first lies to the second, along the axis on which they are further apart.</summary>
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
