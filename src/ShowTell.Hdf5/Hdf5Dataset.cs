using System.Numerics;
using PureHDF;
using PureHDF.VOL.Native;
using ShowTell.Files;
using ShowTell.Numerics;

namespace ShowTell.Hdf5;

/// <summary>
/// A dataset of an open file. What its header claims is checked against the file before memory is allocated for it.
/// </summary>
internal sealed class Hdf5Dataset
{
    // Deflate cannot shrink data to less than 1/1032.
    private const int MaxCompression = 1032;
    private const int MaxEdgeBytes = 16 << 20;

    private readonly Hdf5Guard _guard;
    private readonly NativeDataset _dataset;
    private readonly H5DataLayoutClass _layout;

    // One of these says where the elements are; if none does, there are none.
    private long _offset = -1;
    private byte[]? _compact;
    private Hdf5Chunks? _chunks;
    private bool _isLocated;

    private Hdf5Dataset(Hdf5Guard guard, NativeDataset dataset, string name)
    {
        (_guard, _dataset, _layout) = (guard, dataset, dataset.Layout.Class);
        Type = StoredType.Of(dataset);
        long[] shape = dataset.Space.Type == H5DataspaceType.Null
            ? [0]
            : [.. dataset.Space.Dimensions.Select(length => (long)Math.Min(length, long.MaxValue))];
        Info = new TensorInfo(name, shape, Type.ElementType);
    }

    /// <summary>Name, shape and type.</summary>
    public TensorInfo Info { get; }

    /// <summary>How the elements are stored.</summary>
    public StoredType Type { get; }

    /// <summary>The dataset, for messages.</summary>
    public string Subject => $"{_guard.Path}: {Info}";

    /// <summary>The file.</summary>
    public Hdf5Guard File => _guard;

    /// <summary>Looks at a dataset's header.</summary>
    /// <exception cref="DataException">It is damaged.</exception>
    public static Hdf5Dataset Open(Hdf5Guard guard, NativeDataset dataset, string name) =>
        guard.Run($"{guard.Path}: {name}", () => new Hdf5Dataset(guard, dataset, name));

    /// <summary>Checks that the dataset's elements are all there, in this file.</summary>
    /// <exception cref="DataException">They are not.</exception>
    public void Locate()
    {
        if (_isLocated)
        {
            return;
        }

        if (_layout == H5DataLayoutClass.VirtualStorage || Internal(_dataset, "InternalExternalFileList") is not null)
        {
            throw new DataException(
                $"{Subject}: its elements lie in other files; copy them into this one with h5repack.");
        }

        BigInteger needed = Info.ElementCount * Type.Bytes;
        if (!needed.IsZero)
        {
            Locate(needed);
        }

        _isLocated = true;
    }

    /// <summary>Reads all elements.</summary>
    public void ReadAll(Span<byte> elements) => ReadRows(0, Info.Shape.Count == 0 ? 1 : Info.Shape[0], elements);

    /// <summary>Reads rows, indices of the first dimension, as they are stored.</summary>
    public void ReadRows(long start, long rows, Span<byte> elements)
    {
        Locate();
        if (elements.IsEmpty)
        {
            return;
        }

        if (_chunks is not null)
        {
            _chunks.ReadRows(start, rows, elements);
            return;
        }

        long position = start * (elements.Length / rows);
        if (_compact is not null)
        {
            _compact.AsSpan((int)position, elements.Length).CopyTo(elements);
            return;
        }

        PlainRows.ReadBytes(_guard.Path, _guard.Handle, _offset + position, elements);
    }

    /// <summary>Reads the first and the last row, unless they take much memory.</summary>
    public void ReadEdges()
    {
        Locate();
        BigInteger rowBytes = (Info.Shape.Count == 0 ? 1 : Info.RowLength) * Type.Bytes;
        if (!Info.ElementCount.IsZero && rowBytes <= MaxEdgeBytes && _chunks?.RowBytes is null or <= MaxEdgeBytes)
        {
            var row = new byte[(int)rowBytes];
            ReadRows(0, 1, row);
            ReadRows(Info.Shape.Count == 0 ? 0 : Info.Shape[0] - 1, 1, row);
        }
    }

