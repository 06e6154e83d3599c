using System.Buffers.Text;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Streams the entries of a tar: ustar, with the long names and sizes of GNU and PAX. Nothing is written anywhere, and
/// no memory is taken for what a header claims: .NET's own reader takes as much as a long name says it has.
/// </summary>
/// <param name="stream">The archive.</param>
internal sealed class TarEntries(Stream stream)
{
    /// <summary>The kind of a folder.</summary>
    public const char Folder = '5';

    private const int BlockBytes = 512;

    /// <summary>The maximum length of a name, or of a PAX header.</summary>
    private const int MaxHeaderBytes = 1 << 16;

    private readonly byte[] _header = new byte[BlockBytes];
    private long _rest;
    private int _padding;

    /// <summary>The kind of the last entry: '0' for a file.</summary>
    public char Kind { get; private set; }

    /// <summary>Its name.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The length of its data.</summary>
    public long Length { get; private set; }

    /// <summary>Whether it is a file, and not a folder, a link, a device, or a file with holes.</summary>
    public bool IsFile { get; private set; }

    /// <summary>Goes on to the next entry.</summary>
    /// <returns>False after the last one.</returns>
    /// <exception cref="InvalidDataException">The archive is damaged.</exception>
    /// <exception cref="IOException">It cannot be read, or is truncated.</exception>
    public bool MoveNext()
    {
        string? longName = null;
        Dictionary<string, string> records = [];
        while (ReadHeader())
        {
            switch (Kind)
            {
                case 'L':
                    longName = Text(ReadShort());
                    break;
                case 'x':
                    AddRecords(ReadShort(), records);
                    break;
                case 'g' or 'K': // Defaults for all entries, and the long target of a link.
                    break;
                default:
                    Name = records.GetValueOrDefault("path") ?? longName ?? Name;
                    if (records.TryGetValue("size", out string? size))
                    {
                        _rest = long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
                            ? bytes
                            : throw new InvalidDataException("a size is no number");
                        (Length, _padding) = (bytes, PaddingOf(bytes));
                    }

                    IsFile = Kind is '0' or '\0' && !Name.EndsWith('/')
                        && !records.Keys.Any(key => key.StartsWith("GNU.sparse.", StringComparison.Ordinal));
                    return true;
            }
        }

        return false;
    }

    /// <summary>Reads the data of the last entry, once.</summary>
    /// <exception cref="IOException">The archive is truncated.</exception>
    public byte[] ReadData()
    {
        // A header may claim any length: memory grows with what is there.
        using var data = new MemoryStream((int)Math.Min(_rest, 1 << 20));
        var block = new byte[1 << 16];
        while (_rest > 0)
        {
            int count = (int)Math.Min(block.Length, _rest);
            stream.ReadExactly(block, 0, count);
            data.Write(block, 0, count);
            _rest -= count;
        }

        return data.ToArray();
    }

    private bool ReadHeader()
    {
        Skip(_rest + _padding);
        (_rest, _padding) = (0, 0);
        int read = stream.ReadAtLeast(_header, BlockBytes, throwOnEndOfStream: false);
        if (read == 0 || !_header.AsSpan(0, read).ContainsAnyExcept((byte)0))
        {
            return false; // Blocks of zeros end an archive.
        }

        if (read < BlockBytes || Number(148, 8) != Checksum())
        {
            throw new InvalidDataException("a header is damaged");
        }

        Kind = (char)_header[156];
        string prefix = Text(_header.AsSpan(345, 155)), name = Text(_header.AsSpan(0, 100));

        // In GNU's own format, times follow where the prefix would be.
        bool hasPrefix = prefix.Length > 0 && _header.AsSpan(257, 6).SequenceEqual("ustar\0"u8);
        Name = hasPrefix ? $"{prefix}/{name}" : name;
        Length = _rest = Number(124, 12);
        _padding = PaddingOf(Length);
        return true;
    }

    private byte[] ReadShort() => Length <= MaxHeaderBytes
        ? ReadData()
        : throw new InvalidDataException($"a name or header takes {Length} bytes");

    /// <summary>Adds records such as <c>27 path=folder/photo.jpg</c> and a line feed; the number is their length.
    /// </summary>
    private static void AddRecords(ReadOnlySpan<byte> bytes, Dictionary<string, string> records)
    {
        while (!bytes.IsEmpty)
        {
            bool isNumber = Utf8Parser.TryParse(bytes, out int length, out int digits);
            int equals = isNumber ? bytes.IndexOf((byte)'=') : -1;
            if (equals <= digits + 1 || length <= equals + 1 || length > bytes.Length || bytes[digits] != ' ')
            {
                throw new InvalidDataException("a PAX header is damaged");
            }

            string key = Encoding.UTF8.GetString(bytes[(digits + 1)..equals]);
            records[key] = Encoding.UTF8.GetString(bytes[(equals + 1)..(length - 1)]);
            bytes = bytes[length..];
        }
    }

    /// <summary>A number in octal digits, or, if its first bit is set, in binary.</summary>
    private long Number(int at, int length)
    {
        ReadOnlySpan<byte> field = _header.AsSpan(at, length);
        if ((field[0] & 0x80) != 0)
        {
            UInt128 binary = (uint)(field[0] & 0x7F);
            foreach (byte value in field[1..])
            {
                binary = (binary << 8) | value;
            }

            return binary <= long.MaxValue / 2 ? (long)binary : throw new InvalidDataException("a number is too large");
        }

        long number = 0;
        foreach (byte digit in field.Trim(" \0"u8))
        {
            number = digit is >= (byte)'0' and <= (byte)'7'
                ? (number << 3) + digit - '0'
                : throw new InvalidDataException("a number is damaged");
        }

        return number;
    }

    /// <summary>The sum of a header's bytes, with spaces in place of the checksum itself.</summary>
    private int Checksum()
    {
        int sum = 8 * ' ';
        for (int i = 0; i < BlockBytes; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : _header[i];
        }

        return sum;
    }

    private void Skip(long count)
    {
        if (stream.CanSeek)
        {
            if (count > stream.Length - stream.Position)
            {
                throw new EndOfStreamException();
            }

            stream.Position += count;
            return;
        }

        var block = new byte[Math.Min(count, 1 << 16)];
        for (; count > 0; count -= Math.Min(count, block.Length))
        {
            stream.ReadExactly(block, 0, (int)Math.Min(count, block.Length));
        }
    }

    private static int PaddingOf(long length) => (int)(-length & (BlockBytes - 1));

    private static string Text(ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(bytes.IndexOf((byte)0) is int end and >= 0 ? bytes[..end] : bytes);
}
