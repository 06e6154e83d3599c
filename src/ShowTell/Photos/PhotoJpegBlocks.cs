namespace ShowTell.Photos;

/// <summary>
/// Whether all blocks of a baseline JPEG file are there, by going through their Huffman codes (ITU-T T.81, annex F.2):
/// only so can a file that lacks nothing but its end marker be told from one that lacks some of its last pixels.
/// </summary>
internal static class PhotoJpegBlocks
{
    /// <summary>Number of tables: four of DC coefficients, then four of AC coefficients.</summary>
    public const int Tables = 8;

    private const int TablesOfKind = 4;

    /// <summary>
    /// Whether the data of a scan, whose header names components of the frame, have all of its blocks, with so many
    /// units between restart markers; 0 where there are none.
    /// </summary>
    public static bool AreAllIn(
        PhotoJpegFrame frame, ReadOnlySpan<byte> scan, byte[]?[] tables, int restartInterval, ReadOnlySpan<byte> data)
    {
        // The tables of each block of a unit: its DC coefficient's, its AC coefficients'.
        List<(byte[] Dc, byte[] Ac)> blocks = [];
        bool isAlone = scan[0] == 1;
        long units = frame.Units;
        for (int i = 1; i < scan.Length - 3; i += 2)
        {
            PhotoJpegComponent component = frame.Components[frame.IndexOf(scan[i])];
            (int dc, int ac) = (scan[i + 1] >> 4, scan[i + 1] & 15);
            if (dc >= TablesOfKind || ac >= TablesOfKind
                || tables[dc] is not byte[] dcTable || tables[TablesOfKind + ac] is not byte[] acTable)
            {
                return false;
            }

            units = isAlone ? frame.BlocksOf(component) : units;
            int count = isAlone ? 1 : component.Across * component.Down;
            blocks.AddRange(Enumerable.Repeat((dcTable, acTable), count));
        }

        var codes = new Codes(data);
        for (long unit = 0; unit < units; unit++)
        {
            if (restartInterval > 0 && unit > 0 && unit % restartInterval == 0)
            {
                codes.Restart();
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

    /// <summary>Reads a segment of tables. Each is kept as it is written: 16 numbers of codes by their length, and the
    /// values of the codes.</summary>
    public static void ReadTables(ReadOnlySpan<byte> segment, byte[]?[] tables)
    {
        while (segment.Length > 16)
        {
            int index = segment[0] & 15, kind = segment[0] >> 4, length = 16;
            foreach (byte count in segment[1..17])
            {
                length += count;
            }

            if (length >= segment.Length || index >= TablesOfKind || kind > 1)
            {
                return;
            }

            tables[(kind * TablesOfKind) + index] = segment.Slice(1, length).ToArray();
            segment = segment[(length + 1)..];
        }
    }

    /// <summary>Reads the data of a scan; beyond its end there are zeros.</summary>
    private ref struct Codes(ReadOnlySpan<byte> data)
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

        /// <summary>Passes over the bits that fill the last byte, and the marker.</summary>
        public void Restart()
        {
            _bits = 0;
            IsPastEnd |= _rest.Length < 2 || _rest[0] != 0xFF || _rest[1] == 0;
            _rest = IsPastEnd ? [] : _rest[2..];
        }

        private int Value(ReadOnlySpan<byte> table)
        {
            // Codes of a length are consecutive numbers, those of the next one begin behind them with a zero more.
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
                // A zero follows each 255 that is no marker.
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
