using System.Buffers.Binary;

namespace ShowTell.Photos;

/// <summary>
/// Goes through a JPEG file from marker to marker (ITU-T T.81, annex B). Nothing in the file is trusted: each length is
/// checked against the bytes that are there.
/// </summary>
internal ref struct PhotoJpegMarkers(ReadOnlySpan<byte> file)
{
    public const byte ProgressiveFrame = 0xC2;
    public const byte HuffmanTables = 0xC4;
    public const byte FirstRestart = 0xD0;
    public const byte EndOfImage = 0xD9;
    public const byte StartOfScan = 0xDA;
    public const byte RestartInterval = 0xDD;
    public const byte App1 = 0xE1;

    /// <summary>What is behind the segments that were read.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = file[2..];

    public byte Marker { get; private set; }

    /// <summary>The bytes of its segment, behind their length.</summary>
    public ReadOnlySpan<byte> Segment { get; private set; }

    /// <summary>Whether the marker is that of a frame that can be decoded: Huffman codes, not lossless.</summary>
    public readonly bool IsFrame => Marker is 0xC0 or 0xC1 or ProgressiveFrame;

    /// <summary>Reads the next marker and its segment.</summary>
    /// <returns>Whether it is a known one and its segment is all there.</returns>
    public bool TryRead()
    {
        // A marker may have any number of fill bytes before it.
        int start = Rest.IndexOfAnyExcept((byte)0xFF);
        if (start < 1)
        {
            return false;
        }

        Marker = Rest[start];
        ReadOnlySpan<byte> behind = Rest[(start + 1)..];
        int length = Marker == EndOfImage ? 0
            : behind.Length < 2 ? int.MaxValue
            : BinaryPrimitives.ReadUInt16BigEndian(behind);
        if (length > behind.Length || (Marker != EndOfImage && length < 2) || !IsKnown(Marker))
        {
            return false;
        }

        Segment = behind[Math.Min(2, length)..length];
        Rest = behind[length..];
        return true;
    }

    /// <summary>Passes over the data of a scan, up to the next marker or the end of the file.</summary>
    /// <returns>Whether those that are there are due, and in order.</returns>
    public bool TrySkipData(bool hasRestarts)
    {
        for (int next = FirstRestart; ;)
        {
            int at = Rest.IndexOf((byte)0xFF);
            if (at < 0 || at == Rest.Length - 1)
            {
                Rest = [];
                return true;
            }

            byte marker = Rest[at + 1];
            if (marker is >= FirstRestart and < FirstRestart + 8)
            {
                if (!hasRestarts || marker != next)
                {
                    return false;
                }

                next = FirstRestart + ((next + 1) & 7);
            }
            else if (marker is not (0 or 0xFF))
            {
                Rest = Rest[at..];
                return true;
            }

            Rest = Rest[(marker == 0xFF ? at + 1 : at + 2)..];
        }
    }

    // Frames, tables, scans, restart intervals, applications' segments and comments.
    private static bool IsKnown(byte marker) =>
        marker is (>= 0xC0 and <= 0xC2) or HuffmanTables or (>= EndOfImage and <= RestartInterval)
            or (>= 0xE0 and <= 0xEF) or 0xFE;
}
