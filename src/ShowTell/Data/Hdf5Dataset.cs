using System.Numerics;
using ShowTell.Interop;
using ShowTell.Numerics;

namespace ShowTell.Data;

/// <summary>
/// A dataset of an open <see cref="Hdf5File"/>: contiguous, compact or chunked, with any filters that libhdf5 has, of
/// any byte order. What its header claims is checked against the file before memory is taken for it. Not thread-safe.
/// </summary>
public sealed unsafe class Hdf5Dataset : IDisposable
{
    private const long MaxWholeBytes = 1L << 30;
    private const long MaxChunkRowBytes = 128L << 20;
    private const long ChunkCacheBytes = 64L << 20;

    // Deflate cannot shrink data to less than 1/1032.
    private const int MaxCompression = 1032;

    private readonly Hdf5File _file;
    private readonly Hdf5Handle _dataset;
    private readonly Hdf5Handle _fileSpace;
    private Hdf5Handle _memorySpace = Hdf5Handle.Default;

    private Hdf5Dataset(Hdf5File file, Hdf5Handle dataset, Hdf5DatasetInfo info)
    {
        _file = file;
        _dataset = dataset;
        Info = info;
        RowLength = info.Shape.Skip(1).Aggregate(BigInteger.One, (product, length) => product * length);
        _fileSpace = Hdf5Native.H5Dget_space(dataset);
    }

    /// <summary>Name, shape and type.</summary>
    public Hdf5DatasetInfo Info { get; }

    /// <summary>
    /// Where the elements begin in the file if they lie there as this machine's memory has them: contiguous,
    /// little-endian, <see cref="float"/> or <see cref="Half"/>. Otherwise -1.
    /// </summary>
    internal long PlainOffset { get; private init; } = -1;

    /// <summary>Reads all elements, in row-major order, of a dataset of integers.</summary>
    /// <exception cref="DataException">
    /// The elements are no integers, or do not fit into 32 bits, or take more than 1 GiB, or cannot be read.
    /// </exception>
    public int[] ReadInt32()
    {
        if (!Info.IsInteger)
        {
            throw WrongType("integers");
        }

        if (Info.ElementType is "int8" or "uint8" or "int16" or "uint16" or "int32")
        {
            return ReadAll<int>();
        }

        // libhdf5 would clamp what does not fit without a word.
        long[] wide = ReadAll<long>();
        var narrow = new int[wide.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            narrow[i] = (int)wide[i];
            if (narrow[i] != wide[i])
            {
                throw new DataException($"{Described}: element {i} is {wide[i]}, which does not fit into 32 bits.");
            }
        }

        return narrow;
    }

