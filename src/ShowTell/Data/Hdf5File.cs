using System.Text;
using Microsoft.Win32.SafeHandles;
using ShowTell.Interop;

namespace ShowTell.Data;

/// <summary>
/// An HDF5 file open for reading, through libhdf5. Links into other files are not followed. Instances share the
/// library's lock, so that several threads may each have their own.
/// </summary>
public sealed class Hdf5File : IDisposable
{
    // A file may link its groups in circles; what people keep features in is far below both.
    private const int MaxDepth = 16;
    private const int MaxObjects = 10_000;

    private const int ListedInMessages = 12;

    private static readonly byte[] Signature = [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];

    private readonly Hdf5Handle _file;

    private Hdf5File(string path, SafeFileHandle raw, Hdf5Handle file)
    {
        Path = path;
        Raw = raw;
        _file = file;
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The file's bytes, for data that needs no decoding.</summary>
    internal SafeFileHandle Raw { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataException">The file is missing, truncated, damaged, or no HDF5 file.</exception>
    /// <exception cref="NativeLibraryMissingException">libhdf5 is not on this machine.</exception>
    public static Hdf5File Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle raw = OpenRaw(path);
        try
        {
            RequireSignature(path, raw);
            using var scope = Hdf5Library.Enter();
            Hdf5Handle file = Hdf5Native.H5Fopen(
                System.IO.Path.GetFullPath(path), Hdf5Native.OpenReadOnly, Hdf5Handle.Default);
            return file.IsInvalid
                ? throw Hdf5Library.Failure($"{path}: cannot be opened, it is truncated or damaged")
                : new Hdf5File(path, raw, file);
        }
        catch
        {
            raw.Dispose();
            throw;
        }
    }

    /// <summary>All datasets of the file, those of its groups included, in the order of their names.</summary>
    /// <exception cref="DataException">A group or a dataset's header is damaged.</exception>
    public IReadOnlyList<Hdf5DatasetInfo> List()
    {
        using var scope = Hdf5Library.Enter();
        using Hdf5Handle access = Hdf5Library.CreateAccessList("H5P_CLS_LINK_ACCESS_ID_g");
        var datasets = new List<Hdf5DatasetInfo>();
        int objects = 0;
        ListGroup("", 0, ref objects, datasets, access);
        return datasets;
    }

    /// <summary>Opens a dataset.</summary>
    /// <param name="name">Its name, or path through groups: <c>group/name</c>.</param>
    /// <exception cref="DataException">There is no such dataset, or it is damaged, too large, or
    /// kept in other files.</exception>
    public Hdf5Dataset OpenDataset(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        using var scope = Hdf5Library.Enter();
        return Contains(name) ? Hdf5Dataset.Open(this, _file, name) : throw Missing(name);
    }

    /// <summary>Whether there is a dataset of this name, or path through groups.</summary>
    public bool Contains(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        using var scope = Hdf5Library.Enter();
        using Hdf5Handle access = Hdf5Library.CreateAccessList("H5P_CLS_LINK_ACCESS_ID_g");
        using Hdf5Handle found = Hdf5Native.H5Oopen(_file, name, access);
        return !found.IsInvalid && Hdf5Native.H5Iget_type(found) == Hdf5Native.KindDataset;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _file.Dispose();
        Raw.Dispose();
    }

    /// <summary>Reads bytes past libhdf5; returns how many there are if the file ends before.</summary>
    /// <exception cref="DataException">The disk fails.</exception>
    internal int ReadRaw(Span<byte> destination, long offset)
    {
        try
        {
            int done = 0;
            for (int read = 1; read > 0 && done < destination.Length; done += read)
            {
                read = RandomAccess.Read(Raw, destination[done..], offset + done);
            }

            return done;
        }
        catch (IOException exception)
        {
            throw new DataException($"{Path}: cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Where the addresses inside the file count from. The caller holds the library's lock.
    /// </summary>
    /// <exception cref="DataException">Addresses or lengths have other than 8 bytes.</exception>
    internal long BaseOfAddresses()
    {
        using Hdf5Handle creation = Hdf5Native.H5Fget_create_plist(_file);
        if (Hdf5Native.H5Pget_userblock(creation, out ulong userBlock) < 0
            || Hdf5Native.H5Pget_sizes(creation, out nuint address, out nuint length) < 0)
        {
            throw Hdf5Library.Failure($"{Path}: its superblock cannot be read");
        }

        return (address, length) == (sizeof(ulong), sizeof(ulong))
            ? (long)userBlock
            : throw new DataException(
                $"{Path}: has addresses of {address} and lengths of {length} bytes; "
                + "strings are read where both have 8. Copy it with h5repack.");
    }

    private static SafeFileHandle OpenRaw(string path)
    {
        try
        {
            return File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{path}: there is no such file.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be opened: {exception.Message}", exception);
        }
    }

    // The signature stands at the start or behind a user block of 512, 1024, 2048 ... bytes.
    private static void RequireSignature(string path, SafeFileHandle raw)
    {
        long length = RandomAccess.GetLength(raw);
        Span<byte> found = stackalloc byte[Signature.Length];
        for (long offset = 0; offset < length; offset = Math.Max(512, offset * 2))
        {
            if (RandomAccess.Read(raw, found, offset) == found.Length && found.SequenceEqual(Signature))
            {
                return;
            }
        }

        throw new DataException($"{path}: is not an HDF5 file: its {length} bytes lack the signature of one.");
    }

    private void ListGroup(string path, int depth, ref int objects, List<Hdf5DatasetInfo> datasets, Hdf5Handle access)
    {
        using Hdf5Handle group = Hdf5Native.H5Oopen(_file, "/" + path, access);
        if (group.IsInvalid || Hdf5Native.H5Gget_info(group, out Hdf5GroupInfo info) < 0)
        {
            throw Hdf5Library.Failure($"{Path}: the group \"/{path}\" cannot be read");
        }

        for (ulong i = 0; i < info.LinkCount && objects < MaxObjects; i++, objects++)
        {
            string name = path.Length > 0 ? $"{path}/{LinkName(group, path, i)}" : LinkName(group, path, i);
            using Hdf5Handle member = Hdf5Native.H5Oopen(_file, name, access);

            // A link that leads nowhere, or out of the file, is no dataset of this file.
            int kind = member.IsInvalid ? 0 : Hdf5Native.H5Iget_type(member);
            if (kind == Hdf5Native.KindDataset)
            {
                datasets.Add(Hdf5DatasetInfo.Of(member, name, Path));
            }
            else if (kind == Hdf5Native.KindGroup && depth < MaxDepth)
            {
                ListGroup(name, depth + 1, ref objects, datasets, access);
            }
        }
    }

    private unsafe string LinkName(Hdf5Handle group, string path, ulong index)
    {
        const int maxLength = 1024;
        byte* name = stackalloc byte[maxLength];
        nint length = Hdf5Native.H5Lget_name_by_idx(group, ".", 0, 0, index, name, maxLength, Hdf5Handle.Default);
        return length is > 0 and < maxLength
            ? Encoding.UTF8.GetString(name, (int)length)
            : throw Hdf5Library.Failure($"{Path}: the name of member {index} of group \"/{path}\" cannot be read");
    }

    private DataException Missing(string name)
    {
        IReadOnlyList<Hdf5DatasetInfo> datasets = List();
        string listed = string.Join(", ", datasets.Take(ListedInMessages));
        string more = datasets.Count > ListedInMessages ? $" and {datasets.Count - ListedInMessages} more" : "";
        return new DataException(
            $"{Path}: has no dataset \"{name}\"; it holds "
            + $"{(datasets.Count > 0 ? listed + more : "no datasets at all")}.");
    }
}
