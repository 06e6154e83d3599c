using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace ShowTell.Files;

/// <summary>A <c>.npy</c> file open for reading, with the extra data of <see cref="NpyFormat"/>, if any.</summary>
internal sealed partial class NpyFile : ITensorFile
{
    private const int MaxRestBytes = 256 << 20;

    private readonly SafeFileHandle _handle;
    private readonly PlainTensor _plain;
    private readonly Dictionary<string, string[]> _strings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long[] Shape, double[] Values)> _tensors = new(StringComparer.Ordinal);

    /// <exception cref="DataException">The file is missing or damaged.</exception>
    public NpyFile(string path)
    {
        Path = path;
        (_handle, _plain) = TensorFiles.Open(path, "is not an intact .npy file", Read);
    }

    public string Path { get; }

    public IReadOnlyList<TensorInfo> Tensors =>
    [
        .. _strings.Keys.Concat(_tensors.Keys).Append(_plain.Info.Name).Distinct()
            .Order(StringComparer.Ordinal)
            .Select(name => Find(name)!),
    ];

    public TensorInfo? Find(string name) => name == _plain.Info.Name ? _plain.Info
        : _strings.TryGetValue(name, out string[]? strings)
            ? new TensorInfo(name, [strings.Length], TensorInfo.StringType)
        : _tensors.TryGetValue(name, out var tensor)
            ? new TensorInfo(name, tensor.Shape, Array.TrueForAll(tensor.Values, IsInt32) ? "int32" : "float32")
        : null;

    public int[] ReadInt32(string name) => IsArray(name)
        ? _plain.ReadInt32()
        : [.. Values(name, IsInt32, "integers").Select(value => (int)value)];

    public float[] ReadSingle(string name) => IsArray(name)
        ? _plain.ReadSingle()
        : [.. Values(name, _ => true, "numbers").Select(value => (float)value)];

    public string[] ReadStrings(string name) => _strings.TryGetValue(name, out string[]? strings)
        ? strings
        : throw new DataException($"{Path}: {this.Require(name)}: must hold strings.");

    public IRowReader OpenRows(string name)
    {
        TensorFiles.RequireType(this, this.Require(name), IsArray(name), "numbers");
        return _plain.OpenRows();
    }

    public void Dispose() => _handle.Dispose();

    private bool IsArray(string name) => this.Require(name) == _plain.Info;

    private PlainTensor Read(SafeFileHandle handle)
    {
        (string type, long[] shape, long offset) = ReadHeader(handle);
        var info = new TensorInfo("features", shape, ElementTypeOf(type[1..]));
        long length = RandomAccess.GetLength(handle);
        long bytes = (long)System.Numerics.BigInteger.Min(
            info.ElementCount * ElementConversion.SizeOf(info.ElementType), long.MaxValue / 2);
        return offset + bytes > length
            ? throw new FormatException($"its array takes {bytes} bytes, but the file has {length} bytes")
            : new PlainTensor(
                this,
                handle,
                info with { Name = ReadRest(handle, offset + bytes, length) ?? info.Name },
                offset,
                IsBigEndian: type[0] == '>');
    }

    private (string Type, long[] Shape, long Offset) ReadHeader(SafeFileHandle handle)
    {
        var head = new byte[12];
        TensorFiles.ReadBytes(Path, handle, 0, head);
        if (!head.AsSpan().StartsWith(NpyFormat.Signature) || head[6] is not (1 or 2 or 3))
        {
            throw new FormatException("its signature is missing");
        }

        int start = head[6] == 1 ? 10 : 12;
        int length = head[6] == 1 ? BitConverter.ToUInt16(head, 8) : BitConverter.ToInt32(head, 8);
        if (length is < 0 or > 1 << 20)
        {
            throw new FormatException($"its header length is {length} bytes");
        }

        var text = new byte[length];
        TensorFiles.ReadBytes(Path, handle, start, text);
        string header = Encoding.Latin1.GetString(text);
        Match type = TypePattern().Match(header), shape = ShapePattern().Match(header);
        if (!type.Success || !shape.Success || !header.Contains("'fortran_order': False", StringComparison.Ordinal))
        {
            throw new FormatException($"its header is {header.Trim()}; expected a plain array of numbers in C order");
        }

        long[] sizes =
        [
            .. shape.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(size => long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long length)
                    ? length
                    : throw new FormatException($"its shape has the size {size}")),
        ];
        return (type.Groups[1].Value, sizes, start + length);
    }

    private static bool IsInt32(double value) => value == (int)value;

    /// <summary>Reads the extra data after the array.</summary>
    /// <returns>The array's name; null without extra data.</returns>
    private string? ReadRest(SafeFileHandle handle, long offset, long length)
    {
        if (length - offset is 0 or > MaxRestBytes)
        {
            return null;
        }

        var text = new byte[length - offset];
        TensorFiles.ReadBytes(Path, handle, offset, text);
        using JsonDocument json = JsonDocument.Parse(text);
        foreach (JsonProperty property in json.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Array)
            {
                _strings[property.Name] = [.. property.Value.EnumerateArray().Select(value => value.GetString() ?? "")];
            }
            else if (property.Value.ValueKind == JsonValueKind.Object)
            {
                long[] shape = [.. Numbers(property.Value, "shape").Select(size => size.GetInt64())];
                double[] values = [.. Numbers(property.Value, "values").Select(value => value.GetDouble())];
                _tensors[property.Name] = new TensorInfo("", shape, "").ElementCount == values.Length
                    ? (shape, values)
                    : throw new FormatException($"the number of values of {property.Name} does not match its shape");
            }
        }

        return json.RootElement.TryGetProperty(NpyFormat.ArrayKey, out JsonElement name) ? name.GetString() : null;
    }

    private static JsonElement.ArrayEnumerator Numbers(JsonElement tensor, string key) =>
        tensor.TryGetProperty(key, out JsonElement numbers)
            ? numbers.EnumerateArray()
            : throw new FormatException($"a tensor after its array has no {key}");

    private double[] Values(string name, Predicate<double> isExpected, string expected) =>
        _tensors.TryGetValue(name, out var tensor) && Array.TrueForAll(tensor.Values, isExpected)
            ? tensor.Values
            : throw new DataException($"{Path}: {this.Require(name)}: must hold {expected}.");

    private static string ElementTypeOf(string type) => type[0] switch
    {
        'f' => $"float{8 * (type[1] - '0')}",
        'i' => $"int{8 * (type[1] - '0')}",
        _ => $"uint{8 * (type[1] - '0')}",
    };

    [GeneratedRegex(@"'descr': '([<>|=][fiu][1248])'")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"'shape': \(([0-9, ]*)\)")]
    private static partial Regex ShapePattern();
}
