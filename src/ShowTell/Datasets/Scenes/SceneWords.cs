namespace ShowTell.Datasets.Scenes;

/// <summary>The words for kinds, colors and sizes in captions.</summary>
internal static class SceneWords
{
    private static readonly string[] s_kinds = Names<ShapeKind>(), s_colors = Names<ShapeColor>();
    private static readonly string[] s_small = ["small", "little"], s_large = ["large", "big"];

    public static string Of(ShapeKind kind) => s_kinds[(int)kind];

    public static string Of(ShapeColor color) => s_colors[(int)color];

    /// <summary>The synonyms for a size.</summary>
    public static ReadOnlySpan<string> Of(ShapeSize size) => size == ShapeSize.Small ? s_small : s_large;

    private static string[] Names<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];
}
