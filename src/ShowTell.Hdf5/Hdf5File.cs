using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using PureHDF;
using PureHDF.VOL.Native;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// An HDF5 file, open for reading. Datasets are contiguous, compact or chunked, their elements of any byte order; links
/// and elements that lead into other files are not followed.
/// </summary>
public sealed class Hdf5File : ITensorFile
{
    private const long MaxWholeBytes = 1L << 30;

    // What people keep features in is far below.
    private const int MaxDepth = 16;
    private const int MaxTensors = 10_000;

    private readonly Hdf5Guard _guard;
    private readonly NativeFile _root;
    private readonly Dictionary<string, Hdf5Dataset> _found = new(StringComparer.Ordinal);
    private TensorInfo[]? _tensors;

    private Hdf5File(Hdf5Guard guard)
    {
        _guard = guard;
        _root = guard.Run(guard.Path, () => H5File.Open(guard.Stream, leaveOpen: true));
    }

    /// <inheritdoc/>
    public string Path => _guard.Path;

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors
    {
        get
        {
            if (_tensors is null)
            {
                var tensors = new List<TensorInfo>();
                List(_root, "", [], tensors);
                _tensors = [.. tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
            }

            return _tensors;
        }
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataException">The file is missing, truncated, damaged, or not an HDF5 file.</exception>
    /// <remarks>Reading is tried out in another process first, which takes a moment.</remarks>
    public static Hdf5File Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Hdf5Check.Require(path);
        return OpenUnchecked(path);
    }

    /// <summary>Opens a file without trying it out in another process first.</summary>
    /// <inheritdoc cref="Open"/>
    internal static Hdf5File OpenUnchecked(string path)
    {
        Hdf5Filters.Register();
        SafeFileHandle handle = OpenHandle(path);
        try
        {
            var stream = new GuardedStream(path, handle, Superblock.Read(path, handle));
            return new Hdf5File(new Hdf5Guard(path, handle, stream));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public TensorInfo? Find(string name) => FindDataset(name)?.Info;

    /// <inheritdoc/>
    public int[] ReadInt32(string name)
    {
        Hdf5Dataset dataset = Require(name, info => info.IsInteger, "integers");
        byte[] bytes = new byte[WholeBytes(dataset)];
        dataset.ReadAll(bytes);
        var elements = new int[(int)dataset.Info.ElementCount];
        string? problem = ElementConversion.ToInt32(
            bytes, dataset.Info.ElementType, dataset.Type.IsBigEndian, elements);
        return problem is null
            ? elements
            : throw new DataException($"{dataset.Subject}: {problem}, which does not fit into 32 bits.");
    }

    /// <inheritdoc/>
    public float[] ReadSingle(string name)
    {
        Hdf5Dataset dataset = Require(name, info => info.IsFloat, "floating-point numbers");
        int length = WholeBytes(dataset);
        var elements = new float[(int)dataset.Info.ElementCount];
        Span<byte> bytes = MemoryMarshal.AsBytes(elements.AsSpan());
        bytes = bytes.Length == length ? bytes : new byte[length];
        dataset.ReadAll(bytes);
        ElementConversion.ToSingle(bytes, dataset.Info.ElementType, dataset.Type.IsBigEndian, elements);
        return elements;
    }

    /// <inheritdoc/>
    public string[] ReadStrings(string name)
    {
        Hdf5Dataset dataset = Require(name, info => info.IsString, "strings");
        TensorFiles.RequireRank(this, dataset.Info, 0, 1);
        return Hdf5Strings.Read(dataset);
    }

    /// <inheritdoc/>
    public IRowReader OpenRows(string name)
    {
        Hdf5Dataset dataset = Require(name, info => info.IsFloat, "floating-point numbers");
        TensorFiles.RequireRank(this, dataset.Info, 2, 3);
        return dataset.OpenRows();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _root.Dispose();
        _guard.Handle.Dispose();
    }

    private static SafeFileHandle OpenHandle(string path)
    {
        try
        {
            // Opening a pipe would wait for a writer; pipes and devices have no length.
            if (Directory.Exists(path))
            {
                throw new IOException("it is a folder.");
            }

            const FileShare share = FileShare.ReadWrite | FileShare.Delete;
            return new FileInfo(path).Length > 0
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, share, FileOptions.RandomAccess)
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

    private static int WholeBytes(Hdf5Dataset dataset)
    {
        BigInteger bytes = dataset.Info.ElementCount * Math.Max(sizeof(float), dataset.Type.Bytes);
        if (bytes > MaxWholeBytes)
        {
            throw new DataException(
                $"{dataset.Subject}: is too large to be read whole; {MaxWholeBytes} bytes are the limit.");
        }

        dataset.Locate();
        return (int)dataset.Info.ElementCount * dataset.Type.Bytes;
    }

    private Hdf5Dataset Require(string name, Func<TensorInfo, bool> isWanted, string wanted)
    {
        Hdf5Dataset dataset = FindDataset(name) ?? throw TensorFiles.Missing(this, name);
        return isWanted(dataset.Info) ? dataset : throw new DataException($"{dataset.Subject}: must hold {wanted}.");
    }

    /// <summary>Finds a dataset; null if there is none.</summary>
    internal Hdf5Dataset? FindDataset(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _found.TryGetValue(name, out Hdf5Dataset? dataset) ? dataset
            : FindObject(name) is NativeDataset found ? Keep(name, found)
            : null;
    }

    private Hdf5Dataset Keep(string name, NativeDataset found) =>
        _found[name] = Hdf5Dataset.Open(_guard, found, name);

    private IH5Object? FindObject(string name) => _guard.Run(Path, () =>
    {
        IH5Object? found = _root;
        foreach (string segment in name.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            found = found is NativeGroup group && group.LinkExists(segment) ? group.Get(segment) : null;
        }

        return found;
    });

    /// <summary>Lists the datasets of a group and of its groups, each group once: links may lead in circles.</summary>
    private void List(NativeGroup group, string prefix, HashSet<ulong> groups, List<TensorInfo> tensors)
    {
        if (!groups.Add(_guard.Run(Path, () => StoredType.AddressOf(group))))
        {
            return;
        }

        using IEnumerator<IH5Object> members = group.Children().GetEnumerator();
        while (tensors.Count + groups.Count < MaxTensors && _guard.Run(Path, members.MoveNext))
        {
            string name = prefix + members.Current.Name;
            if (members.Current.Name.Length == 0)
            {
                throw new DataException($"{Path}: holds something without a name: the file is damaged.");
            }

            if (members.Current is NativeDataset dataset)
            {
                tensors.Add(Keep(name, dataset).Info);
            }
            else if (members.Current is NativeGroup inner && name.Count(letter => letter == '/') < MaxDepth)
            {
                List(inner, name + "/", groups, tensors);
            }
        }
    }
}