    /// <summary>Opens the dataset to read it by rows.</summary>
    public IRowReader OpenRows()
    {
        Locate();
        return _offset >= 0 && PlainRows.Supports(Info, Type.IsBigEndian)
            ? new PlainRows(_guard.Path, _guard.Handle, Info, _offset)
            : new ConvertedRows(this);
    }

    private static object? Internal(object target, string member) => StoredType.Internal(target, member);

    private void Locate(BigInteger needed)
    {
        switch (_layout)
        {
            case H5DataLayoutClass.Compact:
                _compact = _guard.Run(Subject, () => (byte[])StorageMember("CompactData", "Data"));
                RequireStored(needed, (ulong)_compact.Length);
                break;
            case H5DataLayoutClass.Chunked:
                RequireStored(needed / MaxCompression, (ulong)_guard.Length);
                _chunks = new Hdf5Chunks(_guard, _dataset, Subject, Type, Info.Shape);
                break;
            default:
                ulong address = _guard.Run(Subject, () => (ulong)StorageMember("Address", "Address"));
                RequireStored(needed, address == ulong.MaxValue ? 0 : (ulong)_guard.Length);
                if (address > (ulong)_guard.Stream.Length || address + needed > _guard.Stream.Length)
                {
                    throw new DataException(
                        $"{Subject}: its elements lie beyond the end of the file: it is truncated or damaged.");
                }

                _offset = _guard.Stream.Start + (long)address;
                break;
        }
    }

    /// <summary>What the layout message says: of version 1 or 2 itself, of a later one in its properties.</summary>
    private object StorageMember(string early, string late)
    {
        object layout = Internal(_dataset, "InternalDataLayout")!;
        return layout.GetType().GetProperty("Properties") is { } properties
            ? Internal(properties.GetValue(layout)!, late)!
            : Internal(layout, early)!;
    }

    private void RequireStored(BigInteger needed, ulong stored)
    {
        if (needed > stored)
        {
            throw new DataException(
                $"{Subject}: takes {Info.ElementCount * Type.Bytes} bytes, but only {stored} are stored in this file "
                + $"of {_guard.Length}: it was never written whole, or its header is damaged.");
        }
    }

    /// <summary>Rows whose elements must be decoded or converted.</summary>
    private sealed class ConvertedRows(Hdf5Dataset dataset) : IRowReader
    {
        private const int BlockBytes = 1 << 18;

        private readonly int _columns = (int)dataset.Info.RowLength;
        private byte[] _block = [];

        public TensorInfo Info => dataset.Info;

        public void Read(long start, MatrixSpan<float> destination)
        {
            MatrixShape.Require<float>(destination, destination.Rows, _columns, nameof(destination));
            ArgumentOutOfRangeException.ThrowIfNegative(start);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Info.Shape[0] - destination.Rows);
            int rowBytes = _columns * dataset.Type.Bytes;
            if (destination.Rows == 0 || rowBytes == 0)
            {
                return;
            }

            int rowsAtOnce = Math.Max(1, BlockBytes / rowBytes);
            if (_block.Length == 0)
            {
                _block = new byte[(int)Math.Min(rowsAtOnce, Info.Shape[0]) * rowBytes];
            }

            for (int row = 0; row < destination.Rows; row += rowsAtOnce)
            {
                int rows = Math.Min(rowsAtOnce, destination.Rows - row);
                Span<byte> bytes = _block.AsSpan(0, rows * rowBytes);
                dataset.ReadRows(start + row, rows, bytes);
                ElementConversion.ToSingle(
                    bytes, Info.ElementType, dataset.Type.IsBigEndian, destination.RowBlock(row, rows).Elements);
            }
        }

        public void Dispose()
        {
        }
    }
}
