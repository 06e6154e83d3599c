using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ShowTell.Models;

/// <summary>A tensor in a safetensors file: its name, its shape, and its elements in row-major order.</summary>
internal sealed record NamedTensor(string Name, long[] Shape, ReadOnlyMemory<float> Elements)
{
    /// <summary>The elements of a tensor of bytes, which has no others.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Whether the elements are bytes.</summary>
    public bool IsBytes => Elements.IsEmpty && !Bytes.IsEmpty;

    /// <summary>Length of the elements in bytes.</summary>
    public long ByteCount => IsBytes ? Bytes.Length : sizeof(float) * (long)Elements.Length;
}

/// <summary>
/// The safetensors format (https://huggingface.co/docs/safetensors), for tensors of 32-bit floats or bytes: eight bytes
/// with the length of the header, the header in JSON, the elements. Reading trusts nothing that the file says of
/// itself.
/// </summary>
internal static class SafeTensors
{
    /// <summary>The greatest header that the format allows.</summary>
    private const long MaxHeaderLength = 100_000_000;

    private const string MetadataKey = "__metadata__";
    private const string FloatType = "F32";
    private const string ByteType = "U8";

    /// <summary>
    /// Writes tensors and metadata. The first starts at a multiple of eight bytes; those of bytes belong last, so that
    /// all floats lie at multiples of four.
    /// </summary>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<NamedTensor> tensors)
    {
        byte[] header = Header(metadata, tensors);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (NamedTensor tensor in tensors)
        {
            stream.Write(tensor.Bytes.Span);
            WriteElements(stream, tensor.Elements.Span);
        }
    }

