namespace ShowTell.Photos;

/// <summary>Width and height in pixels.</summary>
public readonly record struct PhotoSize(int Width, int Height)
{
    /// <summary>The size after a quarter turn.</summary>
    internal PhotoSize Turned => new(Height, Width);

    /// <inheritdoc/>
    public override string ToString() => $"{Width} x {Height}";
}
