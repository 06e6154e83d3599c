namespace ShowTell.Datasets.Scenes;

/// <summary>The words that captions have for kinds, colours and sizes.</summary>
internal static class SceneWords
{
    private static readonly string[] s_kinds = Names<ShapeKind>(), s_colours = Names<ShapeColour>();
    private static readonly string[] s_small = ["small", "little"], s_large = ["large", "big"];

    public static string Of(ShapeKind kind) => s_kinds[(int)kind];

    public static string Of(ShapeColour colour) => s_colours[(int)colour];

    /// <summary>Words of the same meaning, the plainest first.</summary>
    public static ReadOnlySpan<string> Of(ShapeSize size) => size == ShapeSize.Small ? s_small : s_large;

    private static string[] Names<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];
}
