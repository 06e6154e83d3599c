using System.Numerics;
using System.Runtime.InteropServices;
using PureHDF;
using PureHDF.Selections;
using PureHDF.VOL.Native;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>A dataset in the worker process: its description and its elements.</summary>
internal sealed class Hdf5Tensor
{
    private const long MaxRowBytes = 64 << 20;
    private const int MaxStrings = 1 << 22;
    private const long MaxStringBytes = 128 << 20;
    private const int BlockBytes = 4 << 20;

    private const string MatlabClass = "MATLAB_class";

    // Deflate's maximum compression ratio.
    private const int MaxCompression = 1032;

    private readonly NativeDataset _dataset;
    private readonly StoredType _type;
    private readonly Hdf5Stream _stream;

    // The shape in the file.
    private readonly long[] _shape;

    // MATLAB stores matrices column after column, and their dimensions in reverse order.
    private readonly bool _isTransposed;

    /// <summary>Examines a dataset without reading its elements.</summary>
    public Hdf5Tensor(NativeDataset dataset, string name, Hdf5Stream stream)
    {
        (_dataset, _stream, _type) = (dataset, stream, StoredType.Of(dataset));
        _shape = dataset.Space.Type == H5DataspaceType.Null
            ? [0]
            : [.. dataset.Space.Dimensions.Select(length => (long)Math.Min(length, long.MaxValue))];
        bool isMatlab = dataset.AttributeExists(MatlabClass);
        _isTransposed = isMatlab && _shape.Length > 1;
        Info = new TensorInfo(name, _isTransposed ? [.. _shape.Reverse()] : _shape, _type.ElementType);
        Problem = (isMatlab ? MatlabProblem() : null) ?? Locate();
    }

    /// <summary>The index in the file's shape of the dimension that rows are counted in.</summary>
    private int RowAxis => _isTransposed ? _shape.Length - 1 : 0;

    /// <summary>Name, shape and type.</summary>
    public TensorInfo Info { get; }

    /// <summary>The offset in the file of contiguous numbers; -1 for other storage.</summary>
    public long Offset { get; private set; } = -1;

    /// <summary>Why the elements cannot be read; null if they can.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether the parent process needs a copy of the elements.</summary>
    public bool IsCopied => Problem is null && Offset < 0 && (Info.IsString || Info.IsNumber);

    /// <summary>The size of the elements in bytes.</summary>
    public BigInteger Bytes => Info.ElementCount * _type.Bytes;

    /// <summary>The description for the parent process.</summary>
    public Hdf5Description Describe() =>
        new(Info.Name, [.. Info.Shape], Info.ElementType, _type.IsBigEndian, Offset, Problem);

    /// <summary>Reads strings, or sets <see cref="Problem"/>.</summary>
    public string[] ReadStrings()
    {
        Problem = Info.ElementCount > MaxStrings
                ? $"contains {Info.ElementCount} strings; the maximum is {MaxStrings}"
            : Bytes > MaxStringBytes
                ? $"its strings take more than the maximum of {MaxStringBytes} bytes"
            : null;
        if (Problem is not null)
        {
            return [];
        }

        string[] strings = [];
        Try(() => strings = Info.ElementCount.IsZero ? []
            : Info.Shape.Count == 0 ? [_dataset.Read<string>()]
            : _dataset.Read<string[]>());

        // PureHDF replaces bytes that are not UTF-8.
        int index = Array.FindIndex(strings, value => value?.Contains('\uFFFD', StringComparison.Ordinal) == true);
        Problem ??= index < 0 ? null : $"string {index} is not UTF-8";
        return [.. strings.Select(value => value ?? "")];
    }

    /// <summary>Reads little-endian numbers in blocks of rows, or sets <see cref="Problem"/>.</summary>
    /// <param name="take">Receives a block, and returns whether to continue.</param>
    public void ReadNumbers(Func<byte[], bool> take) => Try(() =>
    {
        // All chunks of a row must stay in the cache while it is read.
        var access = new H5DatasetAccess(ChunkCache: new SimpleReadingChunkCache(1 << 20, (ulong)MaxRowBytes));
        if (Info.Shape.Count == 0 || Info.ElementCount.IsZero)
        {
            take(Read(access, null, 0, (int)Bytes));
            return;
        }

        int rowBytes = (int)(Info.RowLength * _type.Bytes);
        bool isChunked = _dataset.Layout.Class == H5DataLayoutClass.Chunked;
        long chunkRows = isChunked ? (long)_dataset.Layout.Chunks[RowAxis] : 1;
        long rows = Math.Max(1, BlockBytes / ((long)rowBytes * chunkRows)) * chunkRows;
        rows = Math.Min(rows, Math.Max(1, MaxRowBytes / rowBytes));
        for (long row = 0; row < Info.Shape[0]; row += rows)
        {
            ulong[] start = [.. _shape.Select((_, i) => i == RowAxis ? (ulong)row : 0)];
            long count = Math.Min(rows, Info.Shape[0] - row);
            ulong[] size = [.. _shape.Select((length, i) => (ulong)(i == RowAxis ? count : length))];
            var selection = new HyperslabSelection(size.Length, start, size);
            byte[] block = Read(access, selection, row, (int)count * rowBytes);
            if (!take(_isTransposed ? Transpose(block, (int)count) : block))
            {
                return;
            }
        }
    });

    /// <summary>An object's address in its file.</summary>
    public static ulong AddressOf(NativeObject found) =>
        (ulong)StoredType.Internal(StoredType.Internal(found, "Reference")!, "Value")!;

