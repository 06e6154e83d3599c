using System.Buffers.Binary;
using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>GIF files (version 89a); of an animation, the first frame.</summary>
internal sealed class GifFormat() : PhotoFormat(SKEncodedImageFormat.Gif)
{
    private const int ScreenBytes = 13;
    private const int FrameBytes = 10;
    private const byte Extension = 0x21, Frame = 0x2C, Trailer = 0x3B;

    public override bool IsDecodedByRows => false;

    public override PhotoHeader? ReadHeader(ReadOnlySpan<byte> head, out string? problem)
    {
        problem = "no frame follows its header";
        int at = FirstFrame(head);
        if (at < 0)
        {
            return null;
        }

        // A frame may be larger than its screen.
        int width = Math.Max(UInt16(head[6..]), UInt16(head[(at + 1)..]) + UInt16(head[(at + 5)..]));
        int height = Math.Max(UInt16(head[8..]), UInt16(head[(at + 3)..]) + UInt16(head[(at + 7)..]));
        problem = width == 0 || height == 0 ? $"its header claims {width} x {height} pixels" : null;

        // A frame with transparent pixels is first decoded on its own.
        return problem is not null ? null : new PhotoHeader(this, new(width, height), 4L * width * height);
    }

    /// <summary>Ends the file behind its first frame, as if there were no others.</summary>
    public override int Normalize(byte[] file, int length, string name, PhotoLimits limits)
    {
        int start = FirstFrame(file.AsSpan(0, length));
        int end = start + FrameBytes + PaletteBytes(file[start + 9]) + 1;
        while (end < length && file[end] != 0)
        {
            // The last block may be cut short; decoding finds out whether that matters.
            file[end] = (byte)Math.Min(file[end], length - end - 1);
            end += file[end] + 1;
        }

        end = Math.Min(end, length);
        (file[end], file[end + 1]) = (0, Trailer);
        return end + 2;
    }

    protected override bool Matches(ReadOnlySpan<byte> head) =>
        head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8);

    /// <summary>The index of the first frame's descriptor; -1 if it is not in these bytes.</summary>
    private static int FirstFrame(ReadOnlySpan<byte> file)
    {
        int at = file.Length < ScreenBytes ? file.Length : ScreenBytes + PaletteBytes(file[10]);
        while (at < file.Length - FrameBytes && file[at] == Extension)
        {
            for (at += 2; at < file.Length && file[at] != 0;)
            {
                at += file[at] + 1;
            }

            at++;
        }

        return at < file.Length - FrameBytes && file[at] == Frame ? at : -1;
    }

    /// <summary>The length of the palette that a descriptor's flags announce.</summary>
    private static int PaletteBytes(byte flags) => (flags & 0x80) == 0 ? 0 : 3 * (2 << (flags & 7));

    private static int UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
