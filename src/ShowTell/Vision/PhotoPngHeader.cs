using System.Buffers.Binary;

namespace ShowTell.Vision;

/// <summary>What a PNG file tells in its first chunk (ISO/IEC 15948, 11.2.2).</summary>
internal static class PhotoPngHeader
{
    /// <inheritdoc cref="PhotoFormat.HeaderReader"/>
    public static PhotoHeader? Read(ReadOnlySpan<byte> head, out string? problem)
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
        return new PhotoHeader(PhotoFormat.Png, new PhotoSize((int)width, (int)height), width * bytesPerPixel * height);
    }
}