    private byte[] Read(H5DatasetAccess access, Selection? selection, long row, int length)
    {
        var bytes = new byte[length];

        // Any unsigned type of the elements' size will do: PureHDF copies the bits.
        switch (_type.Bytes)
        {
            case var _ when length == 0:
                break;
            case > 1 when _type.IsBigEndian:
                // PureHDF reads big-endian elements only one by one.
                ReadElements(access, selection, row, bytes);
                ElementConversion.Reverse(bytes, _type.Bytes, isBigEndian: true);
                break;
            case 1:
                _dataset.Read(access, bytes.AsSpan(), selection);
                break;
            case 2:
                _dataset.Read(access, MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan()), selection);
                break;
            case 4:
                _dataset.Read(access, MemoryMarshal.Cast<byte, uint>(bytes.AsSpan()), selection);
                break;
            default:
                _dataset.Read(access, MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan()), selection);
                break;
        }

        return bytes;
    }

    private void ReadElements(H5DatasetAccess access, Selection? selection, long row, byte[] bytes)
    {
        if (selection is null)
        {
            _dataset.Read(access, bytes.AsSpan());
            return;
        }

        var ones = Enumerable.Repeat(1UL, Info.Shape.Count).ToArray();
        ulong[] at = [.. Info.Shape.Select((_, i) => i == 0 ? (ulong)row : 0)];
        for (int i = 0; i < bytes.Length; i += _type.Bytes)
        {
            var element = new HyperslabSelection(at.Length, [.. at], ones);
            _dataset.Read(access, bytes.AsSpan(i, _type.Bytes), element);
            for (int j = at.Length - 1; ++at[j] == (ulong)Info.Shape[j] && j > 0; j--)
            {
                at[j] = 0;
            }
        }
    }

    /// <summary>A matrix of columns as one of rows.</summary>
    private byte[] Transpose(byte[] columns, int rows)
    {
        var transposed = new byte[columns.Length];
        int size = _type.Bytes, count = columns.Length / size / rows;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < count; column++)
            {
                columns.AsSpan(((column * rows) + row) * size, size)
                    .CopyTo(transposed.AsSpan(((row * count) + column) * size));
            }
        }

        return transposed;
    }

    private void Try(Action read)
    {
        try
        {
            read();
        }
        catch (Exception error) when (error is not (OutOfMemoryException or IOException))
        {
            Problem = Hdf5Worker.Describe(error);
        }
    }

    /// <summary>Why an array of MATLAB cannot be read; null if it can.</summary>
    private string? MatlabProblem()
    {
        string kind = _dataset.Attribute(MatlabClass).Read<string>();
        string? unsupported = kind == "char" ? "text"
            : _shape.Length > 2 ? "an array of more than two dimensions"
            : _type.IsBigEndian ? "a big-endian array"
            : null;
        return _dataset.AttributeExists("MATLAB_empty") ? "is an empty array of MATLAB"
            : unsupported is not null ? $"is {unsupported} of MATLAB, which is not supported. Write it with h5py"
            : null;
    }

    /// <summary>Finds the elements, and checks that all of them are in this file.</summary>
    /// <returns>Why they cannot be read; null if they can.</returns>
    private string? Locate()
    {
        H5DataLayoutClass layout = _dataset.Layout.Class;
        if (layout == H5DataLayoutClass.VirtualStorage
            || StoredType.Internal(_dataset, "InternalExternalFileList") is not null)
        {
            return "its elements are in other files; copy them into this one with h5repack";
        }

        if (Bytes.IsZero || layout == H5DataLayoutClass.Compact)
        {
            return null;
        }

        if (layout == H5DataLayoutClass.Chunked)
        {
            return Hdf5Filters.Problem(_dataset)
                ?? IncompleteProblem(Bytes / MaxCompression, (ulong)_stream.Length)
                ?? ChunkProblem();
        }

        // The address is in the layout message, or since version 3 in its properties.
        object found = StoredType.Internal(_dataset, "InternalDataLayout")!;
        found = found.GetType().GetProperty("Properties")?.GetValue(found) ?? found;
        ulong address = (ulong)StoredType.Internal(found, "Address")!;
        if (IncompleteProblem(Bytes, address == ulong.MaxValue ? 0 : (ulong)_stream.Length) is string problem)
        {
            return problem;
        }

        if (address + Bytes > _stream.Length)
        {
            return "its elements are beyond the end of the file: it is truncated or damaged";
        }

        Offset = Info.IsString || _isTransposed ? -1 : _stream.Start + (long)address;
        return null;
    }

    private string? IncompleteProblem(BigInteger needed, ulong stored) => needed <= stored ? null
        : $"takes {Bytes} bytes, but only {stored} are stored in this file: it is incomplete, or its header "
            + "is damaged";

    private string? ChunkProblem()
    {
        ulong[] chunk = [.. _dataset.Layout.Chunks];
        if (chunk.Length != _shape.Length || chunk.Contains(0UL))
        {
            return "its chunks have another number of dimensions: the file is damaged";
        }

        BigInteger bytes = (BigInteger)chunk[RowAxis] * _type.Bytes;
        for (int i = 0; i < chunk.Length; i++)
        {
            bytes *= i == RowAxis ? 1 : ((BigInteger)_shape[i] + chunk[i] - 1) / chunk[i] * chunk[i];
        }

        return bytes <= MaxRowBytes ? null
            : $"reading a row requires {bytes} bytes of chunks; the maximum is {MaxRowBytes}. Use h5repack to make "
                + "chunks smaller";
    }
}
