namespace ShowTell.Photos;

/// <summary>
/// An upright photo as pixels: rows from top to bottom, each from left to right, three bytes RGB (sRGB) per pixel.
/// </summary>
public sealed class Photo
{
    private readonly byte[] _pixels;

    /// <summary>Creates a photo from pixels.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="pixels">At least height x width x 3 bytes; further bytes are ignored. The array is not
    /// copied.</param>
    /// <exception cref="ArgumentException">A side is not positive, or there are too few bytes.</exception>
    public Photo(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentNullException.ThrowIfNull(pixels);
        if (3L * width * height > pixels.Length)
        {
            throw new ArgumentException(
                $"{width} x {height} pixels need more than {pixels.Length} bytes.", nameof(pixels));
        }

        (Width, Height, _pixels) = (width, height, pixels);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The pixels, height x width x 3 bytes.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels.AsSpan(0, Width * Height * 3);

    /// <summary>One row of pixels, width x 3 bytes.</summary>
    public ReadOnlySpan<byte> Row(int y) => Pixels.Slice(y * Width * 3, Width * 3);

    /// <summary>The photo as a mirror shows it: left and right are swapped.</summary>
    public Photo Mirrored()
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(Pixels.Length);
        for (int y = 0; y < Height; y++)
        {
            ReadOnlySpan<byte> row = Row(y);
            Span<byte> mirrored = pixels.AsSpan(y * row.Length, row.Length);
            for (int from = 0; from < row.Length; from += 3)
            {
                row.Slice(from, 3).CopyTo(mirrored[(row.Length - from - 3)..]);
            }
        }

        return new Photo(Width, Height, pixels);
    }

    /// <summary>The pixels with an opaque fourth channel, height x width x 4 bytes.</summary>
    internal byte[] ToRgba()
    {
        byte[] rgba = GC.AllocateUninitializedArray<byte>(checked(Width * Height * 4));
        for (int from = 0, to = 0; to < rgba.Length; from += 3, to += 4)
        {
            (rgba[to], rgba[to + 1], rgba[to + 2], rgba[to + 3]) =
                (_pixels[from], _pixels[from + 1], _pixels[from + 2], 255);
        }

        return rgba;
    }
}

/// <summary>Width and height in pixels.</summary>
public readonly record struct PhotoSize(int Width, int Height)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Width} x {Height}";
}
