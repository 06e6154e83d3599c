using System.Buffers.Binary;
using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>BMP files of Windows and OS/2.</summary>
internal sealed class BmpFormat() : PhotoFormat(SKEncodedImageFormat.Bmp)
{
    /// <summary>Bytes before the header of the bitmap, which begins with its own length.</summary>
    private const int FileHeader = 14;

    /// <summary>The length of the oldest header, whose sides are stored in 16 bits.</summary>
    private const int CoreHeader = 12;

    private const int MaxHeader = 124;

    public override bool IsDecodedByRows => false;

    public override PhotoHeader? ReadHeader(ReadOnlySpan<byte> head, out string? problem)
    {
        problem = "its header is incomplete";
        if (head.Length < FileHeader + 24)
        {
            return null;
        }

        ReadOnlySpan<byte> bitmap = head[FileHeader..];
        bool isCore = BinaryPrimitives.ReadUInt32LittleEndian(bitmap) == CoreHeader;
        long width = isCore
            ? BinaryPrimitives.ReadUInt16LittleEndian(bitmap[4..])
            : BinaryPrimitives.ReadInt32LittleEndian(bitmap[4..]);

        // A negative height means that the upper row comes first.
        long height = Math.Abs(isCore
            ? BinaryPrimitives.ReadUInt16LittleEndian(bitmap[6..])
            : (long)BinaryPrimitives.ReadInt32LittleEndian(bitmap[8..]));
        problem = width <= 0 || height is 0 or > int.MaxValue ? $"its header claims {width} x {height} pixels" : null;
        return problem is not null ? null : new PhotoHeader(this, new((int)width, (int)height), 0);
    }

    /// <summary>
    /// Rejects a file that lacks pixels, unless they are compressed; appends the bytes that fill the last row to a
    /// multiple of four if only those are missing.
    /// </summary>
    public override int Normalize(byte[] file, int length, string name, PhotoLimits limits)
    {
        const int Runs8 = 1, Runs4 = 2;
        Span<byte> bitmap = file.AsSpan(FileHeader);
        PhotoSize size = ReadHeader(file.AsSpan(0, length), name).Size;
        bool isCore = bitmap[0] == CoreHeader;
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(bitmap[(isCore ? 10 : 14)..]);
        if (!isCore && BinaryPrimitives.ReadInt32LittleEndian(bitmap[16..]) is (Runs8 or Runs4))
        {
            return length;
        }

        long row = (((long)size.Width * bits) + 7) / 8, stride = (row + 3) / 4 * 4;
        long end = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(10)) + (stride * size.Height);
        if (end - (stride - row) > length)
        {
            throw Damaged(name, "it ends before its pixels do");
        }

        file.AsSpan(length).Clear();
        return (int)Math.Max(end, length);
    }

    // Two letters alone would be the beginning of many a text.
    protected override bool Matches(ReadOnlySpan<byte> head) => head.StartsWith("BM"u8) && head.Length > FileHeader + 4
        && BinaryPrimitives.ReadUInt32LittleEndian(head[FileHeader..]) is >= CoreHeader and <= MaxHeader;
}
