using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// An HDF5 file, open for reading. Another process reads its structure, and copies what does not lie in it in one piece
/// (<see cref="Hdf5Worker"/>); contiguous numbers are read here, at their offset. So nothing in a file can harm this
/// process, and links and elements that lead into other files are never followed.
/// </summary>
public sealed class Hdf5File : ITensorFile
{
    private const long MaxWholeBytes = 1L << 30;
    private const int MaxKept = 64;

    // What was found out about files, so that opening one again, which loading a dataset does, costs nothing.
    private static readonly ConcurrentDictionary<string, Content> s_kept = new();

    private readonly SafeFileHandle _handle;
    private readonly Content _content;
    private readonly Dictionary<string, SafeTensorsFile> _copies = [];

    private Hdf5File(string path, SafeFileHandle handle, Content content)
    {
        (Path, _handle, _content) = (path, handle, content);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors =>
        [.. _content.Tensors.Values.Select(tensor => tensor.Info).OrderBy(info => info.Name, StringComparer.Ordinal)];

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataException">The file is missing, truncated, damaged, or not an HDF5 file, or links lead from
    /// it into other files.</exception>
    public static Hdf5File Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle handle = OpenHandle(path);
        try
        {
            Superblock.Read(path, handle);
            string key = System.IO.Path.GetFullPath(path);
            DateTime time = File.GetLastWriteTimeUtc(handle);
            long length = RandomAccess.GetLength(handle);
            if (!s_kept.TryGetValue(key, out Content? content) || (content.Length, content.Time) != (length, time))
            {
                content = new Content(length, time, Copy(path));
                if (s_kept.Count >= MaxKept)
                {
                    s_kept.Clear();
                }

                s_kept[key] = content;
            }

            return new Hdf5File(path, handle, content);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public TensorInfo? Find(string name) =>
        _content.Tensors.TryGetValue(name.TrimStart('/'), out Tensor? tensor) ? tensor.Info : null;

    /// <inheritdoc/>
    public int[] ReadInt32(string name)
    {
        Tensor tensor = Require(name, info => info.IsInteger, "integers");
        if (tensor.Offset < 0)
        {
            return CopyOf(tensor).ReadInt32(tensor.Info.Name);
        }

        var elements = new int[(int)tensor.Info.ElementCount];
        string? problem = ElementConversion.ToInt32(
            ReadBytes(tensor), tensor.Info.ElementType, tensor.IsBigEndian, elements);
        return problem is null ? elements
            : throw new DataException($"{Path}: {tensor.Info}: {problem}, which does not fit into 32 bits.");
    }

    /// <inheritdoc/>
    public float[] ReadSingle(string name)
    {
        Tensor tensor = Require(name, info => info.IsFloat, "floating-point numbers");
        if (tensor.Offset < 0)
        {
            return CopyOf(tensor).ReadSingle(tensor.Info.Name);
        }

        var elements = new float[(int)tensor.Info.ElementCount];
        ElementConversion.ToSingle(ReadBytes(tensor), tensor.Info.ElementType, tensor.IsBigEndian, elements);
        return elements;
    }

    /// <inheritdoc/>
    public string[] ReadStrings(string name)
    {
        Tensor tensor = Require(name, info => info.IsString, "strings");
        TensorFiles.RequireRank(this, tensor.Info, 0, 1);
        return CopyOf(tensor).ReadStrings(tensor.Info.Name);
    }

    /// <inheritdoc/>
    public IRowReader OpenRows(string name)
    {
        Tensor tensor = Require(name, info => info.IsFloat, "floating-point numbers");
        TensorFiles.RequireRank(this, tensor.Info, 2, 3);
        return tensor.Offset < 0 ? CopyOf(tensor).OpenRows(tensor.Info.Name)
            : PlainRows.Supports(tensor.Info, tensor.IsBigEndian)
                ? new PlainRows(Path, _handle, tensor.Info, tensor.Offset)
            : new MemoryRows(tensor.Info, ReadSingle(tensor.Info.Name));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle.Dispose();
        foreach (SafeTensorsFile copy in _copies.Values)
        {
            copy.Dispose();
        }
    }

    private static SafeFileHandle OpenHandle(string path)
    {
        try
        {
            // Opening a pipe would wait for a writer; pipes and devices have no length.
            return Directory.Exists(path) ? throw new IOException("it is a folder.")
                : new FileInfo(path).Length > 0 ? File.OpenHandle(
                    path,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete,
                    FileOptions.RandomAccess)
                : throw new DataException($"{path}: is not an HDF5 file: its 0 bytes lack the signature of one.");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{path}: there is no such file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be opened: {error.Message}", error);
        }
    }

    /// <summary>Has tensors copied to a file that is gone once it is closed.</summary>
    private static SafeTensorsFile Copy(string path, params string[] names)
    {
        using var copy = new TemporaryFile(_ => { });
        Hdf5Process.Run(path, copy.Path, names);
        return new SafeTensorsFile(copy.Path, path);
    }

    private SafeTensorsFile CopyOf(Tensor tensor)
    {
        string name = tensor.Info.Name;
        if (_content.Copies.Find(name) is not null)
        {
            return _content.Copies;
        }

        if (!_copies.TryGetValue(name, out SafeTensorsFile? copy))
        {
            _copies[name] = copy = Copy(Path, name);
        }

        return copy.Find(name) is not null ? copy : throw new DataException(
            $"{Path}: {tensor.Info}: {new Content(0, default, copy).Tensors[name].Problem ?? "cannot be read"}.");
    }

    private Tensor Require(string name, Func<TensorInfo, bool> isWanted, string wanted)
    {
        TensorInfo info = this.Require(name);
        Tensor tensor = _content.Tensors[info.Name];
        return !isWanted(info) ? throw new DataException($"{Path}: {info}: must hold {wanted}.")
            : tensor.Problem is null ? tensor
            : throw new DataException($"{Path}: {info}: {tensor.Problem}.");
    }

    private byte[] ReadBytes(Tensor tensor)
    {
        System.Numerics.BigInteger bytes = tensor.Info.ElementCount * ElementConversion.SizeOf(tensor.Info.ElementType);
        if (bytes > MaxWholeBytes)
        {
            throw new DataException(
                $"{Path}: {tensor.Info}: is too large to be read whole; at most {MaxWholeBytes} bytes are.");
        }

        var elements = new byte[(int)bytes];
        PlainRows.ReadBytes(Path, _handle, tensor.Offset, elements);
        return elements;
    }

    private sealed record Tensor(TensorInfo Info, bool IsBigEndian, long Offset, string? Problem);

    /// <summary>What the other process found out about a file.</summary>
    private sealed record Content(long Length, DateTime Time, SafeTensorsFile Copies)
    {
        public Dictionary<string, Tensor> Tensors { get; } = Parse(Copies.Metadata[Hdf5Worker.DescriptionKey]);

        private static Dictionary<string, Tensor> Parse(string text)
        {
            using JsonDocument json = JsonDocument.Parse(text);
            return json.RootElement.EnumerateArray()
                .Select(tensor => new Tensor(
                    new TensorInfo(
                        tensor.GetProperty("name").GetString()!,
                        [.. tensor.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())],
                        tensor.GetProperty("type").GetString()!),
                    tensor.GetProperty("bigEndian").GetBoolean(),
                    tensor.GetProperty("offset").GetInt64(),
                    tensor.GetProperty("problem").GetString()))
                .ToDictionary(tensor => tensor.Info.Name, StringComparer.Ordinal);
        }
    }
}
