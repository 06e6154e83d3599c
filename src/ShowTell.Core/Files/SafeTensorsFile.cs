using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ShowTell.Files;

/// <summary>A safetensors file open for reading. Elements with a checksum are verified as they are read.</summary>
internal sealed class SafeTensorsFile : ITensorFile
{
    private readonly SafeFileHandle _handle;
    private readonly SafeTensorsHeader _header;

    /// <summary>Opens a file; messages use <paramref name="name"/>, by default the path.</summary>
    /// <exception cref="DataException">The file is missing or damaged.</exception>
    public SafeTensorsFile(string path, string? name = null)
    {
        Path = name ?? path;
        (_handle, _header) = TensorFiles.Open(path, "is not an intact safetensors file", _ =>
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return SafeTensorsHeader.Read(stream, SafeTensorsLimits.Data);
        });
        if (ChecksumsNamed(SafeTensorsFormat.HeaderChecksum, 1) is [uint checksum] && checksum != _header.Checksum)
        {
            _handle.Dispose();
            throw new DataException(
                $"{Path}: its header is damaged: its checksum is {checksum:x8}, but its bytes give "
                + $"{_header.Checksum:x8}. Create the file again.");
        }
    }

    public string Path { get; }

    /// <summary>The raw metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    public IReadOnlyList<TensorInfo> Tensors =>
    [
        .. _header.Entries.Select(entry => entry.Info)
            .Where(info => !info.Name.EndsWith(SafeTensorsFormat.ChecksumSuffix, StringComparison.Ordinal))
            .Concat(_header.Metadata.Keys.Select(StringsInfo))
            .OrderBy(info => info.Name, StringComparer.Ordinal),
    ];

    public TensorInfo? Find(string name) =>
        EntryOf(name)?.Info ?? (_header.Metadata.ContainsKey(name) ? StringsInfo(name) : null);

    public int[] ReadInt32(string name) => Require(name).ReadInt32();

    public float[] ReadSingle(string name) => Require(name).ReadSingle();

    public IRowReader OpenRows(string name) => Require(name).OpenRows();

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
            throw new DataException($"{Path}: its metadata \"{name}\" is not a JSON array of strings.", error);
        }
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>The rows of a tensor that do not match their checksums; of one dimension, its elements are one row.
    /// </summary>
    /// <param name="name">The tensor.</param>
    /// <param name="advance">Receives the number of bytes read since the last call.</param>
    /// <returns>The rows, as they are found; null if the tensor has no checksums.</returns>
    internal IEnumerable<long>? FindDamage(string name, Action<long>? advance)
    {
        SafeTensorsEntry entry = EntryOf(name) ?? throw TensorFiles.Missing(this, name);
        return ChecksumsOf(entry) is uint[] checksums ? Damaged(entry, checksums, advance) : null;
    }

    private IEnumerable<long> Damaged(SafeTensorsEntry entry, uint[] checksums, Action<long>? advance)
    {
        const int piece = 1 << 20;
        var buffer = new byte[(int)Math.Min(piece, entry.Length)];
        long rowBytes = entry.Length / Math.Max(1, checksums.Length), position = _header.DataStart + entry.Begin;
        for (int row = 0; row < checksums.Length; row++)
        {
            uint checksum = ~0u;
            for (long left = rowBytes; left > 0; left -= piece)
            {
                Memory<byte> bytes = buffer.AsMemory(0, (int)Math.Min(piece, left));
                TensorFiles.ReadBytes(Path, _handle, position, bytes.Span);
                checksum = Crc32C.Continue(checksum, bytes.Span);
                position += bytes.Length;
                advance?.Invoke(bytes.Length);
            }

            if (~checksum != checksums[row])
            {
                yield return row;
            }
        }
    }

    private static TensorInfo StringsInfo(string name) => new(name, [], TensorInfo.StringType);

    private SafeTensorsEntry? EntryOf(string name) => _header.Entries.FirstOrDefault(entry => entry.Name == name);

    private PlainTensor Require(string name)
    {
        SafeTensorsEntry entry = EntryOf(name) ?? throw TensorFiles.Missing(this, name);
        return new PlainTensor(
            this, _handle, entry.Info, _header.DataStart + entry.Begin, Checksums: ChecksumsOf(entry));
    }

    private uint[]? ChecksumsOf(SafeTensorsEntry entry) => ChecksumsNamed(
        entry.Name + SafeTensorsFormat.ChecksumSuffix, entry.Shape.Length == 1 ? 1 : entry.Shape.FirstOrDefault(-1));

    private uint[]? ChecksumsNamed(string name, long count)
    {
        if (EntryOf(name) is not { Type: "I32", Shape: [long found] } entry || found != count)
        {
            return null;
        }

        var checksums = new uint[count];
        TensorFiles.ReadBytes(
            Path, _handle, _header.DataStart + entry.Begin, MemoryMarshal.AsBytes(checksums.AsSpan()));
        return checksums;
    }
}
