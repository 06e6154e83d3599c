using ShowTell.Numerics;

namespace ShowTell.Data.Scenes;

/// <summary>
/// Describes scenes in words: lower case, single spaces, no punctuation, at most 15 words. Says only what is plainly
/// true. <see cref="SceneCaptionChecker"/> knows nothing of this class.
/// </summary>
internal sealed class SceneCaptionWriter(SeededRandom random)
{
    /// <summary>Captions of a scene, each of another form.</summary>
    public string[] Write(Scene scene, int count)
    {
        Func<string>[] forms = scene.Shapes.Count == 1 ? OfOne(scene.Shapes[0]) : OfTwo(scene.Shapes[0], scene.Shapes[1]);
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

    private Func<string>[] OfTwo(SceneShape first, SceneShape second)
    {
        (SceneShape a, SceneShape b) = random.NextInt(2) == 0 ? (first, second) : (second, first);
        List<Func<string>> forms =
        [
            () => $"a {Sized(a)} {Relation(a, b)} a {Sized(b)}",
            () => $"a {Coloured(b)} {Relation(b, a)} a {Coloured(a)}",
            () => $"there is a {Coloured(a)} {Relation(a, b)} a {Coloured(b)}",
            () => $"the {Coloured(b)} is {Relation(b, a)} the {Coloured(a)}",
            () => $"a {Sized(b)} and a {Sized(a)}",
            () => $"a {Coloured(a)} {ShortPlace(a)} and a {Coloured(b)} {ShortPlace(b)}",
            () => $"the two shapes are a {Coloured(b)} and a {Coloured(a)}",
            () => $"the picture shows a {Coloured(a)} and a {Coloured(b)}",
        ];
        if (a.Kind == b.Kind)
        {
            forms.Add(() => $"two {SceneWords.Of(a.Kind)}s one {SceneWords.Of(a.Colour)} and one {SceneWords.Of(b.Colour)}");
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

    private string Place(SceneShape shape) => (shape.Row, shape.Column) switch
    {
        (1, 0) => $"on the left{OneOf("", " side")}",
        (1, 2) => $"on the right{OneOf("", " side")}",
        (1, 1) => $"in the {OneOf("middle", "centre")}",
        (0, 1) or (2, 1) => ShortPlace(shape),
        (int row, int column) =>
            $"in the {(row == 0 ? OneOf("top", "upper") : OneOf("bottom", "lower"))} {(column == 0 ? "left" : "right")} corner",
    };

    private static string ShortPlace(SceneShape shape) => (shape.Row, shape.Column) switch
    {
        (0, 0) => "at the top left",
        (0, 1) => "at the top",
        (0, 2) => "at the top right",
        (1, 0) => "on the left",
        (1, 1) => "in the middle",
        (1, 2) => "on the right",
        (2, 0) => "at the bottom left",
        (2, 1) => "at the bottom",
        _ => "at the bottom right",
    };

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
