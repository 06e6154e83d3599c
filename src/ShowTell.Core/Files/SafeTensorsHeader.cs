using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;

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

    /// <summary>The tensor, independent of the file format.</summary>
    public TensorInfo Info => new(Name, Shape, s_types.GetValueOrDefault(Type, Type));

    /// <summary>The format's name for an element type.</summary>
    public static string TypeOf(string elementType) =>
        s_types.Last(type => type.Value == elementType).Key;

    /// <summary>The size of an element in bytes; 0 for an unknown type.</summary>
    public static int SizeOf(string type) =>
        s_types.TryGetValue(type, out string? known) ? ElementConversion.SizeOf(known) : 0;
}

/// <summary>
/// The header of a safetensors file (https://huggingface.co/docs/safetensors): eight bytes with its length, then JSON.
/// Everything read is validated.
/// </summary>
/// <param name="Metadata">The metadata.</param>
/// <param name="Entries">The tensors, in the order of their bytes.</param>
/// <param name="DataStart">The position of their first byte.</param>
internal sealed record SafeTensorsHeader(
    IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<SafeTensorsEntry> Entries, long DataStart)
{
    /// <summary>The maximum length of a header, as the format specifies.</summary>
    private const long MaxLength = 100_000_000;

    private const string MetadataKey = "__metadata__";

    private static readonly JsonSerializerOptions s_json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a header. The data after it is aligned to eight bytes.</summary>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, string> metadata, IEnumerable<SafeTensorsEntry> entries)
    {
        var json = new JsonObject
        {
            [MetadataKey] = new JsonObject(
                metadata.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)JsonValue.Create(entry.Value)))),
        };
        foreach (SafeTensorsEntry entry in entries)
        {
            json.Add(entry.Name, new JsonObject
            {
                ["dtype"] = entry.Type,
                ["shape"] = new JsonArray([.. entry.Shape.Select(size => JsonValue.Create(size))]),
                ["data_offsets"] = new JsonArray(entry.Begin, entry.End),
            });
        }

        byte[] header = Encoding.UTF8.GetBytes(json.ToJsonString(s_json));
        byte[] padding = [.. Enumerable.Repeat((byte)' ', -header.Length & 7)];
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length + padding.Length);
        stream.Write(length);
        stream.Write(header);
        stream.Write(padding);
    }

    /// <summary>
    /// Reads and checks a header. Tensors must fill the data without gaps or overlaps, each as long as its shape
    /// requires.
    /// </summary>
    /// <param name="stream">The file, at its beginning; left at the start of the data.</param>
    /// <exception cref="FormatException">The file is damaged; the message completes "it is not an intact safetensors
    /// file: ".</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafeTensorsHeader Read(Stream stream)
    {
        try
        {
            using JsonDocument json = ReadJson(stream);
            long dataStart = stream.Position;
            SafeTensorsEntry[] entries =
                [.. ReadEntries(json).OrderBy(entry => entry.Begin).ThenBy(entry => entry.End)];
            CheckLayout(entries, stream.Length - dataStart);
            return new SafeTensorsHeader(ReadMetadata(json), entries, dataStart);
        }
        catch (InvalidOperationException error)
        {
            // The JSON reader detects invalid UTF-8 and lone surrogates only when it decodes text.
            throw new FormatException("its header is not valid Unicode", error);
        }
    }

    private static JsonDocument ReadJson(Stream stream)
    {
        Span<byte> lengthBytes = stackalloc byte[8];
        if (stream.ReadAtLeast(lengthBytes, 8, throwOnEndOfStream: false) < 8)
        {
            throw new FormatException($"it has {stream.Length} bytes; the header alone takes more than 8");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > MaxLength || length > (ulong)(stream.Length - 8))
        {
            throw new FormatException(
                $"its first 8 bytes specify a header of {length} bytes, but the file has {stream.Length}");
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        try
        {
            JsonDocument document = JsonDocument.Parse(header, new() { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw new FormatException("its header is not a JSON object");
        }
        catch (JsonException error)
        {
            throw new FormatException("its header is not valid JSON", error);
        }
    }

    private static List<SafeTensorsEntry> ReadEntries(JsonDocument header)
    {
        var entries = new List<SafeTensorsEntry>();
        foreach (JsonProperty property in header.RootElement.EnumerateObject())
        {
            if (property.Name == MetadataKey)
            {
                continue;
            }

            try
            {
                JsonElement value = property.Value;
                string type = value.GetProperty("dtype").GetString() ?? "";
                long[] shape = [.. value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
                long[] offsets =
                    [.. value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
                entries.Add(offsets is [long begin, long end]
                    ? new SafeTensorsEntry(property.Name, type, shape, begin, end)
                    : throw new FormatException($"Expected 2 offsets, found {offsets.Length}."));
            }
            catch (Exception error) when (error is InvalidOperationException or FormatException or KeyNotFoundException)
            {
                throw new FormatException(
                    $"tensor {property.Name} is not described by dtype, shape and data_offsets", error);
            }
        }

        return entries;
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

            if (elementBytes > 0 && bytes != entry.End - entry.Begin)
            {
                throw new FormatException(
                    $"tensor {entry.Name} of type {entry.Type} and shape [{string.Join(", ", entry.Shape)}] takes "
                    + $"{entry.End - entry.Begin} bytes");
            }

            position = entry.End;
        }

        if (position != dataLength)
        {
            throw new FormatException($"{dataLength} bytes of data follow the header, but its tensors take {position}");
        }
    }

    private static Dictionary<string, string> ReadMetadata(JsonDocument header)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (header.RootElement.TryGetProperty(MetadataKey, out JsonElement element))
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException("its metadata is not a JSON object");
            }

            foreach (JsonProperty property in element.EnumerateObject())
            {
                metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String
                    ? property.Value.GetString()!
                    : throw new FormatException($"its metadata \"{property.Name}\" is not a string");
            }
        }

        return metadata;
    }
}
