using System.Buffers.Binary;
using System.Text.Encodings.Web;

namespace ShowTell.Files;

/// <summary>A tensor in a safetensors file.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The element type in the format's terms: F32, I64, U8 ...</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Begin">The first byte, relative to the end of the header.</param>
/// <param name="End">The byte after the last.</param>
internal sealed record SafeTensorsEntry(string Name, string Type, long[] Shape, long Begin, long End)
{
    private static readonly Dictionary<string, string> s_types = new(StringComparer.Ordinal)
    {
        ["BOOL"] = "uint8", ["U8"] = "uint8", ["I8"] = "int8", ["U16"] = "uint16", ["I16"] = "int16",
        ["U32"] = "uint32", ["I32"] = "int32", ["U64"] = "uint64", ["I64"] = "int64",
        ["F16"] = "float16", ["BF16"] = "bfloat16", ["F32"] = "float32", ["F64"] = "float64",
    };

    /// <summary>The size in bytes.</summary>
    public long Length => End - Begin;

    /// <summary>The tensor, independent of the file format.</summary>
    public TensorInfo Info => new(Name, Shape, s_types.GetValueOrDefault(Type, Type));

    /// <summary>The format's name for an element type.</summary>
    public static string TypeOf(string elementType) =>
        s_types.Last(type => type.Value == elementType).Key;

    /// <summary>The size of an element in bytes; 0 for an unknown type.</summary>
    public static int SizeOf(string type) =>
        s_types.TryGetValue(type, out string? known) ? ElementConversion.SizeOf(known) : 0;
}

/// <summary>What a header may take.</summary>
/// <param name="HeaderBytes">The maximum length of its JSON in bytes.</param>
/// <param name="Entries">The maximum number of tensors, and of entries of the metadata.</param>
/// <param name="Rank">The maximum number of dimensions.</param>
/// <param name="NameBytes">The maximum length of a name in bytes.</param>
internal sealed record SafeTensorsLimits(int HeaderBytes, int Entries, int Rank, int NameBytes)
{
    /// <summary>Of model files.</summary>
    public static readonly SafeTensorsLimits Models = new(1 << 20, 1_000, 4, 256);

    /// <summary>Of checkpoints, which have every parameter up to five times.</summary>
    public static readonly SafeTensorsLimits Checkpoints = Models with { Entries = 5_000 };

    /// <summary>Of datasets, whose header has the names of all photos: the format's own limit.</summary>
    public static readonly SafeTensorsLimits Data = new(100_000_000, int.MaxValue, 32, 1 << 16);
}

/// <summary>
/// The header of a safetensors file (https://huggingface.co/docs/safetensors): eight bytes with its length, then JSON.
/// Everything read is validated.
/// </summary>
/// <param name="Texts">The metadata, as UTF-8.</param>
/// <param name="Entries">The tensors, in the order of their bytes.</param>
/// <param name="DataStart">The position of their first byte.</param>
/// <param name="Checksum">The CRC-32C of the header's bytes, its length included.</param>
internal sealed record SafeTensorsHeader(
    IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Texts,
    IReadOnlyList<SafeTensorsEntry> Entries,
    long DataStart,
    uint Checksum)
{
    /// <summary>The name of the metadata among the tensors.</summary>
    public const string MetadataKey = "__metadata__";

    private IReadOnlyDictionary<string, string>? _metadata;

    /// <summary>The metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata ??= Texts.ToDictionary(
        text => text.Key, text => Encoding.UTF8.GetString(text.Value.Span), StringComparer.Ordinal);

    /// <summary>The bytes of a header, its length included. The data after it is aligned to eight bytes.</summary>
    public static byte[] Encode(IReadOnlyDictionary<string, string> metadata, IEnumerable<SafeTensorsEntry> entries)
    {
        using var stream = new MemoryStream();
        stream.Write(stackalloc byte[8]);
        using (var json = new Utf8JsonWriter(stream, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            foreach (SafeTensorsEntry entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type);
                WriteNumbers(json, "shape", entry.Shape);
                WriteNumbers(json, "data_offsets", [entry.Begin, entry.End]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (stream.Length % 8 != 0)
        {
            stream.WriteByte((byte)' ');
        }

        byte[] header = stream.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - 8);
        return header;
    }

    /// <summary>
    /// Reads and checks a header. Tensors must fill the data without gaps or overlaps, each as long as its shape
    /// requires.
    /// </summary>
    /// <param name="stream">The file, at its beginning; left at the start of the data.</param>
    /// <param name="limits">What the header may take.</param>
    /// <exception cref="FormatException">The file is damaged; the message completes "it is not an intact safetensors
    /// file: ".</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafeTensorsHeader Read(Stream stream, SafeTensorsLimits limits)
    {
        Span<byte> lengthBytes = stackalloc byte[8];
        if (stream.ReadAtLeast(lengthBytes, 8, throwOnEndOfStream: false) < 8)
        {
            throw new FormatException($"it has {stream.Length} bytes; the header alone takes more than 8");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > (ulong)(stream.Length - 8))
        {
            throw new FormatException(
                $"its first 8 bytes specify a header of {length} bytes, but the file has {stream.Length}");
        }

        if (length > (ulong)limits.HeaderBytes)
        {
            throw new FormatException($"it has a header of {length} bytes; the limit is {limits.HeaderBytes}");
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        var reader = new SafeTensorsHeaderReader(header, limits);
        reader.Read();
        SafeTensorsEntry[] entries = [.. reader.Entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End)];
        CheckLayout(entries, stream.Length - stream.Position);
        uint checksum = ~Crc32C.Continue(Crc32C.Continue(~0u, lengthBytes), header);
        return new SafeTensorsHeader(reader.Metadata, entries, stream.Position, checksum);
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void CheckLayout(SafeTensorsEntry[] entries, long dataLength)
    {
        long position = 0;
        foreach (SafeTensorsEntry entry in entries)
        {
            if (entry.Begin != position || entry.End < entry.Begin || entry.End > dataLength)
            {
                throw new FormatException(
                    $"tensor {entry.Name} lies at bytes {entry.Begin} to {entry.End} of {dataLength}, "
                    + $"but should begin at {position}: the file is truncated or damaged");
            }

            // Tensors of unknown type are checked when they are read.
            int elementBytes = SafeTensorsEntry.SizeOf(entry.Type);
            Int128 bytes = elementBytes;
            foreach (long size in entry.Shape)
            {
                bool isPossible = size is >= 0 and <= int.MaxValue && bytes <= Math.Max(dataLength, elementBytes);
                bytes = isPossible ? bytes * size : -1;
            }

            if (elementBytes > 0 && bytes != entry.Length)
            {
                throw new FormatException(
                    $"tensor {entry.Name} of type {entry.Type} and shape [{string.Join(", ", entry.Shape)}] takes "
                    + $"{entry.Length} bytes");
            }

            position = entry.End;
        }

        if (position != dataLength)
        {
            throw new FormatException($"{dataLength} bytes of data follow the header, but its tensors take {position}");
        }
    }
}
