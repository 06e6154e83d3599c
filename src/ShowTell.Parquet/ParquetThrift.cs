using System.Collections.Frozen;

namespace ShowTell.Parquet;

/// <summary>
/// Walks Parquet's metadata, structs of Thrift's compact protocol, before Parquet.Net reads them: it trusts lengths and
/// types, does not notice the end of the bytes, and then runs forever or takes all memory.
/// </summary>
/// <param name="bytes">The bytes.</param>
internal ref struct ParquetThrift(ReadOnlySpan<byte> bytes)
{
    private const int True = 1, False = 2, Byte = 3, Int16 = 4, Int32 = 5, Int64 = 6, Double = 7, Binary = 8, List = 9,
        Set = 10, Struct = 12;

    /// <summary>
    /// The fields of each struct, from parquet.thrift: those that Parquet.Net reads by their number, whatever their
    /// type in the file. Letters: <c>b</c> boolean, <c>y</c> byte, <c>h</c> 16 bits, <c>i</c> 32 bits, <c>l</c> 64
    /// bits, <c>d</c> double, <c>s</c> string; a name is a struct (<c>E</c> one without fields), and <c>*</c> a list.
    /// </summary>
    private const string Fields = """
        FileMetaData 1:i 2:*Schema 3:l 4:*RowGroup 5:*KeyValue 6:s 7:*Order 8:Encryption 9:s
        Schema 1:i 2:i 3:i 4:s 5:i 6:i 7:i 8:i 9:i 10:Logical
        Logical 1:E 2:E 3:E 4:E 5:Decimal 6:E 7:Time 8:Time 10:Int 11:E 12:E 13:E 14:E 15:E 16:Variant 17:Geo 18:Geo
        E
        Decimal 1:i 2:i
        Time 1:b 2:Unit
        Unit 1:E 2:E 3:E
        Int 1:y 2:b
        Variant 1:y
        Geo 1:s 2:i
        KeyValue 1:s 2:s
        Order 1:E
        Encryption 1:Aes 2:Aes
        Aes 1:s 2:s 3:b
        RowGroup 1:*Chunk 2:l 3:l 4:*Sorting 5:l 6:l 7:h
        Sorting 1:i 2:b 3:b
        Chunk 1:s 2:l 3:Column 4:l 5:i 6:l 7:i 8:Crypto 9:s
        Crypto 1:E 2:ColumnKey
        ColumnKey 1:*s 2:s
        Column 1:i 2:*i 3:*s 4:i 5:l 6:l 7:l 8:*KeyValue 9:l 10:l 11:l 12:Stats 13:*Encoding 14:l 15:i 16:Sizes 17:Space
        Encoding 1:i 2:i 3:i
        Stats 1:s 2:s 3:l 4:l 5:s 6:s 7:b 8:b
        Sizes 1:l 2:*l 3:*l
        Space 1:Box 2:*i
        Box 1:d 2:d 3:d 4:d 5:d 6:d 7:d 8:d
        PageHeader 1:i 2:i 3:i 4:i 5:Data 6:E 7:Dictionary 8:Data2
        Data 1:i 2:i 3:i 4:i 5:Stats
        Dictionary 1:i 2:i 3:b
        Data2 1:i 2:i 3:i 4:i 5:i 6:i 7:b 8:Stats
        """;

    private static readonly FrozenDictionary<string, FrozenDictionary<int, string>> s_structs = Fields
        .Split('\n').Select(line => line.Split(' ')).ToFrozenDictionary(
            words => words[0],
            words => words[1..].Select(word => word.Split(':')).ToFrozenDictionary(
                pair => int.Parse(pair[0], CultureInfo.InvariantCulture), pair => pair[1]));

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private Dictionary<string, long>? _found;

    /// <summary>The number of bytes that were walked.</summary>
    public int Position { get; private set; }

    /// <summary>Walks a struct.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Its numbers by their paths, such as <c>5.1</c>; lists are left out.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public Dictionary<string, long> Read(string name)
    {
        _found = [];
        ReadStruct(name, "");
        return _found;
    }

    // No struct of the table is in itself, so that the depth is limited.
    private void ReadStruct(string name, string path)
    {
        FrozenDictionary<int, string> fields = s_structs[name];
        for (int field = 0; Next() is byte head && head != 0;)
        {
            field = (head >> 4) == 0 ? (int)Zigzag() : field + (head >> 4);
            ReadValue(fields.GetValueOrDefault(field), head & 15, $"{path}{field}");
        }
    }

    /// <summary>Reads a value; what is unknown may only be plain.</summary>
    private void ReadValue(string? expected, int type, string path)
    {
        bool isFitting = expected is null ? type is >= True and <= Binary : type == expected[0] switch
        {
            'b' when expected.Length == 1 => type is True or False ? type : -1,
            'y' when expected.Length == 1 => Byte,
            'h' when expected.Length == 1 => Int16,
            'i' when expected.Length == 1 => Int32,
            'l' when expected.Length == 1 => Int64,
            'd' when expected.Length == 1 => Double,
            's' when expected.Length == 1 => Binary,
            '*' => type is List or Set ? type : -1,
            _ => Struct,
        };
        if (!isFitting)
        {
            throw Damaged();
        }

        switch (type)
        {
            case True or False:
                break;
            case Byte:
                Next();
                break;
            case Int16 or Int32 or Int64:
                long number = Zigzag();
                _found?.TryAdd(path, number);
                break;
            case Double:
                Skip(sizeof(double));
                break;
            case Binary:
                Skip(Varint());
                break;
            case Struct:
                ReadStruct(expected!, $"{path}.");
                break;
            default:
                ReadList(expected![1..]);
                break;
        }
    }

    private void ReadList(string expected)
    {
        byte head = Next();
        ulong count = (head >> 4) == 15 ? Varint() : (ulong)(head >> 4);
        if (count > (ulong)(_bytes.Length - Position))
        {
            throw Damaged();
        }

        Dictionary<string, long>? found = _found;
        _found = null;
        for (; count > 0; count--)
        {
            ReadValue(expected, head & 15, "");
        }

        _found = found;
    }

    private byte Next() => Position < _bytes.Length ? _bytes[Position++] : throw Damaged();

    private void Skip(ulong count) =>
        Position += count <= (ulong)(_bytes.Length - Position) ? (int)count : throw Damaged();

    private long Zigzag()
    {
        ulong value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Next();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    private static InvalidDataException Damaged() => new("its metadata are damaged");
}
