using System.Buffers.Binary;
using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>JPEG files (ITU-T T.81).</summary>
internal sealed class JpegFormat() : PhotoFormat(SKEncodedImageFormat.Jpeg)
{
    public override bool IsDecodedByRows => true;

    /// <summary>Reads all that precedes the first scan.</summary>
    public override PhotoHeader? ReadHeader(ReadOnlySpan<byte> head, out string? problem)
    {
        JpegFrame? frame = null;
        int orientation = 0;
        problem = "no scan with pixels follows its header";
        for (var markers = new JpegMarkers(head); markers.TryRead();)
        {
            if (markers.Marker == JpegMarkers.App1 && orientation == 0)
            {
                orientation = ExifOrientation.Read(markers.Segment);
            }
            else if (markers.IsFrame && frame is null)
            {
                frame = JpegFrame.Parse(markers.Marker, markers.Segment);
            }
            else if (markers.Marker == JpegMarkers.StartOfScan)
            {
                problem = frame is null ? "it has no frame header of a known kind" : null;
                return frame is null ? null : new PhotoHeader(
                    this, frame.Size, CoefficientBytes(frame, markers.Segment),
                    Math.Max(orientation, ExifOrientation.Upright));
            }
        }

        return null;
    }

    /// <summary>Rejects a file that lacks pixels, and appends its end marker if only that is missing.</summary>
    /// <remarks>SkiaSharp decodes a truncated progressive file without an error, and does not decode the last row of
    /// one that lacks only its end marker.</remarks>
    public override int Normalize(byte[] file, int length, string name, PhotoLimits limits)
    {
        var scans = new JpegScans();
        string? problem = scans.Check(file.AsSpan(0, length));
        if (scans.Count > limits.MaxScans)
        {
            throw new PhotoException(
                $"{name}: has {scans.Count} scans, but JPEG files may have at most {limits.MaxScans}. Save it again.");
        }

        if (problem is not null)
        {
            throw Damaged(name, problem);
        }

        if (scans.HasEndMarker)
        {
            return length;
        }

        (file[length], file[length + 1]) = (0xFF, JpegMarkers.EndOfImage);
        return length + 2;
    }

    protected override bool Matches(ReadOnlySpan<byte> head) => head is [0xFF, 0xD8, 0xFF, ..];

    /// <summary>Size of the coefficients of the whole photo, which libjpeg keeps unless one scan has all of
    /// it.</summary>
    private static long CoefficientBytes(JpegFrame frame, ReadOnlySpan<byte> firstScan) =>
        !frame.IsProgressive && firstScan is [byte components, ..] && components == frame.Components.Length
            ? 0
            : frame.Units * frame.BlocksPerUnit * 64 * sizeof(short);
}

/// <summary>
/// Walks a JPEG file from marker to marker (ITU-T T.81, annex B). Nothing in the file is trusted: each length is
/// checked against the bytes that remain.
/// </summary>
internal ref struct JpegMarkers(ReadOnlySpan<byte> file)
{
    public const byte ProgressiveFrame = 0xC2;
    public const byte HuffmanTables = 0xC4;
    public const byte FirstRestart = 0xD0;
    public const byte EndOfImage = 0xD9;
    public const byte StartOfScan = 0xDA;
    public const byte RestartInterval = 0xDD;
    public const byte App1 = 0xE1;

    /// <summary>The bytes behind those that were read.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = file[2..];

    public byte Marker { get; private set; }

    /// <summary>The content of the marker's segment.</summary>
    public ReadOnlySpan<byte> Segment { get; private set; }

    /// <summary>Whether the marker begins a frame that can be decoded: Huffman-coded, lossy.</summary>
    public readonly bool IsFrame => Marker is 0xC0 or 0xC1 or ProgressiveFrame;

    /// <summary>Reads the next marker and its segment.</summary>
    /// <returns>Whether the marker is known and its segment complete.</returns>
    public bool TryRead()
    {
        // A marker may have any number of fill bytes before it.
        int start = Rest.IndexOfAnyExcept((byte)0xFF);
        if (start < 1)
        {
            return false;
        }

        Marker = Rest[start];
        ReadOnlySpan<byte> following = Rest[(start + 1)..];
        int length = Marker == EndOfImage ? 0
            : following.Length < 2 ? int.MaxValue
            : BinaryPrimitives.ReadUInt16BigEndian(following);
        if (length > following.Length || (Marker != EndOfImage && length < 2) || !IsKnown(Marker))
        {
            return false;
        }

        Segment = following[Math.Min(2, length)..length];
        Rest = following[length..];
        return true;
    }

    /// <summary>Skips the data of a scan, up to the next marker or the end of the file.</summary>
    /// <returns>Whether its restart markers are expected and in order.</returns>
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

    // Frames, tables, scans, restart intervals, application segments and comments.
    private static bool IsKnown(byte marker) =>
        marker is (>= 0xC0 and <= 0xC2) or HuffmanTables or (>= EndOfImage and <= RestartInterval)
            or (>= 0xE0 and <= 0xEF) or 0xFE;
}

