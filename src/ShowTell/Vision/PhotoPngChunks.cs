using System.Buffers.Binary;

namespace ShowTell.Vision;

/// <summary>
/// Leaves those chunks of a PNG file that make its pixels. The others (text, profiles, gamma, previews) change nothing,
/// and SkiaSharp would copy a long one again for each 4 KB of it: minutes for one of 60 MB.
/// </summary>
internal static class PhotoPngChunks
{
    private const int Signature = 8;
    private const int Overhead = 12; // Length, name, checksum.

    /// <summary>The longest palette has 256 colors of 3 bytes.</summary>
    private const int MaxTableBytes = 768;

    /// <inheritdoc cref="PhotoFormat.Preparation"/>
    public static int LeavePixels(Span<byte> file, int length, string name, PhotoLimits limits)
    {
        int kept = Signature;
        for (Span<byte> rest = file[Signature..length]; !rest.IsEmpty;)
        {
            uint content = rest.Length < Overhead ? 0 : BinaryPrimitives.ReadUInt32BigEndian(rest);

            // The last chunk may be cut short: whether that matters, decoding tells.
            int chunk = (int)Math.Min(rest.Length, content + (long)Overhead);
            bool isPixels = chunk >= Overhead && rest[4..8].SequenceEqual("IDAT"u8);
            if (isPixels || IsTable(rest[..chunk]))
            {
                if (!isPixels && content > MaxTableBytes)
                {
                    throw PhotoFormat.Png.Damaged(name, "its palette is too long");
                }

                rest[..chunk].CopyTo(file[kept..]);
                kept += chunk;
            }

            rest = rest[chunk..];
        }

        return kept;
    }

    private static bool IsTable(ReadOnlySpan<byte> chunk) =>
        chunk.Length >= Overhead
        && chunk[4..8] is var name
        && (name.SequenceEqual("IHDR"u8) || name.SequenceEqual("PLTE"u8) || name.SequenceEqual("tRNS"u8)
            || name.SequenceEqual("IEND"u8));
}
