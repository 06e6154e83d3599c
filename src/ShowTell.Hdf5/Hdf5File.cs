using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// An HDF5 file, open for reading. A worker process parses it and copies everything but contiguous numbers
/// (<see cref="Hdf5Worker"/>), which are read here at their offset. So malicious files cannot harm this process, and
/// links and elements in other files are never followed.
/// </summary>
public sealed class Hdf5File : ITensorFile
{
    private const int MaxCached = 64;

    // Parsed files: loading a dataset opens files repeatedly.
    private static readonly ConcurrentDictionary<string, Content> s_cache = new();

    private readonly SafeFileHandle _handle;
    private readonly Content _content;
    private readonly Dictionary<string, SafeTensorsFile> _copies = [];

    private Hdf5File(string path, SafeFileHandle handle, Content content) =>
        (Path, _handle, _content) = (path, handle, content);

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors =>
        [.. _content.Tensors.Values.Select(tensor => tensor.Info).OrderBy(info => info.Name, StringComparer.Ordinal)];

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataException">The file is missing, truncated, damaged, not an HDF5 file, or links to other
    /// files. </exception>
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
            if (!s_cache.TryGetValue(key, out Content? content) || (content.Length, content.Time) != (length, time))
            {
                content = new Content(length, time, Copy(path));
                if (s_cache.Count >= MaxCached)
                {
                    s_cache.Clear();
                }

                s_cache[key] = content;
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
        _content.Tensors.TryGetValue(name.TrimStart('/'), out Hdf5Description? tensor) ? tensor.Info : null;

    /// <inheritdoc/>
    public int[] ReadInt32(string name)
    {
        Hdf5Description tensor = Require(name, TensorFiles.RequireNumbers);
        return tensor.Offset < 0 ? CopyOf(tensor).ReadInt32(tensor.Name) : Plain(tensor).ReadInt32();
    }

    /// <inheritdoc/>
    public float[] ReadSingle(string name)
    {
        Hdf5Description tensor = Require(name, TensorFiles.RequireNumbers);
        return tensor.Offset < 0 ? CopyOf(tensor).ReadSingle(tensor.Name) : Plain(tensor).ReadSingle();
    }

    /// <inheritdoc/>
    public string[] ReadStrings(string name)
    {
        Hdf5Description tensor = Require(
            name, (file, info) => TensorFiles.RequireType(file, info, info.IsString, "strings"));
        TensorFiles.RequireRank(this, tensor.Info, 0, 1);
        return CopyOf(tensor).ReadStrings(tensor.Name);
    }

    /// <inheritdoc/>
    public IRowReader OpenRows(string name)
    {
        Hdf5Description tensor = Require(name, TensorFiles.RequireNumbers);
        TensorFiles.RequireRank(this, tensor.Info, 2, 3);
        return tensor.Offset < 0 ? CopyOf(tensor).OpenRows(tensor.Name) : Plain(tensor).OpenRows();
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
            // Not pipes and devices, which have no length: opening a pipe would block.
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

    /// <summary>Copies tensors to a file that is deleted once it is closed.</summary>
    private static SafeTensorsFile Copy(string path, params string[] names)
    {
        using var copy = new TemporaryFile(_ => { });
        Hdf5Process.Run(path, copy.Path, names);
        return new SafeTensorsFile(copy.Path, path);
    }

    private SafeTensorsFile CopyOf(Hdf5Description tensor)
    {
        if (_content.Copies.Find(tensor.Name) is not null)
        {
            return _content.Copies;
        }

        if (!_copies.TryGetValue(tensor.Name, out SafeTensorsFile? copy))
        {
            _copies[tensor.Name] = copy = Copy(Path, tensor.Name);
        }

        string? problem = new Content(0, default, copy).Tensors[tensor.Name].Problem;
        return problem is null ? copy : throw new DataException($"{Path}: {tensor.Info}: {problem}.");
    }

    private PlainTensor Plain(Hdf5Description tensor) =>
        new(this, _handle, tensor.Info, tensor.Offset, tensor.BigEndian);

    private Hdf5Description Require(string name, Action<ITensorFile, TensorInfo> check)
    {
        TensorInfo info = this.Require(name);
        check(this, info);
        Hdf5Description tensor = _content.Tensors[info.Name];
        return tensor.Problem is null ? tensor : throw new DataException($"{Path}: {info}: {tensor.Problem}.");
    }

    /// <summary>The worker's result for a file.</summary>
    private sealed record Content(long Length, DateTime Time, SafeTensorsFile Copies)
    {
        public Dictionary<string, Hdf5Description> Tensors { get; } =
            Hdf5Description.Parse(Copies.Metadata[Hdf5Worker.DescriptionKey]).ToDictionary(tensor => tensor.Name);
    }
}
