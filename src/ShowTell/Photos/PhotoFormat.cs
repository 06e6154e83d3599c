using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>
/// A file format for photos that SkiaSharp decodes. To add one, derive a class from this one and list it in
/// <see cref="s_all"/>.
/// </summary>
internal abstract class PhotoFormat(SKEncodedImageFormat codec)
{
    /// <summary>Spare bytes needed behind a file's bytes in their array by <see cref="Normalize"/>.</summary>
    public const int Padding = 4;

    private static readonly PhotoFormat[] s_all =
        [new JpegFormat(), new PngFormat(), new WebpFormat(), new GifFormat(), new BmpFormat()];

    public SKEncodedImageFormat Codec => codec;

    /// <summary>
    /// Whether SkiaSharp decodes it row by row, at a smaller scale if requested; otherwise the whole photo at once.
    /// </summary>
    public abstract bool IsDecodedByRows { get; }

    /// <summary>The media type, such as <c>image/jpeg</c>.</summary>
    public string MediaType => $"image/{Codec.ToString().ToLowerInvariant()}";

    /// <summary>The format of a file; null if it is none of these.</summary>
    /// <param name="head">At least the first 32 bytes of the file, or all of it.</param>
    public static PhotoFormat? Find(ReadOnlySpan<byte> head)
    {
        foreach (PhotoFormat format in s_all)
        {
            if (format.Matches(head))
            {
                return format;
            }
        }

        return null;
    }

    /// <summary>The format of a file.</summary>
    /// <param name="head">At least the first 1,024 bytes of the file, or all of it.</param>
    /// <param name="name">The name for error messages.</param>
    /// <exception cref="PhotoException">The format is not supported.</exception>
    public static PhotoFormat Of(ReadOnlySpan<byte> head, string name) =>
        Find(head) ?? throw new PhotoException($"{name}: {OtherFormats.Describe(head)}.");

    /// <summary>Reads the header.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">The name for error messages.</param>
    /// <exception cref="PhotoException">The file is damaged.</exception>
    public PhotoHeader ReadHeader(ReadOnlySpan<byte> file, string name)
    {
        PhotoHeader header = ReadHeader(file, out string? problem) ?? throw Damaged(name, problem);
        return header with { Orientation = Math.Max(header.Orientation, ExifOrientation.Upright) };
    }

    /// <summary>Reads the header.</summary>
    /// <param name="head">The first bytes of the file.</param>
    /// <param name="problem">What is wrong, to follow "the file is damaged: "; null if nothing is.</param>
    /// <returns>The header; null if it is damaged or incomplete.</returns>
    public abstract PhotoHeader? ReadHeader(ReadOnlySpan<byte> head, out string? problem);

    /// <summary>
    /// Rejects a file that lacks pixels, and changes in place what SkiaSharp would decode wrongly or slowly.
    /// </summary>
    /// <param name="file">The file, with <see cref="Padding"/> bytes behind it.</param>
    /// <param name="length">Length of the file.</param>
    /// <param name="name">The name for error messages.</param>
    /// <param name="limits">The limits on photos.</param>
    /// <returns>The new length.</returns>
    /// <exception cref="PhotoException">The file is damaged, or exceeds the limits.</exception>
    public abstract int Normalize(byte[] file, int length, string name, PhotoLimits limits);

    /// <summary>Rejects a file that was decoded without an error though it lacks pixels.</summary>
    /// <param name="file">The file after <see cref="Normalize"/>.</param>
    /// <param name="photo">The photo as stored, which was decoded from it.</param>
    /// <param name="name">The name for error messages.</param>
    /// <exception cref="PhotoException">The file is damaged.</exception>
    public virtual void EnsureWhole(ReadOnlySpan<byte> file, Photo photo, string name)
    {
    }

    /// <summary>The exception for a file that cannot be read completely.</summary>
    public PhotoException Damaged(string name, string? problem) => new(
        $"{name}: the {Codec.ToString().ToUpperInvariant()} file is damaged or cut short: {problem}. "
        + "Download it again.");

    protected abstract bool Matches(ReadOnlySpan<byte> head);
}

/// <summary>What a photo's file says before its pixels.</summary>
/// <param name="Format">The file format.</param>
/// <param name="Size">The size as stored, before the orientation is applied.</param>
/// <param name="WorkBytes">Memory in bytes that decoding takes besides the file and the pixels.</param>
/// <param name="Orientation">EXIF orientation, 1 to 8; 0 if it may follow the bytes that were read.</param>
internal sealed record PhotoHeader(
    PhotoFormat Format, PhotoSize Size, long WorkBytes, int Orientation = ExifOrientation.Upright)
{
    /// <summary>What the file is, to follow "is", if it cannot be decoded for another reason than damage.</summary>
    public string? Unsupported { get; init; }

    /// <summary>
    /// The size to decode at, as stored: the smallest number of eighths, rounded up as by libjpeg, whose upright sides
    /// are at least <paramref name="minSize"/>; the whole size if none is requested or possible.
    /// </summary>
    public PhotoSize DecodedSize(PhotoSize? minSize)
    {
        if (minSize is not PhotoSize min || !Format.IsDecodedByRows)
        {
            return Size;
        }

        min = ExifOrientation.SwapsSides(Orientation) ? new(min.Height, min.Width) : min;
        for (long eighths = 1; eighths < 8; eighths++)
        {
            var size = new PhotoSize((int)(((Size.Width * eighths) + 7) / 8), (int)(((Size.Height * eighths) + 7) / 8));
            if (size.Width >= min.Width && size.Height >= min.Height)
            {
                return size;
            }
        }

        return Size;
    }

    /// <summary>Memory in bytes that reading takes at most, including the file and the decoded pixels.</summary>
    /// <exception cref="PhotoException">The photo cannot be decoded, or exceeds the limits.</exception>
    public long RequiredBytes(long fileBytes, string name, PhotoSize? minSize, PhotoLimits limits)
    {
        if (Unsupported is not null)
        {
            throw new PhotoException($"{name}: is {Unsupported}, which cannot be decoded. {OtherFormats.Convert}.");
        }

        if (Size.Width > limits.MaxSide || Size.Height > limits.MaxSide
            || (long)Size.Width * Size.Height > limits.MaxPixels)
        {
            throw new PhotoException(
                $"{name}: is {Size} pixels, but photos may have at most {limits.MaxPixels / 1e6:0.###} megapixels and "
                + $"sides of {limits.MaxSide}. Make it smaller.");
        }

        // SkiaSharp decodes to four bytes per pixel, which are packed to three after each band of rows or at the end.
        PhotoSize decoded = DecodedSize(minSize);
        long pixels = (long)decoded.Width * decoded.Height, rotated = 3 * pixels;
        long bytes = fileBytes + WorkBytes + (pixels * (Format.IsDecodedByRows ? 3 : 4));
        bytes += Orientation > ExifOrientation.Upright ? rotated : 0;
        if (bytes > limits.MaxMemoryBytes)
        {
            throw new PhotoException(
                $"{name}: decoding its {Size} pixels needs {bytes / 1e6:0} MB of memory, but may take at most "
                + $"{limits.MaxMemoryBytes / 1e6:0} MB. Make it smaller, or save it as a baseline JPEG.");
        }

        return Orientation == 0 ? Math.Min(bytes + rotated, limits.MaxMemoryBytes) : bytes;
    }
}
