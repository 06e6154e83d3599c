using System.Buffers.Binary;
using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>WebP files (RFC 9649): lossy and lossless; of an animation, the first frame.</summary>
internal sealed class WebpFormat() : PhotoFormat(SKEncodedImageFormat.Webp)
{
    private const int RiffHeader = 12;
    private const int ChunkHeader = 8;

    public override bool IsDecodedByRows => false;

    public override PhotoHeader? ReadHeader(ReadOnlySpan<byte> head, out string? problem)
    {
        problem = "it has no header of a known kind";
        if (head.Length < RiffHeader + ChunkHeader + 10)
        {
            return null;
        }

        ReadOnlySpan<byte> name = head[RiffHeader..(RiffHeader + 4)], chunk = head[(RiffHeader + ChunkHeader)..];
        PhotoSize size;
        int orientation = ExifOrientation.Upright;
        if (name.SequenceEqual("VP8X"u8))
        {
            const int HasExif = 8;
            size = new(1 + UInt24(chunk[4..]), 1 + UInt24(chunk[7..]));
            orientation = (chunk[0] & HasExif) != 0 ? Orientation(head) : orientation;
        }
        else if (name.SequenceEqual("VP8L"u8) && chunk[0] == 0x2F)
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(chunk[1..]);
            size = new(1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF));
        }
        else if (name.SequenceEqual("VP8 "u8) && chunk[3..6].SequenceEqual<byte>([0x9D, 0x01, 0x2A]))
        {
            size = new(
                BinaryPrimitives.ReadUInt16LittleEndian(chunk[6..]) & 0x3FFF,
                BinaryPrimitives.ReadUInt16LittleEndian(chunk[8..]) & 0x3FFF);
        }
        else
        {
            return null;
        }

        problem = size.Width == 0 || size.Height == 0 ? $"its header claims {size} pixels" : null;

        // Lossless pixels are kept as a whole, and so may the opacity of lossy ones be.
        long workBytes = name[3] == (byte)' ' ? 0 : 4L * size.Width * size.Height;
        return problem is not null ? null : new PhotoHeader(this, size, workBytes, orientation);
    }

    /// <summary>Rejects a file that is cut where its orientation was.</summary>
    public override int Normalize(byte[] file, int length, string name, PhotoLimits limits) =>
        ReadHeader(file.AsSpan(0, length), out _) is { Orientation: 0 }
            ? throw Damaged(name, "it ends before its last chunk does")
            : length;

    protected override bool Matches(ReadOnlySpan<byte> head) =>
        head.StartsWith("RIFF"u8) && head.Length >= RiffHeader && head[8..RiffHeader].SequenceEqual("WEBP"u8);

    /// <summary>The EXIF orientation, which may follow the pixels; 0 if it may follow these bytes.</summary>
    private static int Orientation(ReadOnlySpan<byte> head)
    {
        long end = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) + (long)ChunkHeader, at = RiffHeader;
        while (at <= Math.Min(end, head.Length) - ChunkHeader)
        {
            ReadOnlySpan<byte> chunk = head[(int)at..];
            long length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk.StartsWith("EXIF"u8) && length <= chunk.Length - ChunkHeader)
            {
                ReadOnlySpan<byte> exif = chunk.Slice(ChunkHeader, (int)length);
                return Math.Max(ExifOrientation.Read(exif), ExifOrientation.Upright);
            }

            // Chunks have an even length.
            at += ChunkHeader + length + (length & 1);
        }

        return head.Length < Math.Max(at, end) ? 0 : ExifOrientation.Upright;
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
