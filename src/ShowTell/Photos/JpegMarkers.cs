using System.Buffers.Binary;

namespace ShowTell.Photos;

/// <summary>
/// Walks a JPEG file from marker to marker (ITU-T T.81, annex B), as leniently as libjpeg: other bytes before a marker
/// are passed over. Nothing in the file is trusted: each length is checked against the bytes that remain.
/// </summary>
internal ref struct JpegMarkers(ReadOnlySpan<byte> file)
{
    public const byte ProgressiveFrame = 0xC2;
    public const byte ArithmeticFrame = 0xC9;
    public const byte ProgressiveArithmeticFrame = 0xCA;
    public const byte HuffmanTables = 0xC4;
    public const byte FirstRestart = 0xD0;
    public const byte EndOfImage = 0xD9;
    public const byte StartOfScan = 0xDA;
    public const byte RestartInterval = 0xDD;
    public const byte App1 = 0xE1;
    public const byte LosslessFrame = 0xF7;

    /// <summary>The bytes behind those that were read.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = file[2..];

    public byte Marker { get; private set; }

    /// <summary>The content of the marker's segment.</summary>
    public ReadOnlySpan<byte> Segment { get; private set; }

    /// <summary>Whether the marker begins a frame that can be decoded: a lossy one.</summary>
    public readonly bool IsFrame =>
        Marker is 0xC0 or 0xC1 or ProgressiveFrame or ArithmeticFrame or ProgressiveArithmeticFrame;

    /// <summary>Whether the marker begins a frame of another kind.</summary>
    public readonly bool IsOtherFrame => Marker == LosslessFrame
        || (!IsFrame && Marker is >= 0xC3 and <= 0xCF and not (HuffmanTables or 0xC8 or 0xCC));

    /// <summary>Reads the next marker and its segment.</summary>
    /// <returns>Whether there is one, which is known and complete; otherwise nothing is read.</returns>
    public bool TryRead()
    {
        int start = MarkerIn(Rest);
        if (start < 0)
        {
            return false;
        }

        byte marker = Rest[start];
        ReadOnlySpan<byte> following = Rest[(start + 1)..];
        bool isAlone = marker is 0x01 or (>= FirstRestart and <= EndOfImage and not 0xD8);
        int length = isAlone ? 0
            : following.Length < 2 ? int.MaxValue
            : BinaryPrimitives.ReadUInt16BigEndian(following);

        // Even those that are passed over have a length.
        length = !isAlone && IsPassedOver(marker) ? Math.Max(length, 2) : length;
        if (length > following.Length || (!isAlone && (length < 2 || !IsKnown(marker))))
        {
            return false;
        }

        Marker = marker;
        Segment = following[Math.Min(2, length)..length];
        Rest = following[length..];
        return true;
    }

    /// <summary>Skips the data of a scan, up to the next marker or the end of the file.</summary>
    /// <returns>Whether its restart markers are expected and in order.</returns>
    public bool SkipData(bool hasRestarts)
    {
        bool isInOrder = true;
        for (int next = FirstRestart; ;)
        {
            int at = Rest.IndexOf((byte)0xFF);
            if (at < 0 || at == Rest.Length - 1)
            {
                Rest = [];
                return isInOrder;
            }

            byte marker = Rest[at + 1];
            if (IsRestart(marker))
            {
                isInOrder &= hasRestarts && marker == next;
                next = FirstRestart + ((next + 1) & 7);
            }
            else if (marker is not (0 or 0xFF))
            {
                Rest = Rest[at..];
                return isInOrder;
            }

            Rest = Rest[(marker == 0xFF ? at + 1 : at + 2)..];
        }
    }

    public static bool IsRestart(byte marker) => marker is >= FirstRestart and < FirstRestart + 8;

    /// <summary>The index of the next marker's second byte; -1 for none. Zeros follow bytes that are no marker's, and
    /// any number of 0xFF may be a marker's first byte.</summary>
    public static int MarkerIn(ReadOnlySpan<byte> bytes)
    {
        for (int at = 0; at < bytes.Length; at++)
        {
            int first = bytes[at..].IndexOf((byte)0xFF);
            int second = first < 0 ? -1 : bytes[(at + first)..].IndexOfAnyExcept((byte)0xFF);
            if (second < 0)
            {
                return -1;
            }

            at += first + second;
            if (bytes[at] != 0)
            {
                return at;
            }
        }

        return -1;
    }

    // Frames, tables, scans, restart intervals, application segments and comments.
    private static bool IsKnown(byte marker) => IsPassedOver(marker)
        || marker is (>= 0xC0 and <= 0xCF and not 0xC8) or (>= StartOfScan and <= RestartInterval) or LosslessFrame;

    private static bool IsPassedOver(byte marker) => marker is (>= 0xE0 and <= 0xEF) or 0xFE;
}
