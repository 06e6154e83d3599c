using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>What a photo's file tells before its pixels.</summary>
/// <param name="Format">JPEG or PNG.</param>
/// <param name="Size">Width and height as stored.</param>
/// <param name="WorkBytes">Memory in bytes that decoding takes beside the file and the pixels.</param>
internal sealed record PhotoHeader(SKEncodedImageFormat Format, PhotoSize Size, long WorkBytes)
{
    /// <summary>EXIF orientation, 1 to 8.</summary>
    public int Orientation { get; init; } = PhotoOrientation.Upright;

    /// <summary>Whether rows are decoded a few at a time, and on request scaled down.</summary>
    public bool IsDecodedByRows => Format == SKEncodedImageFormat.Jpeg;

    /// <summary>What a file is by its first bytes, JPEG or PNG; null if it is neither.</summary>
    public static SKEncodedImageFormat? FormatOf(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xD8, 0xFF, ..] => SKEncodedImageFormat.Jpeg,
        [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n', ..] =>
            SKEncodedImageFormat.Png,
        _ => null,
    };

    /// <summary>Reads a header.</summary>
    /// <param name="head">The file's first bytes, or all of them, of a known format.</param>
    /// <param name="problem">What is wrong, fit to follow "the file is damaged: "; null if nothing is.</param>
    /// <returns>The header; null if something is wrong.</returns>
    public static PhotoHeader? Read(ReadOnlySpan<byte> head, out string? problem) =>
        FormatOf(head) == SKEncodedImageFormat.Jpeg
            ? PhotoJpegHeader.Read(head, out problem)
            : PhotoPng.ReadHeader(head, out problem);

    /// <summary>What is thrown for a file that cannot be read whole.</summary>
    public static PhotoException Damaged(string name, SKEncodedImageFormat? format, string? problem) => new(
        $"{name}: the {format?.ToString().ToUpperInvariant()} file is damaged or cut short: {problem}. "
        + "Download it again.");

    /// <summary>
    /// The size to decode: the smallest number of eighths whose sides are not below those of
    /// <paramref name="atLeast"/>, rounded up as libjpeg does; the whole size where nothing is given or can be scaled.
    /// </summary>
    public PhotoSize Scaled(PhotoSize? atLeast)
    {
        if (atLeast is not PhotoSize least || !IsDecodedByRows)
        {
            return Size;
        }

        least = PhotoOrientation.IsTurned(Orientation) ? least.Turned : least;
        for (long eighths = 1; eighths < 8; eighths++)
        {
            var size = new PhotoSize((int)(((Size.Width * eighths) + 7) / 8), (int)(((Size.Height * eighths) + 7) / 8));
            if (size.Width >= least.Width && size.Height >= least.Height)
            {
                return size;
            }
        }

        return Size;
    }

    /// <summary>Memory in bytes that reading takes, the file and the decoded pixels included.</summary>
    /// <exception cref="PhotoException">It is beyond the limits.</exception>
    public long Measure(long length, string name, PhotoSize decoded, PhotoLimits limits)
    {
        if (Size.Width > limits.Side || Size.Height > limits.Side || (long)Size.Width * Size.Height > limits.Pixels)
        {
            throw new PhotoException(
                $"{name}: is {Size} pixels, but photos may have at most {limits.Pixels / 1e6:0.###} megapixels and "
                + $"sides of {limits.Side}. Make it smaller.");
        }

        // SkiaSharp gives four bytes a pixel, which become three row by row or once all are there.
        int bytesPerPixel = (IsDecodedByRows ? 3 : 4) + (Orientation == PhotoOrientation.Upright ? 0 : 3);
        long bytes = length + WorkBytes + ((long)decoded.Width * decoded.Height * bytesPerPixel);
        return bytes <= limits.MemoryBytes ? bytes : throw new PhotoException(
            $"{name}: decoding its {Size} pixels needs {bytes / 1e6:0} MB of memory, but may take at most "
            + $"{limits.MemoryBytes / 1e6:0} MB. Make it smaller, or save it as a baseline JPEG.");
    }
}
