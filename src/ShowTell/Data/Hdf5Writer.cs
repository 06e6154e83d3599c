using ShowTell.Files;
using ShowTell.Interop;

namespace ShowTell.Data;

/// <summary>
/// Writes an HDF5 file of numbers, by blocks of rows, so that a file may be larger than memory, and of strings. The
/// same input gives the same bytes.
/// </summary>
public sealed unsafe class Hdf5Writer
{
    // Large enough to deflate well, small enough that reading scattered rows wastes little.
    private const long ChunkBytes = 64 << 10;

    private const int MaxRank = 3;

    private readonly string _path;
    private readonly Hdf5Handle _file;

    private Hdf5Writer(string path, Hdf5Handle file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>
    /// Fills one block of a dataset's elements; its length is that of the block, its first element belongs to row
    /// <paramref name="startRow"/>.
    /// </summary>
    public delegate void BlockFiller<T>(long startRow, Span<T> block);

    /// <summary>Writes a file: whole, or not at all if <paramref name="write"/> or the disk fails.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    /// <exception cref="NativeLibraryMissingException">libhdf5 is not on this machine.</exception>
    public static void Write(string path, Action<Hdf5Writer> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        AtomicFile.WriteBeside(path, partial =>
        {
            using Hdf5Handle file = CreateFile(path, partial);
            write(new Hdf5Writer(path, file));
            using var scope = Hdf5Library.Enter();
            if (Hdf5Native.H5Fflush(file, Hdf5Native.GlobalScope) < 0)
            {
                throw Hdf5Library.Failure($"{path}: cannot be written");
            }
        });
    }

    /// <summary>Adds a dataset that is at hand whole.</summary>
    /// <typeparam name="T"><see cref="int"/>, <see cref="float"/> or <see cref="Half"/>; stored
    /// little-endian.</typeparam>
    /// <param name="name">The dataset's name.</param>
    /// <param name="shape">Its dimensions, one to three.</param>
    /// <param name="elements">All elements, row after row.</param>
    /// <param name="deflateLevel">0 for contiguous elements; 1 to 9 for chunks of rows, shuffled and deflated.</param>
    public void Add<T>(string name, ReadOnlySpan<long> shape, ReadOnlySpan<T> elements, int deflateLevel = 0)
        where T : unmanaged
    {
        using Hdf5Handle dataset = Create<T>(name, shape, deflateLevel);
        long count = shape[0] * RowLength(shape);
        if (elements.Length != count)
        {
            throw new ArgumentException(
                $"{elements.Length} elements do not fill a dataset of {count}.", nameof(elements));
        }

        WriteRows(dataset, name, 0, shape, shape[0], elements);
    }

    /// <summary>Adds a dataset that is made block by block.</summary>
    /// <typeparam name="T"><see cref="int"/>, <see cref="float"/> or <see cref="Half"/>; stored
    /// little-endian.</typeparam>
    /// <param name="name">The dataset's name.</param>
    /// <param name="shape">Its dimensions, one to three; the first is its rows.</param>
    /// <param name="blockRows">Rows of a block; the last may have fewer.</param>
    /// <param name="fill">Called for each block in order.</param>
    /// <param name="deflateLevel">0 for contiguous elements; 1 to 9 for chunks of rows, shuffled and deflated.</param>
    public void AddByBlocks<T>(
        string name, ReadOnlySpan<long> shape, int blockRows, BlockFiller<T> fill, int deflateLevel = 0)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(fill);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockRows);
        using Hdf5Handle dataset = Create<T>(name, shape, deflateLevel);
        long rows = shape[0], columns = RowLength(shape);
        var block = new T[checked((int)(Math.Min(rows, blockRows) * columns))];
        for (long row = 0; row < rows; row += blockRows)
        {
            long count = Math.Min(blockRows, rows - row);
            Span<T> part = block.AsSpan(0, (int)(count * columns));
            fill(row, part);
            WriteRows<T>(dataset, name, row, shape, count, part);
        }
    }

    /// <summary>Adds a list of strings of variable length, in UTF-8, as h5py's <c>string_dtype()</c> has it.</summary>
    /// <param name="name">The dataset's name.</param>
    /// <param name="values">The strings, none of them with a null character.</param>
    /// <exception cref="ArgumentException">A string is null, has a null character, or cannot be written as UTF-8.
    /// </exception>
    public void AddStrings(string name, IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        byte[] text = NullTerminated(values, out int[] starts);
        fixed (byte* first = text)
        {
            var pointers = new TextPointer[starts.Length];
            for (int i = 0; i < pointers.Length; i++)
            {
                pointers[i] = new TextPointer((nint)(first + starts[i]));
            }

            Add<TextPointer>(name, [pointers.Length], pointers);
        }
    }

    private static byte[] NullTerminated(IReadOnlyList<string> values, out int[] starts)
    {
        using var text = new MemoryStream();
        starts = new int[values.Count];
        for (int i = 0; i < starts.Length; i++)
        {
            string? value = values[i];
            if (value is null || value.Contains('\0'))
            {
                throw new ArgumentException($"String {i} is null or has a null character.", nameof(values));
            }

            starts[i] = (int)text.Length;
            text.Write(Hdf5Strings.Utf8.GetBytes(value));
            text.WriteByte(0);
        }

        return text.ToArray();
    }

    private static long RowLength(ReadOnlySpan<long> shape)
    {
        long length = 1;
        foreach (long size in shape[1..])
        {
            length = checked(length * size);
        }

        return length;
    }

    private static Hdf5Handle CreateFile(string path, string partial)
    {
        using var scope = Hdf5Library.Enter();
        using Hdf5Handle unlocked = Hdf5Library.CreateUnlockedAccessList();
        Hdf5Handle file = Hdf5Native.H5Fcreate(partial, Hdf5Native.CreateOrTruncate, Hdf5Handle.Default, unlocked);
        return file.IsInvalid ? throw Hdf5Library.Failure($"{path}: cannot be written") : file;
    }

    private Hdf5Handle Create<T>(string name, ReadOnlySpan<long> shape, int deflateLevel)
        where T : unmanaged
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(deflateLevel);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(deflateLevel, 9);
        if (shape.Length is not (1 or 2 or 3) || shape.ContainsAnyInRange(long.MinValue, -1))
        {
            throw new ArgumentException("A dataset has one to three dimensions, none of them negative.", nameof(shape));
        }

        using var scope = Hdf5Library.Enter();
        using Hdf5Handle creation = Hdf5Library.CreatePropertyList("H5P_CLS_DATASET_CREATE_ID_g");
        Hdf5Native.H5Pset_obj_track_times(creation, 0);
        if (deflateLevel > 0 && !shape.Contains(0))
        {
            SetChunks<T>(creation, shape, deflateLevel);
        }

        using Hdf5Handle space = CreateSpace(shape, shape[0]);
        Hdf5Handle dataset = Hdf5Native.H5Dcreate2(
            _file, name, Types<T>().Stored, space, Hdf5Handle.Default, creation, Hdf5Handle.Default);
        return dataset.IsInvalid ? throw Hdf5Library.Failure($"{_path}: dataset \"{name}\" cannot be made") : dataset;
    }

    private void SetChunks<T>(Hdf5Handle creation, ReadOnlySpan<long> shape, int deflateLevel)
        where T : unmanaged
    {
        ulong* chunk = stackalloc ulong[MaxRank];
        SetDimensions(chunk, shape, Math.Clamp(ChunkBytes / (RowLength(shape) * sizeof(T)), 1, shape[0]));
        if (Hdf5Native.H5Pset_chunk(creation, shape.Length, chunk) < 0
            || Hdf5Native.H5Pset_shuffle(creation) < 0
            || Hdf5Native.H5Pset_deflate(creation, (uint)deflateLevel) < 0)
        {
            throw Hdf5Library.Failure($"{_path}: cannot be written in deflated chunks");
        }
    }

    private void WriteRows<T>(
        Hdf5Handle dataset, string name, long row, ReadOnlySpan<long> shape, long rows, ReadOnlySpan<T> elements)
        where T : unmanaged
    {
        if (elements.IsEmpty)
        {
            return;
        }

        ulong* start = stackalloc ulong[MaxRank] { (ulong)row, 0, 0 };
        ulong* count = stackalloc ulong[MaxRank];
        SetDimensions(count, shape, rows);
        using var scope = Hdf5Library.Enter();
        using Hdf5Handle memorySpace = CreateSpace(shape, rows);
        using Hdf5Handle fileSpace = Hdf5Native.H5Dget_space(dataset);
        fixed (T* buffer = elements)
        {
            if (Hdf5Native.H5Sselect_hyperslab(fileSpace, Hdf5Native.SelectSet, start, null, count, null) < 0
                || Hdf5Native.H5Dwrite(
                    dataset, Types<T>().Native, memorySpace, fileSpace, Hdf5Handle.Default, buffer) < 0)
            {
                throw Hdf5Library.Failure($"{_path}: dataset \"{name}\" cannot be written");
            }
        }
    }

    private static Hdf5Handle CreateSpace(ReadOnlySpan<long> shape, long rows)
    {
        ulong* dimensions = stackalloc ulong[MaxRank];
        SetDimensions(dimensions, shape, rows);
        return Hdf5Native.H5Screate_simple(shape.Length, dimensions, null);
    }

    // Those of some rows.
    private static void SetDimensions(ulong* dimensions, ReadOnlySpan<long> shape, long rows)
    {
        dimensions[0] = (ulong)rows;
        for (int i = 1; i < shape.Length; i++)
        {
            dimensions[i] = (ulong)shape[i];
        }
    }

    private static (nint Stored, nint Native) Types<T>() =>
        typeof(T) == typeof(int) ? (Hdf5Library.StoredInt32, Hdf5Library.NativeInt32)
        : typeof(T) == typeof(float) ? (Hdf5Library.StoredSingle, Hdf5Library.NativeSingle)
        : typeof(T) == typeof(Half) ? (Hdf5Types.StoredHalf, Hdf5Types.NativeHalf)
        : typeof(T) == typeof(TextPointer) ? (Hdf5Types.String, Hdf5Types.String)
        : throw new NotSupportedException($"HDF5 datasets of {typeof(T).Name} are not written.");

    // A null-terminated string in memory that does not move.
    private readonly record struct TextPointer(nint Address);
}