    /// <summary>Reads all elements, in row-major order, of a dataset of floating-point numbers.</summary>
    /// <typeparam name="T"><see cref="Half"/>, <see cref="float"/> or <see cref="double"/>; the file's numbers
    /// are converted to it.</typeparam>
    /// <exception cref="DataException">The elements are no floating-point numbers, take more than 1 GiB,
    /// or cannot be read.</exception>
    public T[] ReadFloat<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireFloat();
        return ReadAll<T>();
    }

    /// <summary>
    /// Reads all elements of a dataset of strings, of fixed or variable length, that is a list or a single string.
    /// Padding is left off.
    /// </summary>
    /// <exception cref="DataException">
    /// The elements are no strings, or no UTF-8, or more than four million, or take more than 128 MiB, or have more
    /// than one dimension, or cannot be read.
    /// </exception>
    public string[] ReadStrings()
    {
        if (!Info.IsString)
        {
            throw WrongType("strings");
        }

        RequireRank(0, 1);
        return Hdf5Strings.Read(this, _file, _dataset);
    }

    /// <summary>Reads consecutive rows of floating-point numbers.</summary>
    /// <param name="start">First row: index of the first dimension.</param>
    /// <param name="destination">As many rows as are to be read, as wide as the product of the dataset's sizes behind
    /// the first.</param>
    /// <exception cref="DataException">The dataset has not two or three dimensions, or holds no floating-point
    /// numbers, or cannot be read.</exception>
    public void ReadRows<T>(long start, MatrixSpan<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireFloat();
        RequireRank(2, 3);
        MatrixShape.Require<T>(destination, destination.Rows, (int)RowLength, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Rows, Info.Shape[0] - start, nameof(start));
        if (destination.Rows == 0 || destination.Columns == 0)
        {
            return;
        }

        using var scope = Hdf5Library.Enter();
        int run = destination.Stride == destination.Columns ? destination.Rows : 1;
        for (int row = 0; row < destination.Rows; row += run)
        {
            fixed (T* buffer = destination.Row(row))
            {
                ReadRun(start + row, run, NativeType<T>(), buffer);
            }
        }
    }

    /// <summary>Closes the dataset.</summary>
    public void Dispose()
    {
        if (_memorySpace != Hdf5Handle.Default)
        {
            _memorySpace.Dispose();
        }

        _fileSpace.Dispose();
        _dataset.Dispose();
    }

    /// <summary>Number of elements behind one index of the first dimension.</summary>
    internal BigInteger RowLength { get; }

    internal string Described => $"{_file.Path}: dataset {Info}";

    /// <summary>Opens a dataset that is known to be there. The caller holds the library's lock.</summary>
    internal static Hdf5Dataset Open(Hdf5File file, Hdf5Handle location, string name)
    {
        using Hdf5Handle access = Hdf5Library.CreateAccessList("H5P_CLS_DATASET_ACCESS_ID_g");
        using (Hdf5Handle dataset = OpenHandle(file, location, name, access))
        {
            SetChunkCache(access, dataset, Hdf5DatasetInfo.Of(dataset, name, file.Path), file.Path);
        }

        // The size of a chunk cache counts only when nobody else has the dataset open.
        Hdf5Handle opened = OpenHandle(file, location, name, access);
        try
        {
            Hdf5DatasetInfo info = Hdf5DatasetInfo.Of(opened, name, file.Path);
            long offset = CheckStorage(file, opened, info);
            return new Hdf5Dataset(file, opened, info) { PlainOffset = offset };
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    internal void RequireFloat()
    {
        if (!Info.IsFloat)
        {
            throw WrongType("floating-point numbers");
        }
    }

    internal void RequireRank(params ReadOnlySpan<int> ranks)
    {
        if (!ranks.Contains(Info.Shape.Count))
        {
            throw new DataException(
                $"{Described}: has {Info.Shape.Count} dimensions, "
                + $"but must have {string.Join(" or ", ranks.ToArray())}.");
        }

        if (Info.Shape.Any(length => length > int.MaxValue) || RowLength > int.MaxValue)
        {
            throw new DataException($"{Described}: no dimension, and no row, may be longer than {int.MaxValue}.");
        }
    }

    private static Hdf5Handle OpenHandle(Hdf5File file, Hdf5Handle location, string name, Hdf5Handle access)
    {
        Hdf5Handle dataset = Hdf5Native.H5Dopen2(location, name, access);
        return dataset.IsInvalid
            ? throw Hdf5Library.Failure($"{file.Path}: dataset \"{name}\" cannot be opened")
            : dataset;
    }

    // All chunks that one row touches must stay in the cache, or each would be decoded again for the next row.
    private static void SetChunkCache(Hdf5Handle access, Hdf5Handle dataset, Hdf5DatasetInfo info, string path)
    {
        using Hdf5Handle creation = Hdf5Native.H5Dget_create_plist(dataset);
        if (Hdf5Native.H5Pget_layout(creation) != Hdf5Native.LayoutChunked)
        {
            return;
        }

        ulong* chunk = stackalloc ulong[Hdf5Native.MaxRank];
        if (Hdf5Native.H5Pget_chunk(creation, Hdf5Native.MaxRank, chunk) != info.Shape.Count)
        {
            throw Hdf5Library.Failure($"{path}: the chunk size of dataset \"{info.Name}\" cannot be read");
        }

        using Hdf5Handle type = Hdf5Native.H5Dget_type(dataset);
        BigInteger chunkBytes = Hdf5Native.H5Tget_size(type);
        BigInteger chunksPerRow = 1;
        for (int i = 0; i < info.Shape.Count; i++)
        {
            chunkBytes *= chunk[i];
            chunksPerRow *= i == 0 ? 1 : ((BigInteger)info.Shape[i] + chunk[i] - 1) / chunk[i];
        }

        if (chunkBytes * chunksPerRow > MaxChunkRowBytes)
        {
            throw new DataException(
                $"{path}: dataset {info}: reading one row means decoding {chunkBytes * chunksPerRow} bytes of chunks; "
                + $"at most {MaxChunkRowBytes} are read. Give it smaller chunks with h5repack.");
        }

        long bytes = Math.Max(ChunkCacheBytes, (long)(chunkBytes * chunksPerRow));
        long slots = Math.Clamp(bytes / (long)BigInteger.Max(1, chunkBytes) * 10, 521, 1 << 20);
        Hdf5Native.H5Pset_chunk_cache(access, (nuint)slots | 1, (nuint)bytes, 0.75);
    }

    // Returns PlainOffset.
    private static long CheckStorage(Hdf5File file, Hdf5Handle dataset, Hdf5DatasetInfo info)
    {
        using Hdf5Handle creation = Hdf5Native.H5Dget_create_plist(dataset);
        int layout = Hdf5Native.H5Pget_layout(creation);
        if (layout == Hdf5Native.LayoutVirtual || Hdf5Native.H5Pget_external_count(creation) > 0)
        {
            throw new DataException(
                $"{file.Path}: dataset {info}: its elements lie in other files; "
                + "copy them into this one with h5repack.");
        }

        using Hdf5Handle type = Hdf5Native.H5Dget_type(dataset);
        long length = RandomAccess.GetLength(file.Raw);
        BigInteger needed = info.ElementCount * Hdf5Native.H5Tget_size(type);
        ulong stored = Hdf5Native.H5Dget_storage_size(dataset);
        int filters = layout == Hdf5Native.LayoutChunked ? Hdf5Native.H5Pget_nfilters(creation) : 0;
        BigInteger possible = filters > 0 ? (BigInteger)stored * MaxCompression : stored;
        if (stored > (ulong)length || needed > possible)
        {
            throw new DataException(
                $"{file.Path}: dataset {info}: takes {needed} bytes, but only {stored} are stored in this file of "
                + $"{length}: it was never written whole, or its header is damaged.");
        }

        if (layout != Hdf5Native.LayoutContiguous || needed.IsZero)
        {
            return -1;
        }

        ulong offset = Hdf5Native.H5Dget_offset(dataset);
        if (offset == Hdf5Native.UndefinedAddress || offset + needed > length)
        {
            throw new DataException(
                $"{file.Path}: dataset {info}: its elements lie beyond the end of the file: "
                + "it is truncated or damaged.");
        }

        bool isPlain = Hdf5Native.H5Tequal(type, Hdf5Library.StoredSingle) > 0
            || Hdf5Native.H5Tequal(type, Hdf5Types.StoredHalf) > 0;
        return isPlain && BitConverter.IsLittleEndian ? (long)offset : -1;
    }

    private static nint NativeType<T>() =>
        typeof(T) == typeof(float) ? Hdf5Library.NativeSingle
        : typeof(T) == typeof(Half) ? Hdf5Types.NativeHalf
        : typeof(T) == typeof(double) ? Hdf5Library.NativeDouble
        : typeof(T) == typeof(int) ? Hdf5Library.NativeInt32
        : typeof(T) == typeof(long) ? Hdf5Library.NativeInt64
        : throw new NotSupportedException($"HDF5 datasets are not read as {typeof(T).Name}.");

    private T[] ReadAll<T>()
        where T : unmanaged
    {
        BigInteger count = Info.ElementCount;
        if (count * sizeof(T) > MaxWholeBytes)
        {
            throw new DataException(
                $"{Described}: is too large to be read whole; {MaxWholeBytes} bytes are the limit.");
        }

        var elements = new T[(int)count];
        if (elements.Length == 0)
        {
            return elements;
        }

        using var scope = Hdf5Library.Enter();
        fixed (T* buffer = elements)
        {
            Hdf5Handle all = Hdf5Handle.Default;
            if (Hdf5Native.H5Dread(_dataset, NativeType<T>(), all, all, Hdf5Handle.Default, buffer) < 0)
            {
                throw Hdf5Library.Failure($"{Described}: cannot be read");
            }
        }

        return elements;
    }

    private void ReadRun(long row, int rows, nint type, void* buffer)
    {
        int rank = Info.Shape.Count;
        ulong* start = stackalloc ulong[] { (ulong)row, 0, 0 };
        ulong* count = stackalloc ulong[] { (ulong)rows, (ulong)Info.Shape[1], (ulong)Info.Shape[rank - 1] };
        if (_memorySpace == Hdf5Handle.Default)
        {
            _memorySpace = Hdf5Native.H5Screate_simple(rank, count, null);
        }

        if (Hdf5Native.H5Sset_extent_simple(_memorySpace, rank, count, null) < 0
            || Hdf5Native.H5Sselect_hyperslab(_fileSpace, Hdf5Native.SelectSet, start, null, count, null) < 0
            || Hdf5Native.H5Dread(_dataset, type, _memorySpace, _fileSpace, Hdf5Handle.Default, buffer) < 0)
        {
            throw Hdf5Library.Failure($"{Described}: {rows} rows from row {row} on cannot be read");
        }
    }

    private DataException WrongType(string expected) => new($"{Described}: must hold {expected}.");
}
