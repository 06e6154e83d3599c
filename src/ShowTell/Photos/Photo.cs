namespace ShowTell.Photos;

/// <summary>
/// A photo as pixels, upright: rows from the top, each from the left, three bytes RGB (sRGB) a pixel.
/// </summary>
public sealed class Photo
{
    private readonly byte[] _pixels;

    /// <summary>Makes a photo of pixels.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Number of rows, at least 1.</param>
    /// <param name="pixels">At least width x height x 3 bytes. The photo keeps the array; what is beyond is not
    /// used.</param>
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

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Number of rows.</summary>
    public int Height { get; }

    /// <summary>The pixels: height x width x 3 bytes.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels.AsSpan(0, Width * Height * 3);

    /// <summary>One row of pixels: width x 3 bytes.</summary>
    public ReadOnlySpan<byte> Row(int y) => Pixels.Slice(y * Width * 3, Width * 3);
}
