using System.Text.Encodings.Web;
using System.Text.Json.Nodes;

namespace ShowTell.Files;

/// <summary>
/// Tensor files in the safetensors format. With each tensor NAME goes <c>NAME.crc32c</c>: the CRC-32C of each row (of
/// all elements, if it has one dimension), as int32; <see cref="HeaderChecksum"/> is that of the header. Lists of
/// strings are metadata: a single string as it is, others as a JSON array.
/// </summary>
internal sealed class SafeTensorsFormat : ITensorFormat
{
    /// <summary>The suffix of a tensor's name for its checksums.</summary>
    public const string ChecksumSuffix = ".crc32c";

    /// <summary>The name of the header's checksum: of its length, its JSON and its padding.</summary>
    public const string HeaderChecksum = SafeTensorsHeader.MetadataKey + ChecksumSuffix;

    private static readonly JsonSerializerOptions s_json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public string Name => "safetensors";

    public IReadOnlyList<string> Extensions { get; } = [".safetensors"];

    public ITensorFile Open(string path) => new SafeTensorsFile(path);

    public void Write(string path, TensorFileContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var metadata = content.Strings.ToDictionary(list => list.Key, list => Encode(list.Value));

        // Tensors of 16 bits last, to keep the others aligned to four bytes.
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

        Describe(HeaderChecksum, "I32", [1]);
        foreach ((TensorSource tensor, int[] sums) in tensors.Zip(checksums))
        {
            Describe(tensor.Name + ChecksumSuffix, "I32", [sums.Length]);
        }

        Array.ForEach(
            tensors, tensor => Describe(tensor.Name, SafeTensorsEntry.TypeOf(tensor.ElementType), tensor.Shape));
        byte[] header = SafeTensorsHeader.Encode(metadata, entries);
        if (header.Length - 8 > SafeTensorsLimits.Data.HeaderBytes)
        {
            throw new DataException(
                $"{path}: its header, which has the names of the photos, would take {header.Length - 8} bytes; the "
                + $"limit of the format is {SafeTensorsLimits.Data.HeaderBytes}. Split the dataset.");
        }

        using Stream stream = Disk.Create(path);
        stream.Write(header);
        SafeTensors.WriteElements<uint>(stream, [Crc32C.Of(header)]);
        long checksumStart = stream.Position;
        stream.Position += checksums.Sum(sums => sums.Length * (long)sizeof(int));
        foreach ((TensorSource tensor, int[] sums) in tensors.Zip(checksums))
        {
            WriteTensor(stream, tensor, sums);
        }

        stream.Position = checksumStart;
        Array.ForEach(checksums, sums => SafeTensors.WriteElements<int>(stream, sums));
    }

    private static void WriteTensor(Stream stream, TensorSource tensor, int[] checksums)
    {
        bool isOneRow = tensor.Shape.Length == 1;
        int rowBytes = (int)tensor.RowLength * ElementConversion.SizeOf(tensor.ElementType);
        uint running = ~0u;
        tensor.ForEachPiece((start, bytes) =>
        {
            SafeTensors.WriteElements(stream, bytes);
            running = isOneRow ? Crc32C.Continue(running, bytes) : running;
            for (int i = 0; !isOneRow && i < bytes.Length / rowBytes; i++)
            {
                checksums[start + i] = (int)Crc32C.Of(bytes.Slice(i * rowBytes, rowBytes));
            }
        });
        if (isOneRow)
        {
            checksums[0] = (int)~running;
        }
    }

    /// <summary>Encodes a list of strings as metadata.</summary>
    public static string Encode(IReadOnlyList<string> values)
    {
        if (values is [string single] && !single.StartsWith('['))
        {
            return single;
        }

        return new JsonArray([.. values.Select(value => JsonValue.Create(value))]).ToJsonString(s_json);
    }
}
