using System.Runtime.InteropServices;

namespace ShowTell.Files;

/// <summary>
/// Reads contiguous rows of float32 or float16 in this machine's byte order directly at their offset, without
/// allocating.
/// </summary>
internal sealed class PlainRows(PlainTensor tensor) : IRowReader
{
    // The number of float16 elements read at a time: they fit into the processor's cache.
    private const int BlockElements = 1 << 15;

    private readonly int _columns = (int)tensor.Info.RowLength;
    private readonly string _path = tensor.File.Path;
    private Half[] _halves = [];

    public TensorInfo Info => tensor.Info;

    public void Read(long start, MatrixSpan<float> destination)
    {
        MatrixShape.Require<float>(destination, destination.Rows, _columns, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Info.Shape[0] - destination.Rows);
        if (Info.ElementType == "float32")
        {
            Span<float> elements = destination.Elements[..(destination.Rows * _columns)];
            ReadRows(start, destination.Rows, MemoryMarshal.AsBytes(elements));
            return;
        }

        int rowsAtOnce = Math.Max(1, BlockElements / Math.Max(1, _columns));
        if (_halves.Length == 0)
        {
            _halves = new Half[rowsAtOnce * _columns];
        }

        for (int row = 0; row < destination.Rows; row += rowsAtOnce)
        {
            int rows = Math.Min(rowsAtOnce, destination.Rows - row);
            Span<byte> bytes = MemoryMarshal.AsBytes(_halves.AsSpan(0, rows * _columns));
            ReadRows(start + row, rows, bytes);
            ElementConversion.ToSingle(
                bytes, Info.ElementType, isBigEndian: false, destination.RowBlock(row, rows).Elements);
        }
    }

    public void Dispose()
    {
    }

    private void ReadRows(long start, int rows, Span<byte> bytes)
    {
        int rowBytes = bytes.Length / Math.Max(1, rows);
        TensorFiles.ReadBytes(_path, tensor.Handle, tensor.Offset + (start * rowBytes), bytes);
        for (int i = 0; tensor.Checksums is uint[] checksums && i < rows; i++)
        {
            if (checksums[start + i] != Crc32C.Of(bytes.Slice(i * rowBytes, rowBytes)))
            {
                throw new DataException(
                    $"{_path}: row {start + i} of {Info} does not match its checksum: the file is damaged. Create it "
                    + "again.");
            }
        }
    }
}

/// <summary>Rows of a tensor that was read and converted as a whole.</summary>
internal sealed class MemoryRows(TensorInfo info, float[] elements) : IRowReader
{
    private readonly int _columns = (int)info.RowLength;

    public TensorInfo Info => info;

    public void Read(long start, MatrixSpan<float> destination)
    {
        MatrixShape.Require<float>(destination, destination.Rows, _columns, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, info.Shape[0] - destination.Rows);
        elements.AsSpan((int)start * destination.Columns, destination.Rows * destination.Columns)
            .CopyTo(destination.Elements);
    }

    public void Dispose()
    {
    }
}
