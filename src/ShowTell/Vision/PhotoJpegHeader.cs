using System.Buffers.Binary;

namespace ShowTell.Vision;

/// <summary>
/// What a JPEG file tells before its first scan (ITU-T T.81, annex B; EXIF 2.3, 4.6). Nothing in it is trusted: each
/// length is checked against the bytes that are there.
/// </summary>
/// <param name="Size">Width and height as stored.</param>
/// <param name="Components">Number of colour components.</param>
/// <param name="Orientation">1 to 8; 1 where the file does not tell.</param>
/// <param name="CoefficientBytes">Memory in bytes for the coefficients of the whole photo, which libjpeg keeps if a
/// scan does not complete its pixels; else 0.</param>
internal sealed record PhotoJpegHeader(PhotoSize Size, int Components, int Orientation, long CoefficientBytes)
{
    private const byte StartOfScan = 0xDA;
    private const byte EndOfImage = 0xD9;
    private const byte App1 = 0xE1;

    /// <summary>Reads the segments up to the first scan.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="problem">What is wrong, fit to follow "the file is damaged: "; null if nothing is.</param>
    /// <returns>The header; null if something is wrong.</returns>
    public static PhotoJpegHeader? Read(ReadOnlySpan<byte> file, out string? problem)
    {
        ReadOnlySpan<byte> frame = default;
        bool isProgressive = false;
        int orientation = 0;
        ReadOnlySpan<byte> rest = file[2..], segment = file;
        while (TryTakeSegment(ref rest, out byte marker, out segment))
        {
            switch (marker)
            {
                case App1 when orientation == 0:
                    orientation = ExifOrientation(segment);
                    break;

                // The frame headers of the Huffman and arithmetic processes that libjpeg decodes.
                case 0xC0 or 0xC1 or 0xC2 or 0xC9 or 0xCA when frame.IsEmpty:
                    frame = segment;
                    isProgressive = marker is 0xC2 or 0xCA;
                    break;

                case StartOfScan:
                    bool isWhole = !isProgressive && segment.Length > 0 && frame.Length > 5 && segment[0] == frame[5];
                    return FromFrame(frame, orientation, isWhole, out problem);
            }
        }

        problem = "no scan with pixels follows its header";
        return null;
    }

    /// <summary>An upper bound of the number of scans: thumbnails inside the file count too.</summary>
    public static int CountScans(ReadOnlySpan<byte> file) => file.Count<byte>([0xFF, StartOfScan]);

    private static PhotoJpegHeader? FromFrame(
        ReadOnlySpan<byte> frame, int orientation, bool isWhole, out string? problem)
    {
        if (frame.Length < 6 || frame.Length < 6 + (3 * frame[5]) || frame[5] is 0 or > 4)
        {
            problem = "it has no frame header of a kind that is known";
            return null;
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]);
        ReadOnlySpan<byte> components = frame.Slice(6, 3 * frame[5]);
        int across = 0, down = 0, blocks = 0;
        for (int start = 0; start < components.Length; start += 3)
        {
            int horizontal = components[start + 1] >> 4, vertical = components[start + 1] & 15;
            (across, down) = (Math.Max(across, horizontal), Math.Max(down, vertical));
            blocks += horizontal * vertical;
        }

        if (width == 0 || height == 0 || across is 0 or > 4 || down is 0 or > 4)
        {
            problem = "its frame header gives no size";
            return null;
        }

        problem = null;
        long units = (long)((width + (8 * across) - 1) / (8 * across)) * ((height + (8 * down) - 1) / (8 * down));
        return new PhotoJpegHeader(
            new PhotoSize(width, height), frame[5], Math.Max(orientation, PhotoOrientation.Upright),
            isWhole ? 0 : units * blocks * 64 * sizeof(short));
    }

    private static bool TryTakeSegment(
        scoped ref ReadOnlySpan<byte> rest, out byte marker, out ReadOnlySpan<byte> segment)
    {
        marker = 0;
        segment = default;
        if (rest.IsEmpty || rest[0] != 0xFF)
        {
            return false;
        }

        // A marker may have any number of fill bytes before it.
        int start = rest.IndexOfAnyExcept((byte)0xFF);
        if (start < 0 || rest[start] == EndOfImage || rest.Length < start + 3)
        {
            return false;
        }

        marker = rest[start];
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[(start + 1)..]);
        if (length < 2 || rest.Length < start + 1 + length)
        {
            return false;
        }

        segment = rest.Slice(start + 3, length - 2);
        rest = rest[(start + 1 + length)..];
        return true;
    }

    /// <summary>The orientation in an APP1 segment; 0 if it has none.</summary>
    internal static int ExifOrientation(ReadOnlySpan<byte> segment)
    {
        if (!segment.StartsWith("Exif\0\0"u8))
        {
            return 0;
        }

        // Offsets count from here: the header of TIFF 6.0.
        ReadOnlySpan<byte> tiff = segment[6..];
        bool isLittle = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || (!isLittle && !tiff.StartsWith("MM\0*"u8)))
        {
            return 0;
        }

        uint offset = UInt32(tiff[4..], isLittle);
        if (offset > tiff.Length - 2)
        {
            return 0;
        }

        ReadOnlySpan<byte> directory = tiff[(int)offset..];
        int count = UInt16(directory, isLittle);
        for (directory = directory[2..]; count > 0 && directory.Length >= 12; directory = directory[12..], count--)
        {
            if (UInt16(directory, isLittle) == 0x0112)
            {
                const int Short = 3;
                int value = UInt16(directory[8..], isLittle);
                return UInt16(directory[2..], isLittle) == Short && value is >= 1 and <= 8 ? value : 0;
            }
        }

        return 0;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
