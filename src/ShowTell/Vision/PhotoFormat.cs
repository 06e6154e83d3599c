using SkiaSharp;

namespace ShowTell.Vision;

/// <summary>A kind of file that photos are read from.</summary>
/// <param name="Name">What error messages call it.</param>
/// <param name="Encoded">What SkiaSharp calls it.</param>
/// <param name="ReadHeader">Reads a header.</param>
/// <param name="Prepare">Checks a file before it is decoded.</param>
internal sealed record PhotoFormat(
    string Name, SKEncodedImageFormat Encoded, PhotoFormat.HeaderReader ReadHeader, PhotoFormat.Preparation Prepare)
{
    /// <summary>JPEG.</summary>
    public static PhotoFormat Jpeg { get; } =
        new("JPEG", SKEncodedImageFormat.Jpeg, PhotoJpegHeader.Read, PhotoJpegScans.Close);

    /// <summary>PNG.</summary>
    public static PhotoFormat Png { get; } =
        new("PNG", SKEncodedImageFormat.Png, PhotoPngHeader.Read, PhotoPngChunks.LeavePixels);

    /// <summary>Reads a header.</summary>
    /// <param name="head">The file's first bytes, or all of them.</param>
    /// <param name="problem">What is wrong, fit to follow "the file is damaged: "; null if nothing is.</param>
    /// <returns>The header; null if something is wrong.</returns>
    public delegate PhotoHeader? HeaderReader(ReadOnlySpan<byte> head, out string? problem);

    /// <summary>Checks what SkiaSharp does not, and makes a file one that it takes well.</summary>
    /// <param name="file">The file, which is changed, and <see cref="PhotoDecoder.Room"/>.</param>
    /// <param name="length">The file's length in bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="limits">What it must keep to.</param>
    /// <returns>The new length.</returns>
    /// <exception cref="PhotoException">The file is damaged, or beyond the limits.</exception>
    public delegate int Preparation(Span<byte> file, int length, string name, PhotoLimits limits);

    /// <summary>What a file is by its first bytes; null if it is none of these kinds.</summary>
    public static PhotoFormat? Of(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xD8, 0xFF, ..] => Jpeg,
        [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n', ..] => Png,
        _ => null,
    };

    /// <summary>What is thrown for a file of this kind that cannot be read whole.</summary>
    public PhotoException Damaged(string name, string? problem) =>
        new($"{name}: the {Name} file is damaged or cut short: {problem}. Download it again.");
}