    /// <summary>Reads all tensors and the metadata.</summary>
    /// <exception cref="ModelFileException">The file is not what the format says.</exception>
    public static (IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, NamedTensor> Tensors) Read(
        string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            using JsonDocument header = ReadHeader(stream, path);
            long dataStart = stream.Position, dataLength = stream.Length - dataStart;
            List<Entry> entries = ReadEntries(header, path);
            CheckLayout(entries, dataLength, path);
            var tensors = entries.ToDictionary(
                entry => entry.Name, entry => ReadTensor(stream, dataStart, entry), StringComparer.Ordinal);
            return (ReadMetadata(header, path), tensors);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"{path}: cannot be read: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            // JSON's reader finds out about bytes that are no UTF-8, and halves of surrogate pairs,
            // when it is asked for the text.
            throw NotSafeTensors(path, "its header holds text that is no Unicode", error);
        }
    }

    private static byte[] Header(
        IReadOnlyDictionary<string, string> metadata, IReadOnlyList<NamedTensor> tensors)
    {
        using var buffer = new MemoryStream();
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            long offset = 0;
            foreach (NamedTensor tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.IsBytes ? ByteType : FloatType);
                json.WriteStartArray("shape");
                Array.ForEach(tensor.Shape, json.WriteNumberValue);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.ByteCount);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteElements(Stream stream, ReadOnlySpan<float> elements)
    {
        if (BitConverter.IsLittleEndian)
        {
            stream.Write(MemoryMarshal.AsBytes(elements));
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(float)];
        foreach (float element in elements)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, element);
            stream.Write(bytes);
        }
    }

    private static JsonDocument ReadHeader(FileStream stream, string path)
    {
        Span<byte> lengthBytes = stackalloc byte[8];
        if (stream.ReadAtLeast(lengthBytes, 8, throwOnEndOfStream: false) < 8)
        {
            throw NotSafeTensors(path, $"it has {stream.Length} bytes, and the header alone takes more than 8");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > MaxHeaderLength || length > (ulong)(stream.Length - 8))
        {
            throw NotSafeTensors(
                path, $"its first 8 bytes announce a header of {length} bytes in a file of {stream.Length}");
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
            JsonDocument document = JsonDocument.Parse(header, options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw NotSafeTensors(path, "its header is no JSON object");
        }
        catch (JsonException error)
        {
            throw NotSafeTensors(path, "its header is no valid JSON", error);
        }
    }

    private static List<Entry> ReadEntries(JsonDocument header, string path)
    {
        var entries = new List<Entry>();
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
                if (type is not (FloatType or ByteType))
                {
                    throw new ModelFileException(
                        $"{path}: tensor {property.Name} has elements of type {type}; {FloatType} was expected.");
                }

                entries.Add(offsets is [long begin, long end]
                    ? new Entry(property.Name, shape, type == FloatType ? sizeof(float) : 1, begin, end)
                    : throw new FormatException($"There are {offsets.Length} offsets instead of 2."));
            }
            catch (Exception error) when (error is InvalidOperationException or FormatException or KeyNotFoundException)
            {
                throw NotSafeTensors(
                    path, $"tensor {property.Name} is not described by dtype, shape and data_offsets", error);
            }
        }

        return entries;
    }

    /// <summary>Tensors must fill the data without gaps or overlaps, each exactly as long as its shape says.</summary>
    private static void CheckLayout(List<Entry> entries, long dataLength, string path)
    {
        long position = 0;
        foreach (Entry entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != position || entry.End < entry.Begin || entry.End > dataLength)
            {
                throw NotSafeTensors(
                    path,
                    $"tensor {entry.Name} lies at bytes {entry.Begin} to {entry.End} of {dataLength}, "
                    + $"and {position} was its place: the file is truncated or damaged");
            }

            Int128 bytes = entry.ElementBytes;
            foreach (long size in entry.Shape)
            {
                bytes = size is >= 0 and <= int.MaxValue && bytes <= dataLength ? bytes * size : -1;
            }

            if (bytes != entry.End - entry.Begin)
            {
                throw NotSafeTensors(
                    path,
                    $"tensor {entry.Name} of shape [{string.Join(", ", entry.Shape)}] takes "
                    + $"{entry.End - entry.Begin} bytes");
            }

            if (bytes > (Int128)Array.MaxLength * entry.ElementBytes)
            {
                throw NotSafeTensors(
                    path, $"tensor {entry.Name} takes {bytes} bytes, more than this program can hold in one");
            }

            position = entry.End;
        }

        if (position != dataLength)
        {
            throw NotSafeTensors(
                path, $"{dataLength} bytes of data follow the header, and its tensors take {position}");
        }
    }

    private static NamedTensor ReadTensor(FileStream stream, long dataStart, Entry entry)
    {
        stream.Position = dataStart + entry.Begin;
        if (entry.ElementBytes == 1)
        {
            var bytes = new byte[entry.End - entry.Begin];
            stream.ReadExactly(bytes);
            return new NamedTensor(entry.Name, entry.Shape, default) { Bytes = bytes };
        }

        var elements = new float[(entry.End - entry.Begin) / sizeof(float)];
        stream.ReadExactly(MemoryMarshal.AsBytes(elements.AsSpan()));
        if (!BitConverter.IsLittleEndian)
        {
            Span<int> bits = MemoryMarshal.Cast<float, int>(elements.AsSpan());
            BinaryPrimitives.ReverseEndianness(bits, bits);
        }

        return new NamedTensor(entry.Name, entry.Shape, elements);
    }

    private static Dictionary<string, string> ReadMetadata(JsonDocument header, string path)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (header.RootElement.TryGetProperty(MetadataKey, out JsonElement element))
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw NotSafeTensors(path, "its metadata are no JSON object");
            }

            foreach (JsonProperty property in element.EnumerateObject())
            {
                metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String
                    ? property.Value.GetString()!
                    : throw NotSafeTensors(path, $"its metadata \"{property.Name}\" is no string");
            }
        }

        return metadata;
    }

    private static ModelFileException NotSafeTensors(string path, string reason, Exception? inner = null) =>
        new($"{path}: is no intact safetensors file: {reason}.", inner);

    private sealed record Entry(string Name, long[] Shape, int ElementBytes, long Begin, long End);
}
