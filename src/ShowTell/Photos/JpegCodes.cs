namespace ShowTell.Photos;

/// <summary>Walks the Huffman codes of a scan (ITU-T T.81, annexes F.2 and G.2); zeros follow their end.</summary>
/// <param name="data">The data of the scan.</param>
/// <param name="from">The first coefficient of a block in the scan.</param>
/// <param name="to">The last coefficient of a block in the scan.</param>
/// <param name="isProgressive">Whether one code may end many blocks.</param>
internal ref struct JpegCodes(ReadOnlySpan<byte> data, int from, int to, bool isProgressive)
{
    private ReadOnlySpan<byte> _rest = data;
    private int _byte;
    private int _bits;
    private int _emptyBlocks;
    private int _restarts;

    /// <summary>Whether codes were missing or invalid.</summary>
    public bool IsPastEnd { get; private set; }

    /// <summary>Skips a block.</summary>
    /// <param name="dc">The table of its first coefficient, if that is in the scan.</param>
    /// <param name="ac">The table of the others, if they are in the scan.</param>
    public void SkipBlock(byte[]? dc, byte[]? ac)
    {
        if (dc is not null)
        {
            Read(Value(dc) & 15);
        }

        if (ac is null || _emptyBlocks > 0)
        {
            _emptyBlocks -= ac is null ? 0 : 1;
            return;
        }

        for (int coefficient = Math.Max(from, 1); coefficient <= to && !IsPastEnd; coefficient++)
        {
            int value = Value(ac), zeros = value >> 4, size = value & 15;
            if (size == 0 && zeros != 15)
            {
                _emptyBlocks = isProgressive ? (1 << zeros) - 1 + Read(zeros) : 0;
                return;
            }

            Read(size);
            coefficient += zeros;
        }
    }

    /// <summary>Skips what is left before a restart marker, and the marker.</summary>
    public void SkipRestart()
    {
        // Like libjpeg, takes a marker whose number is far off for the one that is due.
        int at = JpegMarkers.MarkerIn(_rest);
        int ahead = at < 0 ? -1 : (_rest[at] - JpegMarkers.FirstRestart - _restarts++) & 7;
        IsPastEnd |= at < 0 || !JpegMarkers.IsRestart(_rest[at]) || ahead is 1 or 2 or 6 or 7;
        _rest = IsPastEnd ? [] : _rest[(at + 1)..];
        (_bits, _emptyBlocks) = (0, 0);
    }

    private int Value(ReadOnlySpan<byte> table)
    {
        // Codes of one length are consecutive; the next length continues with the next code, shifted by a zero.
        for (int length = 0, code = 0, first = 0, values = 16; length < 16; length++)
        {
            code |= Read(1);
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

    private int Read(int count)
    {
        int value = 0;
        for (; count > 0; count--)
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

            value = (value << 1) | ((_byte >> --_bits) & 1);
        }

        return value;
    }
}
