using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ShowTell.Numerics;

namespace ShowTell.Files;

/// <summary>
/// Rows that lie in a file one after the other as this machine's memory has them (float32) or as float16: read at their
/// offset, several times as fast as through a library, and without allocating.
/// </summary>
/// <param name="file">The file's path, for messages.</param>
/// <param name="handle">The file. It stays open.</param>
/// <param name="info">The tensor, with elements of type float32 or float16.</param>
/// <param name="offset">Where its first element lies.</param>
/// <param name="checksums">CRC-32C of each row; null to check nothing.</param>
internal sealed class PlainRows(
    string file, SafeFileHandle handle, TensorInfo info, long offset, uint[]? checksums = null) : IRowReader
{
    // Half-precision elements read at a time: few enough to stay in the processor's cache.
    private const int BlockElements = 1 << 15;

    private readonly int _columns = (int)info.RowLength;
    private readonly bool _isHalf = info.ElementType == "float16";
    private Half[] _halves = [];

    /// <inheritdoc/>
    public TensorInfo Info { get; } = info;

    /// <summary>Whether elements of this type, in this byte order, can be read so.</summary>
    public static bool Supports(TensorInfo info, bool isBigEndian) =>
        info.ElementType is "float32" or "float16" && BitConverter.IsLittleEndian && !isBigEndian;

    /// <summary>Reads bytes; the file must have them.</summary>
    /// <exception cref="DataException">The file ends before, or the disk fails.</exception>
    public static void ReadBytes(string file, SafeFileHandle handle, long offset, Span<byte> bytes)
    {
        try
        {
            for (int done = 0; done < bytes.Length;)
            {
                int read = RandomAccess.Read(handle, bytes[done..], offset + done);
                done += read > 0 ? read : throw new DataException(
                    $"{file}: ends at byte {RandomAccess.GetLength(handle)}, before its tensors do: it is truncated.");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{file}: cannot be read: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public void Read(long start, MatrixSpan<float> destination)
    {
        MatrixShape.Require<float>(destination, destination.Rows, _columns, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Info.Shape[0] - destination.Rows);
        if (_isHalf)
        {
            ReadHalves(start, destination);
            return;
        }

        Span<float> elements = destination.Elements[..(destination.Rows * _columns)];
        ReadBytes(file, handle, offset + (start * _columns * sizeof(float)), MemoryMarshal.AsBytes(elements));
        for (int i = 0; i < destination.Rows; i++)
        {
            Check(start + i, MemoryMarshal.AsBytes(destination.Row(i)));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void ReadHalves(long start, MatrixSpan<float> destination)
    {
        int rowsAtOnce = Math.Max(1, BlockElements / Math.Max(1, _columns));
        if (_halves.Length == 0)
        {
            _halves = new Half[rowsAtOnce * _columns];
        }

        for (int row = 0; row < destination.Rows; row += rowsAtOnce)
        {
            int rows = Math.Min(rowsAtOnce, destination.Rows - row);
            Span<byte> bytes = MemoryMarshal.AsBytes(_halves.AsSpan(0, rows * _columns));
            int rowBytes = bytes.Length / rows;
            ReadBytes(file, handle, offset + ((start + row) * rowBytes), bytes);
            for (int i = 0; i < rows; i++)
            {
                Check(start + row + i, bytes.Slice(i * rowBytes, rowBytes));
            }

            ElementConversion.ToSingle(
                bytes, Info.ElementType, isBigEndian: false, destination.RowBlock(row, rows).Elements);
        }
    }

    private void Check(long row, ReadOnlySpan<byte> bytes)
    {
        if (checksums is not null && checksums[row] != Crc32C.Of(bytes))
        {
            throw new DataException(
                $"{file}: row {row} of {Info} does not have its checksum: the file was damaged. Make it again.");
        }
    }
}
