using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ShowTell.Files;

/// <summary>
/// Files of tensors in the safetensors format. Beside each tensor NAME lies <c>NAME.crc32c</c>: the CRC-32C of each of
/// its rows (of all of it, if it has one dimension), as int32. Lists of strings are metadata: a single string as it is,
/// others as a JSON array.
/// </summary>
internal sealed class SafeTensorsFormat : ITensorFormat
{
    /// <summary>What is added to a tensor's name for that of its checksums.</summary>
    public const string ChecksumSuffix = ".crc32c";

    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc/>
    public string Name => "safetensors";

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".safetensors"];

    /// <inheritdoc/>
    public ITensorFile Open(string path) => new SafeTensorsFile(path);

    /// <inheritdoc/>
    public void Write(string path, TensorFileContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var metadata = content.Strings.ToDictionary(list => list.Key, list => Encode(list.Value));

        // Tensors of 16 bits last, so that all others lie at multiples of four bytes.
        TensorSource[] tensors = [.. content.Tensors.OrderBy(tensor => tensor is TensorSource<Half>)];
        var checksums = tensors.Select(tensor => new int[tensor.Shape.Length == 1 ? 1 : tensor.Shape[0]]).ToArray();
        var entries = new List<SafeTensorsEntry>();
        long position = 0;
        void Describe(string name, string type, long[] shape)
        {
            long elements = shape.Aggregate(1L, (product, size) => checked(product * size));
            long end = position + (elements * SafeTensorsEntry.SizeOf(type));
            entries.Add(new SafeTensorsEntry(name, type, shape, position, end));
            position = end;
        }

        for (int i = 0; i < tensors.Length; i++)
        {
            Describe(tensors[i].Name + ChecksumSuffix, "I32", [checksums[i].Length]);
        }

        Array.ForEach(tensors, tensor => Describe(tensor.Name, TypeOf(tensor), tensor.Shape));
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        SafeTensorsHeader.Write(stream, metadata, entries);
        long dataStart = stream.Position;
        stream.Position += checksums.Sum(sums => sums.Length * (long)sizeof(int));
        for (int i = 0; i < tensors.Length; i++)
        {
            WriteTensor(stream, tensors[i], checksums[i]);
        }

        stream.Position = dataStart;
        foreach (int[] sums in checksums)
        {
            SafeTensors.WriteElements<int>(stream, sums);
        }
    }

    private static void WriteTensor(Stream stream, TensorSource tensor, int[] checksums)
    {
        switch (tensor)
        {
            case TensorSource<float> floats:
                WriteBlocks(stream, floats, checksums);
                break;
            case TensorSource<Half> halves:
                WriteBlocks(stream, halves, checksums);
                break;
            default:
                WriteBlocks(stream, (TensorSource<int>)tensor, checksums);
                break;
        }
    }

    private static void WriteBlocks<T>(Stream stream, TensorSource<T> tensor, int[] checksums)
        where T : unmanaged
    {
        uint running = ~0u;
        tensor.ForEachBlock((start, block, count) =>
        {
            ReadOnlySpan<T> elements = block.AsSpan(0, count);
            SafeTensors.WriteElements(stream, elements);
            if (tensor.Shape.Length == 1)
            {
                running = Crc32C.Continue(running, MemoryMarshal.AsBytes(elements));
                return;
            }

            int columns = (int)tensor.RowLength;
            for (int i = 0; i * columns < count; i++)
            {
                checksums[start + i] = (int)Crc32C.Of(MemoryMarshal.AsBytes(elements.Slice(i * columns, columns)));
            }
        });
        if (tensor.Shape.Length == 1)
        {
            checksums[0] = (int)~running;
        }
    }

    private static string TypeOf(TensorSource tensor) => tensor switch
    {
        TensorSource<float> => "F32",
        TensorSource<Half> => "F16",
        TensorSource<int> => "I32",
        _ => throw new NotSupportedException($"Tensors such as {tensor} are not written to safetensors files."),
    };

    /// <summary>A list of strings as metadata.</summary>
    public static string Encode(IReadOnlyList<string> values)
    {
        if (values is [string single] && !single.StartsWith('['))
        {
            return single;
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_json))
        {
            json.WriteStartArray();
            foreach (string value in values)
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
