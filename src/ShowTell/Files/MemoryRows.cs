using ShowTell.Numerics;

namespace ShowTell.Files;

/// <summary>Rows of a tensor that was read whole, because its elements had to be converted.</summary>
internal sealed class MemoryRows(TensorInfo info, float[] elements) : IRowReader
{
    private readonly int _columns = (int)info.RowLength;

    /// <inheritdoc/>
    public TensorInfo Info { get; } = info;

    /// <inheritdoc/>
    public void Read(long start, MatrixSpan<float> destination)
    {
        MatrixShape.Require<float>(destination, destination.Rows, _columns, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Info.Shape[0] - destination.Rows);
        elements.AsSpan((int)start * destination.Columns, destination.Rows * destination.Columns)
            .CopyTo(destination.Elements);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
