using System.Text.Encodings.Web;

namespace ShowTell.Files;

/// <summary>
/// NumPy's format for one array (NEP 1, version 1.0). The first tensor of two or more dimensions is the array. A line
/// of JSON after it, which NumPy ignores, holds the rest: the array's name, tensors as <c>{"shape": [...], "values":
/// [...]}</c>, and lists of strings.
/// </summary>
internal sealed class NpyFormat : ITensorFormat
{
    /// <summary>The key of the array's name.</summary>
    public const string ArrayKey = "array";

    private const int Alignment = 64;

    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The first bytes of a file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    public string Name => "NumPy";

    public IReadOnlyList<string> Extensions { get; } = [".npy"];

    public ITensorFile Open(string path) => new NpyFile(path);

    public void Write(string path, TensorFileContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        TensorSource array = content.Tensors.FirstOrDefault(tensor => tensor.Shape.Length > 1)
            ?? throw new ArgumentException("A .npy file needs a tensor of two or more dimensions.", nameof(content));
        using Stream stream = Disk.Create(path);
        stream.Write(Header(array));
        array.ForEachPiece((_, bytes) => SafeTensors.WriteElements(stream, bytes));
        stream.WriteByte((byte)'\n');
        using (var json = new Utf8JsonWriter(stream, s_json))
        {
            WriteRest(json, array, content);
        }

        stream.WriteByte((byte)'\n');
    }

    private static byte[] Header(TensorSource array)
    {
        string type = array switch
        {
            TensorSource<float> => "<f4",
            TensorSource<Half> => "<f2",
            TensorSource<int> => "<i4",
            _ => throw NotSupported(array),
        };
        string text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({string.Join(", ", array.Shape)}), }}";
        int length = Signature.Length + 4 + text.Length + 1;
        text = text.PadRight(text.Length + ((Alignment - (length % Alignment)) % Alignment)) + "\n";
        return [.. Signature, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. Encoding.ASCII.GetBytes(text)];
    }

    private static void WriteRest(Utf8JsonWriter json, TensorSource array, TensorFileContent content)
    {
        json.WriteStartObject();
        json.WriteString(ArrayKey, array.Name);
        foreach ((string name, IReadOnlyList<string> values) in content.Strings)
        {
            json.WriteStartArray(name);
            foreach (string value in values)
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }

        foreach (TensorSource tensor in content.Tensors.Where(tensor => tensor != array))
        {
            json.WriteStartObject(tensor.Name);
            json.WriteStartArray("shape");
            Array.ForEach(tensor.Shape, json.WriteNumberValue);
            json.WriteEndArray();
            json.WriteStartArray("values");
            switch (tensor)
            {
                case TensorSource<float> floats:
                    floats.ForEachBlock((_, block, count) => Array.ForEach(block[..count], json.WriteNumberValue));
                    break;
                case TensorSource<int> integers:
                    integers.ForEachBlock((_, block, count) => Array.ForEach(block[..count], json.WriteNumberValue));
                    break;
                default:
                    throw NotSupported(tensor);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static NotSupportedException NotSupported(TensorSource tensor) =>
        new($"Cannot write {tensor} to a .npy file.");
}
