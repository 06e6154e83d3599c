using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace ShowTell.Files;

/// <summary>A safetensors file, open for reading. Elements that have a checksum are checked as they are read.</summary>
internal sealed class SafeTensorsFile : ITensorFile
{
    private const long MaxWholeBytes = 1L << 30;

    private readonly SafeFileHandle _handle;
    private readonly SafeTensorsHeader _header;

    /// <param name="path">The file.</param>
    /// <param name="name">What messages call it; by default, its path.</param>
    /// <exception cref="DataException">The file is missing or damaged.</exception>
    public SafeTensorsFile(string path, string? name = null)
    {
        Path = name ?? path;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            _header = SafeTensorsHeader.Read(stream);
            _handle = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{path}: there is no such file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }
        catch (FormatException error)
        {
            throw new DataException($"{path}: is no intact safetensors file: {error.Message}.", error);
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>The metadata as they are.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors =>
    [
        .. _header.Entries.Select(entry => entry.Info)
            .Where(info => !info.Name.EndsWith(SafeTensorsFormat.ChecksumSuffix, StringComparison.Ordinal))
            .Concat(_header.Metadata.Keys.Select(StringsInfo))
            .OrderBy(info => info.Name, StringComparer.Ordinal),
    ];

    /// <inheritdoc/>
    public TensorInfo? Find(string name) =>
        EntryOf(name)?.Info ?? (_header.Metadata.ContainsKey(name) ? StringsInfo(name) : null);

    /// <inheritdoc/>
    public int[] ReadInt32(string name)
    {
        SafeTensorsEntry entry = Require(name, info => info.IsInteger, "integers");
        byte[] bytes = ReadWhole(entry);
        var elements = new int[(int)entry.Info.ElementCount];
        return ElementConversion.ToInt32(bytes, entry.Info.ElementType, isBigEndian: false, elements) is string problem
            ? throw new DataException($"{Path}: {entry.Info}: {problem}, which does not fit into 32 bits.")
            : elements;
    }

    /// <inheritdoc/>
    public float[] ReadSingle(string name)
    {
        SafeTensorsEntry entry = Require(name, info => info.IsFloat, "floating-point numbers");
        byte[] bytes = ReadWhole(entry);
        var elements = new float[(int)entry.Info.ElementCount];
        ElementConversion.ToSingle(bytes, entry.Info.ElementType, isBigEndian: false, elements);
        return elements;
    }

    /// <inheritdoc/>
    public string[] ReadStrings(string name)
    {
        if (!_header.Metadata.TryGetValue(name, out string? text))
        {
            throw TensorFiles.Missing(this, name);
        }

        try
        {
            if (!text.StartsWith('['))
            {
                return [text];
            }

            using JsonDocument json = JsonDocument.Parse(text);
            return [.. json.RootElement.EnumerateArray().Select(value => value.GetString() ?? "")];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new DataException($"{Path}: its metadata \"{name}\" is no JSON array of strings.", error);
        }
    }

    /// <inheritdoc/>
    public IRowReader OpenRows(string name)
    {
        SafeTensorsEntry entry = Require(name, info => info.IsFloat, "floating-point numbers");
        TensorFiles.RequireRank(this, entry.Info, 2, 3);
        return PlainRows.Supports(entry.Info, isBigEndian: false)
            ? new PlainRows(Path, _handle, entry.Info, _header.DataStart + entry.Begin, ChecksumsOf(entry))
            : new MemoryRows(entry.Info, ReadSingle(name));
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static TensorInfo StringsInfo(string name) => new(name, [], TensorInfo.StringType);

    private SafeTensorsEntry? EntryOf(string name) => _header.Entries.FirstOrDefault(entry => entry.Name == name);

    private SafeTensorsEntry Require(string name, Func<TensorInfo, bool> isWanted, string wanted)
    {
        SafeTensorsEntry entry = EntryOf(name) ?? throw TensorFiles.Missing(this, name);
        return isWanted(entry.Info) ? entry : throw new DataException($"{Path}: {entry.Info}: must hold {wanted}.");
    }

    private byte[] ReadWhole(SafeTensorsEntry entry)
    {
        if (entry.End - entry.Begin > MaxWholeBytes)
        {
            throw new DataException(
                $"{Path}: {entry.Info}: is too large to be read whole; at most {MaxWholeBytes} bytes are.");
        }

        var bytes = new byte[entry.End - entry.Begin];
        PlainRows.ReadBytes(Path, _handle, _header.DataStart + entry.Begin, bytes);
        if (ChecksumsOf(entry) is uint[] checksums)
        {
            int length = checksums.Length == 0 ? 0 : bytes.Length / checksums.Length;
            for (int i = 0; i < checksums.Length; i++)
            {
                if (Crc32C.Of(bytes.AsSpan(i * length, length)) != checksums[i])
                {
                    throw new DataException(
                        $"{Path}: {entry.Info}: does not have its checksum: the file was damaged. Make it again.");
                }
            }
        }

        return bytes;
    }

    private uint[]? ChecksumsOf(SafeTensorsEntry entry)
    {
        if (EntryOf(entry.Name + SafeTensorsFormat.ChecksumSuffix) is not { Type: "I32", Shape: [long count] } found
            || count != (entry.Shape.Length == 1 ? 1 : entry.Shape[0]))
        {
            return null;
        }

        var checksums = new uint[count];
        PlainRows.ReadBytes(
            Path, _handle, _header.DataStart + found.Begin, MemoryMarshal.AsBytes(checksums.AsSpan()));
        return checksums;
    }
}