/// <summary>The frame header of a JPEG file (ITU-T T.81, B.2.2).</summary>
/// <param name="Size">Width and height in pixels.</param>
/// <param name="IsProgressive">Whether scans refine the photo step by step.</param>
/// <param name="Components">The color components, 1 to 4.</param>
internal sealed record JpegFrame(PhotoSize Size, bool IsProgressive, JpegComponent[] Components)
{
    /// <summary>Number of blocks of 8 x 8 in one unit, of all components.</summary>
    public int BlocksPerUnit => Components.Sum(component => component.Horizontal * component.Vertical);

    /// <summary>Number of minimum coded units: the smallest rectangles of whole blocks of all components.</summary>
    public long Units => (long)Ceiling(Size.Width, 8 * MaxHorizontal) * Ceiling(Size.Height, 8 * MaxVertical);

    /// <summary>Number of blocks in a scan of all components.</summary>
    public long Blocks => Components.Length == 1 ? BlocksOf(Components[0]) : Units * BlocksPerUnit;

    private int MaxHorizontal => Components.Max(component => component.Horizontal);

    private int MaxVertical => Components.Max(component => component.Vertical);

    /// <summary>Reads a frame header.</summary>
    /// <returns>The frame; null if it cannot be decoded.</returns>
    public static JpegFrame? Parse(byte marker, ReadOnlySpan<byte> segment)
    {
        if (segment.Length < 6 || segment[5] is 0 or > 4 || segment.Length < 6 + (3 * segment[5]))
        {
            return null;
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        JpegComponent[] components =
        [
            .. segment.Slice(6, 3 * segment[5]).ToArray().Chunk(3)
                .Select(bytes => new JpegComponent(bytes[0], bytes[1] >> 4, bytes[1] & 15)),
        ];
        return width == 0 || height == 0 || components.Any(c => c.Horizontal is 0 or > 4 || c.Vertical is 0 or > 4)
            ? null
            : new JpegFrame(new PhotoSize(width, height), marker == JpegMarkers.ProgressiveFrame, components);
    }

    /// <summary>Number of blocks in a scan of one component alone.</summary>
    public long BlocksOf(JpegComponent component) =>
        (long)Ceiling(Ceiling(Size.Width * component.Horizontal, MaxHorizontal), 8)
        * Ceiling(Ceiling(Size.Height * component.Vertical, MaxVertical), 8);

    /// <summary>Index of the component with an id; -1 if there is none.</summary>
    public int IndexOf(byte id) => Array.FindIndex(Components, component => component.Id == id);

    private static int Ceiling(int value, int divisor) => (value + divisor - 1) / divisor;
}

/// <summary>A color component: its id in scan headers and its sampling factors, the blocks per unit.</summary>
internal readonly record struct JpegComponent(byte Id, int Horizontal, int Vertical);
