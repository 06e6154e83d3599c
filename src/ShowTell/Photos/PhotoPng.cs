using System.Buffers.Binary;
using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>The chunks of a PNG file (ISO/IEC 15948).</summary>
internal static class PhotoPng
{
    private const int Signature = 8;
    private const int Overhead = 12; // Length, name, checksum.

    /// <summary>The longest palette has 256 colors of 3 bytes.</summary>
    private const int MaxTableBytes = 768;

    /// <inheritdoc cref="PhotoHeader.Read"/>
    public static PhotoHeader? ReadHeader(ReadOnlySpan<byte> head, out string? problem)
    {
        // The signature, then IHDR: length, name, width, height, bits, color, compression, filter, interlacing.
        if (head.Length < 33 || !head[12..16].SequenceEqual("IHDR"u8))
        {
            problem = "it has no header";
            return null;
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(head[16..]);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(head[20..]);
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
        {
            problem = $"its header claims {width} x {height} pixels";
            return null;
        }

        // While interlaced rows are put together, all pixels are there as they are stored, of up to 4 channels.
        problem = null;
        long bytesPerPixel = head[28] == 0 ? 0 : head[24] == 16 ? 8 : 4;
        var size = new PhotoSize((int)width, (int)height);
        return new PhotoHeader(SKEncodedImageFormat.Png, size, width * bytesPerPixel * height);
    }

    /// <summary>
    /// Leaves those chunks that make the pixels. The others (text, profiles, gamma, previews) change nothing, and
    /// SkiaSharp would copy a long one again for each 4 KB of it: minutes for one of 60 MB.
    /// </summary>
    /// <returns>The new length.</returns>
    /// <exception cref="PhotoException">The palette is too long.</exception>
    public static int LeavePixels(Span<byte> file, int length, string name)
    {
        int kept = Signature;
        for (Span<byte> rest = file[Signature..length]; !rest.IsEmpty;)
        {
            uint content = rest.Length < Overhead ? 0 : BinaryPrimitives.ReadUInt32BigEndian(rest);

            // The last chunk may be cut short: whether that matters, decoding tells.
            int chunk = (int)Math.Min(rest.Length, content + (long)Overhead);
            bool isPixels = chunk >= Overhead && rest[4..8].SequenceEqual("IDAT"u8);
            if (isPixels || (chunk >= Overhead && IsTable(rest[4..8])))
            {
                if (!isPixels && content > MaxTableBytes)
                {
                    throw PhotoHeader.Damaged(name, SKEncodedImageFormat.Png, "its palette is too long");
                }

                rest[..chunk].CopyTo(file[kept..]);
                kept += chunk;
            }

            rest = rest[chunk..];
        }

        return kept;
    }

    private static bool IsTable(ReadOnlySpan<byte> name) => name.SequenceEqual("IHDR"u8)
        || name.SequenceEqual("PLTE"u8) || name.SequenceEqual("tRNS"u8) || name.SequenceEqual("IEND"u8);
}
