namespace ShowTell.Photos;

/// <summary>Checks that the scans of a JPEG file hold all pixels.</summary>
internal sealed class JpegScans
{
    private const int TablesPerKind = 4;
    private const string EndsEarly = "it ends before its pixels do";

    // For each component, a bit per coefficient that is known to its last bit.
    private readonly ulong[] _known = new ulong[4];

    // Huffman tables: four for DC coefficients, then four for AC coefficients. Each is kept as stored: the numbers of
    // codes of 1 to 16 bits, then the values of the codes.
    private readonly byte[]?[] _tables = new byte[]?[2 * TablesPerKind];
    private JpegFrame? _frame;
    private int _restartInterval;

    // The header and the data of the last scan.
    private Range _header;
    private Range _data;

    /// <summary>Number of scans.</summary>
    public int Count { get; private set; }

    public bool HasEndMarker { get; private set; }

    /// <summary>The number of bytes up to the end of the last scan, or of the end marker.</summary>
    public int Length { get; private set; }

    /// <summary>Walks the file once, up to its end marker or to what is no part of a JPEG file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isStrict">Whether not to trust an end marker, but to look for every block in the last scan.</param>
    /// <returns>What is wrong, to follow "the file is damaged: "; null if nothing is.</returns>
    public string? Check(ReadOnlySpan<byte> file, bool isStrict = false)
    {
        for (var markers = new JpegMarkers(file); !HasEndMarker && markers.TryRead();)
        {
            switch (markers.Marker)
            {
                case JpegMarkers.EndOfImage:
                    HasEndMarker = true;
                    break;

                case JpegMarkers.HuffmanTables:
                    ReadTables(markers.Segment);
                    break;

                case JpegMarkers.RestartInterval:
                    _restartInterval = markers.Segment is [byte high, byte low] ? (high << 8) | low : 0;
                    break;

                case JpegMarkers.StartOfScan when CheckScan(file, ref markers) is string problem:
                    return problem;

                default:
                    if (markers.IsFrame && _frame is not null)
                    {
                        return "it has two frames";
                    }

                    _frame = markers.IsFrame ? JpegFrame.Parse(markers.Marker, markers.Segment) : _frame;
                    break;
            }

            Length = file.Length - markers.Rest.Length;
        }

        // If every scan came, the last one alone can be cut short.
        bool isComplete = Count > 0
            && !_known.AsSpan(0, _frame!.Components.Length).ContainsAnyExcept(ulong.MaxValue)
            && ((HasEndMarker && !isStrict) || HasAllBlocks(file[_header], file[_data]));
        return isComplete ? null : EndsEarly;
    }

    private void ReadTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 16)
        {
            int index = segment[0] & 15, kind = segment[0] >> 4, length = 16;
            foreach (byte count in segment[1..17])
            {
                length += count;
            }

            if (length >= segment.Length || index >= TablesPerKind || kind > 1)
            {
                return;
            }

            _tables[(kind * TablesPerKind) + index] = segment.Slice(1, length).ToArray();
            segment = segment[(length + 1)..];
        }
    }

    private string? CheckScan(ReadOnlySpan<byte> file, ref JpegMarkers markers)
    {
        ReadOnlySpan<byte> header = markers.Segment;
        if (!TryAdd(header) || _frame is null)
        {
            return "the header of a scan is invalid";
        }

        int start = file.Length - markers.Rest.Length;
        bool isInOrder = markers.SkipData(_restartInterval > 0);
        (_header, _data) = ((start - header.Length)..start, start..(file.Length - markers.Rest.Length));

        // A baseline block takes at least two bits; in a progressive scan, one bit can stand for many blocks.
        ReadOnlySpan<byte> data = file[_data];
        bool isWholeBaseline = _frame is { IsProgressive: false, IsArithmetic: false }
            && header[0] == _frame.Components.Length;
        return isWholeBaseline && 4L * data.Length < _frame.Blocks ? EndsEarly
            : isInOrder || HasAllBlocks(header, data) ? null
            : "its restart markers are out of order";
    }

    /// <summary>Counts a scan and notes the coefficients that it completes.</summary>
    /// <returns>Whether its header is valid.</returns>
    private bool TryAdd(ReadOnlySpan<byte> header)
    {
        if (_frame is null || header.Length < 6 || header.Length != 4 + (2 * header[0]))
        {
            return false;
        }

        // Scans that are not progressive have all coefficients, whatever their headers say.
        (int from, int to, int bits) = _frame.IsProgressive ? (header[^3], header[^2], header[^1]) : (0, 63, 0);
        if (from > to || to > 63)
        {
            return false;
        }

        Count++;
        bool isLastBit = (bits & 15) == 0;
        for (int i = 1; i < header.Length - 3; i += 2)
        {
            int component = _frame.IndexOf(header[i]);
            if (component < 0)
            {
                return false;
            }

            _known[component] |= isLastBit ? (ulong.MaxValue >> (63 - to)) & (ulong.MaxValue << from) : 0;
        }

        return true;
    }

    /// <summary>
    /// Whether the data of a scan have all blocks, found by walking the Huffman codes (ITU-T T.81, annexes F.2 and
    /// G.2): only that tells a file without its end marker from one without its last pixels. A scan that only refines
    /// is taken for whole: what it may lack is the last bit of some coefficients. Of arithmetic codes only the end
    /// marker tells.
    /// </summary>
    private bool HasAllBlocks(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        JpegFrame frame = _frame!;
        (int from, int to) = frame.IsProgressive ? (header[^3], header[^2]) : (0, 63);
        if (frame.IsArithmetic || (frame.IsProgressive && header[^1] >> 4 != 0))
        {
            return HasEndMarker || !frame.IsArithmetic;
        }

        // The tables of each block of a unit.
        List<(byte[]? Dc, byte[]? Ac)> blocks = [];
        long units = frame.Units;
        for (int i = 1; i < header.Length - 3; i += 2)
        {
            JpegComponent component = frame.Components[frame.IndexOf(header[i])];
            (int dc, int ac) = (header[i + 1] >> 4, header[i + 1] & 15);
            byte[]? dcTable = from == 0 && dc < TablesPerKind ? _tables[dc] : null;
            byte[]? acTable = to > 0 && ac < TablesPerKind ? _tables[TablesPerKind + ac] : null;
            if ((from == 0 && dcTable is null) || (to > 0 && acTable is null))
            {
                return false;
            }

            units = header[0] == 1 ? frame.BlocksOf(component) : units;
            int count = header[0] == 1 ? 1 : component.Horizontal * component.Vertical;
            blocks.AddRange(Enumerable.Repeat((dcTable, acTable), count));
        }

        var codes = new JpegCodes(data, from, to, frame.IsProgressive);
        for (long unit = 0; unit < units && !codes.IsPastEnd; unit++)
        {
            if (_restartInterval > 0 && unit > 0 && unit % _restartInterval == 0)
            {
                codes.SkipRestart();
            }

            foreach ((byte[]? dc, byte[]? ac) in blocks)
            {
                codes.SkipBlock(dc, ac);
            }
        }

        return !codes.IsPastEnd;
    }
}
