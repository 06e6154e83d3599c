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
            return SafeTensorsHeader.Read(stream);
        });
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

    private static TensorInfo StringsInfo(string name) => new(name, [], TensorInfo.StringType);

    private SafeTensorsEntry? EntryOf(string name) => _header.Entries.FirstOrDefault(entry => entry.Name == name);

    private PlainTensor Require(string name)
    {
        SafeTensorsEntry entry = EntryOf(name) ?? throw TensorFiles.Missing(this, name);
        return new PlainTensor(
            this, _handle, entry.Info, _header.DataStart + entry.Begin, Checksums: ChecksumsOf(entry));
    }

    private uint[]? ChecksumsOf(SafeTensorsEntry entry)
    {
        if (EntryOf(entry.Name + SafeTensorsFormat.ChecksumSuffix) is not { Type: "I32", Shape: [long count] } found
            || count != (entry.Shape.Length <= 1 ? 1 : entry.Shape[0]))
        {
            return null;
        }

        var checksums = new uint[count];
        TensorFiles.ReadBytes(
            Path, _handle, _header.DataStart + found.Begin, MemoryMarshal.AsBytes(checksums.AsSpan()));
        return checksums;
    }
}
