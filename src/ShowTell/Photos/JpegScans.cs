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
    private bool _needsEndMarker = true;

    /// <summary>Number of scans.</summary>
    public int Count { get; private set; }

    public bool HasEndMarker { get; private set; }

    /// <summary>Walks the file once.</summary>
    /// <returns>What is wrong, to follow "the file is damaged: "; null if nothing is.</returns>
    public string? Check(ReadOnlySpan<byte> file)
    {
        for (var markers = new JpegMarkers(file); !HasEndMarker && !markers.Rest.IsEmpty;)
        {
            if (!markers.TryRead())
            {
                return "it has an unknown or incomplete segment";
            }

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

                case JpegMarkers.StartOfScan when CheckScan(ref markers) is string problem:
                    return problem;

                default:
                    if (markers.IsFrame && _frame is not null)
                    {
                        return "it has two frames";
                    }

                    _frame = markers.IsFrame ? JpegFrame.Parse(markers.Marker, markers.Segment) : _frame;
                    break;
            }
        }

        bool isComplete = _frame is not null && (HasEndMarker || !_needsEndMarker)
            && !_known.AsSpan(0, _frame.Components.Length).ContainsAnyExcept(ulong.MaxValue);
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

    private string? CheckScan(ref JpegMarkers markers)
    {
        ReadOnlySpan<byte> header = markers.Segment, data = markers.Rest;
        if (!TryAdd(header) || _frame is null)
        {
            return "the header of a scan is invalid";
        }

        if (!markers.TrySkipData(_restartInterval > 0))
        {
            return "its restart markers are out of order";
        }

        // A baseline block takes at least two bits; in a progressive scan, one bit can stand for many blocks.
        data = data[..^markers.Rest.Length];
        bool isWholeBaseline = !_frame.IsProgressive && header[0] == _frame.Components.Length;
        if (isWholeBaseline && 4L * data.Length < _frame.Blocks)
        {
            return EndsEarly;
        }

        // The last scan of a progressive photo may be cut short if it only refines: what is missing then is the last
        // bit of some coefficients.
        _needsEndMarker = _frame.IsProgressive
            ? header[^1] >> 4 == 0
            : !isWholeBaseline || !markers.Rest.IsEmpty || !HasAllBlocks(_frame, header, data);
        return null;
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
    /// Whether the data of a baseline scan have all blocks, found by walking the Huffman codes (ITU-T T.81, annex F.2):
    /// only that tells a file without its end marker from one without its last pixels.
    /// </summary>
    private bool HasAllBlocks(JpegFrame frame, ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        // The tables of each block of a unit.
        List<(byte[] Dc, byte[] Ac)> blocks = [];
        bool isSingle = header[0] == 1;
        long units = frame.Units;
        for (int i = 1; i < header.Length - 3; i += 2)
        {
            JpegComponent component = frame.Components[frame.IndexOf(header[i])];
            (int dc, int ac) = (header[i + 1] >> 4, header[i + 1] & 15);
            if (dc >= TablesPerKind || ac >= TablesPerKind
                || _tables[dc] is not byte[] dcTable || _tables[TablesPerKind + ac] is not byte[] acTable)
            {
                return false;
            }

            units = isSingle ? frame.BlocksOf(component) : units;
            int count = isSingle ? 1 : component.Horizontal * component.Vertical;
            blocks.AddRange(Enumerable.Repeat((dcTable, acTable), count));
        }

        var codes = new HuffmanReader(data);
        for (long unit = 0; unit < units; unit++)
        {
            if (_restartInterval > 0 && unit > 0 && unit % _restartInterval == 0)
            {
                codes.SkipRestart();
            }

            foreach ((byte[] dc, byte[] ac) in blocks)
            {
                codes.SkipBlock(dc, ac);
            }

            if (codes.IsPastEnd)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads the data of a scan; zeros follow their end.</summary>
    private ref struct HuffmanReader(ReadOnlySpan<byte> data)
    {
        private ReadOnlySpan<byte> _rest = data;
        private int _byte;
        private int _bits;

        public bool IsPastEnd { get; private set; }

        public void SkipBlock(ReadOnlySpan<byte> dc, ReadOnlySpan<byte> ac)
        {
            SkipBits(Value(dc) & 15);
            for (int coefficient = 1; coefficient < 64 && !IsPastEnd; coefficient++)
            {
                int value = Value(ac), zeros = value >> 4, size = value & 15;
                if (size == 0 && zeros != 15)
                {
                    return;
                }

                SkipBits(size);
                coefficient += zeros;
            }
        }

        /// <summary>Skips the bits that fill the last byte, and the marker.</summary>
        public void SkipRestart()
        {
            _bits = 0;
            IsPastEnd |= _rest.Length < 2 || _rest[0] != 0xFF || _rest[1] == 0;
            _rest = IsPastEnd ? [] : _rest[2..];
        }

        private int Value(ReadOnlySpan<byte> table)
        {
            // Codes of one length are consecutive; the next length continues with the next code, shifted by a zero.
            for (int length = 0, code = 0, first = 0, values = 16; length < 16; length++)
            {
                code |= Bit();
                int count = table[length];
                if (code - first < count)
                {
                    return table[values + code - first];
                }

                values += count;
                first = (first + count) << 1;
                code <<= 1;
            }

            IsPastEnd = true;
            return 0;
        }

        private void SkipBits(int count)
        {
            for (; count > 0; count--)
            {
                _ = Bit();
            }
        }

        private int Bit()
        {
            if (_bits == 0)
            {
                // In data, a zero byte follows each 0xFF.
                bool isStuffed = _rest is [0xFF, 0, ..];
                IsPastEnd |= _rest.IsEmpty || (_rest[0] == 0xFF && !isStuffed);
                _byte = IsPastEnd ? 0 : _rest[0];
                _rest = IsPastEnd ? [] : _rest[(isStuffed ? 2 : 1)..];
                _bits = 8;
            }

            return (_byte >> --_bits) & 1;
        }
    }
}
