namespace ShowTell.Data.Scenes;

/// <summary>The words that captions have for kinds, colours and sizes.</summary>
internal static class SceneWords
{
    public static string Of(ShapeKind kind) => kind switch
    {
        ShapeKind.Circle => "circle",
        ShapeKind.Square => "square",
        ShapeKind.Triangle => "triangle",
        ShapeKind.Star => "star",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static string Of(ShapeColour colour) => colour switch
    {
        ShapeColour.Red => "red",
        ShapeColour.Green => "green",
        ShapeColour.Blue => "blue",
        ShapeColour.Yellow => "yellow",
        ShapeColour.Purple => "purple",
        ShapeColour.Black => "black",
        _ => throw new ArgumentOutOfRangeException(nameof(colour)),
    };

    /// <summary>Words of the same meaning, the plainest first.</summary>
    public static ReadOnlySpan<string> Of(ShapeSize size) => size switch
    {
        ShapeSize.Small => Small,
        ShapeSize.Large => Large,
        _ => throw new ArgumentOutOfRangeException(nameof(size)),
    };

    private static readonly string[] Small = ["small", "little"];
    private static readonly string[] Large = ["large", "big"];
}
