using System.Buffers.Binary;
using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>PNG files (ISO/IEC 15948).</summary>
internal sealed class PngFormat() : PhotoFormat(SKEncodedImageFormat.Png)
{
    private const int ChunkOverhead = 12; // Length, name, checksum.

    /// <summary>The longest palette has 256 colors of 3 bytes.</summary>
    private const int MaxPaletteBytes = 768;

    private static readonly byte[] s_signature = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n'];

    public override bool IsDecodedByRows => false;

    public override PhotoHeader? ReadHeader(ReadOnlySpan<byte> head, out string? problem)
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

        // Deinterlacing keeps all pixels as stored, of up to 4 channels.
        problem = null;
        long bytesPerPixel = head[28] == 0 ? 0 : head[24] == 16 ? 8 : 4;
        return new PhotoHeader(this, new((int)width, (int)height), width * bytesPerPixel * height, Orientation(head));
    }

    /// <summary>
    /// Keeps only the chunks that determine the pixels. The others (text, profiles, gamma, previews, frames of an
    /// animation) change nothing, and SkiaSharp would copy a long one again for each 4 KB of it: minutes for one of 60
    /// MB.
    /// </summary>
    public override int Normalize(byte[] file, int length, string name, PhotoLimits limits)
    {
        int kept = s_signature.Length;
        bool isEnd = false;
        for (Span<byte> rest = file.AsSpan(kept, length - kept); !rest.IsEmpty && !isEnd;)
        {
            // The last chunk may be cut short; decoding finds out whether that matters.
            int chunk = ChunkLength(rest);
            bool isPixels = chunk >= ChunkOverhead && rest[4..8].SequenceEqual("IDAT"u8);
            isEnd = chunk >= ChunkOverhead && rest[4..8].SequenceEqual("IEND"u8);
            if (isPixels || isEnd || (chunk >= ChunkOverhead && IsHeaderOrPalette(rest[4..8])))
            {
                if (!isPixels && chunk > MaxPaletteBytes + ChunkOverhead)
                {
                    throw Damaged(name, "its palette is too long");
                }

                rest[..chunk].CopyTo(file.AsSpan(kept));
                kept += chunk;
            }

            rest = rest[chunk..];
        }

        return kept;
    }

    protected override bool Matches(ReadOnlySpan<byte> head) => head.StartsWith(s_signature);

    /// <summary>The EXIF orientation, which may follow the pixels; 0 if it may follow these bytes.</summary>
    private static int Orientation(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> rest = head[s_signature.Length..];
        for (; rest.Length >= ChunkOverhead; rest = rest[ChunkLength(rest)..])
        {
            if (rest[4..8].SequenceEqual("IEND"u8))
            {
                return ExifOrientation.Upright;
            }

            if (rest[4..8].SequenceEqual("eXIf"u8) && ChunkLength(rest) < rest.Length)
            {
                return Math.Max(ExifOrientation.Read(rest[8..(ChunkLength(rest) - 4)]), ExifOrientation.Upright);
            }
        }

        return 0;
    }

    /// <summary>The length of the first chunk, at most that of all bytes.</summary>
    private static int ChunkLength(ReadOnlySpan<byte> bytes) => bytes.Length < ChunkOverhead
        ? bytes.Length
        : (int)Math.Min(bytes.Length, BinaryPrimitives.ReadUInt32BigEndian(bytes) + (long)ChunkOverhead);

    private static bool IsHeaderOrPalette(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("IHDR"u8) || name.SequenceEqual("PLTE"u8) || name.SequenceEqual("tRNS"u8);
}
