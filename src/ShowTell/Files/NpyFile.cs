using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace ShowTell.Files;

/// <summary>A <c>.npy</c> file open for reading, with what <see cref="NpyFormat"/> wrote behind the array, if it did.
/// </summary>
internal sealed partial class NpyFile : ITensorFile
{
    private const long MaxWholeBytes = 1L << 30;
    private const int MaxRestBytes = 256 << 20;

    private readonly SafeFileHandle _handle;
    private readonly TensorInfo _array;
    private readonly long _offset;
    private readonly bool _isBigEndian;
    private readonly Dictionary<string, string[]> _strings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long[] Shape, double[] Values)> _tensors = new(StringComparer.Ordinal);

    /// <exception cref="DataException">The file is missing or damaged.</exception>
    public NpyFile(string path)
    {
        Path = path;
        try
        {
            _handle = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
            (string type, long[] shape, _offset) = ReadHeader();
            _isBigEndian = type[0] == '>';
            _array = new TensorInfo("features", shape, ElementTypeOf(type[1..]));
            long length = RandomAccess.GetLength(_handle);
            long bytes = (long)System.Numerics.BigInteger.Min(
                _array.ElementCount * ElementConversion.SizeOf(_array.ElementType), long.MaxValue / 2);
            if (_offset + bytes > length)
            {
                throw new FormatException($"its array takes {bytes} bytes, but the file has {length} bytes");
            }

            _array = _array with { Name = ReadRest(_offset + bytes, length) ?? _array.Name };
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{path}: there is no such file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _handle?.Dispose();
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException)
        {
            _handle?.Dispose();
            throw new DataException($"{path}: is not an intact .npy file: {error.Message}.", error);
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors =>
    [
        .. _strings.Keys.Concat(_tensors.Keys).Append(_array.Name).Distinct()
            .Order(StringComparer.Ordinal)
            .Select(name => Find(name)!),
    ];

    /// <inheritdoc/>
    public TensorInfo? Find(string name) => name == _array.Name ? _array
        : _strings.TryGetValue(name, out string[]? strings)
            ? new TensorInfo(name, [strings.Length], TensorInfo.StringType)
        : _tensors.TryGetValue(name, out var tensor)
            ? new TensorInfo(name, tensor.Shape, Array.TrueForAll(tensor.Values, IsInt32) ? "int32" : "float32")
        : null;

    /// <inheritdoc/>
    public int[] ReadInt32(string name)
    {
        if (this.Require(name) != _array)
        {
            return [.. Values(name, IsInt32, "integers").Select(value => (int)value)];
        }

        var elements = new int[ReadArray(info => info.IsInteger, "integers", out byte[] bytes)];
        return ElementConversion.ToInt32(bytes, _array.ElementType, _isBigEndian, elements) is string problem
            ? throw new DataException($"{Path}: {_array}: {problem}, which does not fit into 32 bits.")
            : elements;
    }

    /// <inheritdoc/>
    public float[] ReadSingle(string name)
    {
        if (this.Require(name) != _array)
        {
            return [.. Values(name, _ => true, "numbers").Select(value => (float)value)];
        }

        var elements = new float[ReadArray(info => info.IsFloat, "floating-point numbers", out byte[] bytes)];
        ElementConversion.ToSingle(bytes, _array.ElementType, _isBigEndian, elements);
        return elements;
    }

    /// <inheritdoc/>
    public string[] ReadStrings(string name) => _strings.TryGetValue(name, out string[]? strings)
        ? strings
        : throw new DataException($"{Path}: {this.Require(name)}: must hold strings.");

    /// <inheritdoc/>
    public IRowReader OpenRows(string name)
    {
        if (this.Require(name) != _array || !_array.IsFloat)
        {
            throw new DataException($"{Path}: {this.Require(name)}: must hold floating-point numbers.");
        }

        TensorFiles.RequireRank(this, _array, 2, 3);
        return PlainRows.Supports(_array, _isBigEndian)
            ? new PlainRows(Path, _handle, _array, _offset)
            : new MemoryRows(_array, ReadSingle(name));
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private (string Type, long[] Shape, long Offset) ReadHeader()
    {
        var head = new byte[12];
        PlainRows.ReadBytes(Path, _handle, 0, head);
        if (!head.AsSpan().StartsWith(NpyFormat.Signature) || head[6] is not (1 or 2 or 3))
        {
            throw new FormatException("it does not begin as one");
        }

        int start = head[6] == 1 ? 10 : 12;
        int length = head[6] == 1 ? BitConverter.ToUInt16(head, 8) : BitConverter.ToInt32(head, 8);
        if (length is < 0 or > 1 << 20)
        {
            throw new FormatException($"it announces a header of {length} bytes");
        }

        var text = new byte[length];
        PlainRows.ReadBytes(Path, _handle, start, text);
        string header = Encoding.Latin1.GetString(text);
        Match type = TypePattern().Match(header), shape = ShapePattern().Match(header);
        if (!type.Success || !shape.Success || !header.Contains("'fortran_order': False", StringComparison.Ordinal))
        {
            throw new FormatException(
                $"its header is {header.Trim()}, but a plain array of numbers in C order was expected");
        }

        long[] sizes =
        [
            .. shape.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(size => long.Parse(size, NumberStyles.None, CultureInfo.InvariantCulture)),
        ];
        return (type.Groups[1].Value, sizes, start + length);
    }

    private static bool IsInt32(double value) => value == (int)value;

    /// <summary>Reads what stands behind the array.</summary>
    /// <returns>The array's name; null if nothing is there.</returns>
    private string? ReadRest(long offset, long length)
    {
        if (length - offset is 0 or > MaxRestBytes)
        {
            return null;
        }

        var text = new byte[length - offset];
        PlainRows.ReadBytes(Path, _handle, offset, text);
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
                    : throw new FormatException($"{property.Name} does not have as many values as its shape says");
            }
        }

        return json.RootElement.TryGetProperty(NpyFormat.ArrayKey, out JsonElement name) ? name.GetString() : null;
    }

    private static JsonElement.ArrayEnumerator Numbers(JsonElement tensor, string key) =>
        tensor.TryGetProperty(key, out JsonElement numbers)
            ? numbers.EnumerateArray()
            : throw new FormatException($"a tensor behind its array has no {key}");

    private int ReadArray(Func<TensorInfo, bool> isWanted, string wanted, out byte[] bytes)
    {
        System.Numerics.BigInteger length = _array.ElementCount * ElementConversion.SizeOf(_array.ElementType);
        if (!isWanted(_array) || length > MaxWholeBytes)
        {
            throw new DataException(isWanted(_array)
                ? $"{Path}: {_array}: is too large to be read whole; at most {MaxWholeBytes} bytes are."
                : $"{Path}: {_array}: must hold {wanted}.");
        }

        bytes = new byte[(int)length];
        PlainRows.ReadBytes(Path, _handle, _offset, bytes);
        return (int)_array.ElementCount;
    }

    private double[] Values(string name, Predicate<double> isWanted, string wanted) =>
        _tensors.TryGetValue(name, out var tensor) && Array.TrueForAll(tensor.Values, isWanted)
            ? tensor.Values
            : throw new DataException($"{Path}: {this.Require(name)}: must hold {wanted}.");

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
