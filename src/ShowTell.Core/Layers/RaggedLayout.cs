namespace ShowTell.Layers;

/// <summary>
/// The ragged layout of a minibatch of sequences: whole sequences one after the other (batch-major), of different
/// lengths. Reusable without allocating.
/// </summary>
internal sealed class RaggedLayout
{
    private int[] _starts = [];
    private int[] _lengths = [];
    private int[] _rowOfPacked = [];

    /// <summary>N, the number of sequences.</summary>
    public int Count { get; private set; }

    /// <summary>The number of rows of all sequences.</summary>
    public int Rows { get; private set; }

    /// <summary>The length of the longest sequence.</summary>
    public int MaxLength { get; private set; }

    /// <summary>The number of rows if all sequences had the maximum length, to reserve memory once.</summary>
    public int MaxRows { get; private set; }

    /// <summary>The first row of a sequence.</summary>
    public int Start(int sequence) => _starts[sequence];

    /// <summary>The number of rows of a sequence.</summary>
    public int Length(int sequence) => _lengths[sequence];

    /// <summary>The row here of a row of the packed layout.</summary>
    public int RowOfPacked(int row) => _rowOfPacked[row];

    /// <summary>The rows of a sequence in a matrix of this layout.</summary>
    public MatrixSpan<T> Of<T>(MatrixSpan<T> matrix, int sequence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => matrix.RowBlock(_starts[sequence], _lengths[sequence]);

    /// <summary>Lays out N sequences of equal length.</summary>
    /// <param name="rows">The number of rows of all sequences.</param>
    /// <param name="count">N.</param>
    /// <exception cref="ArgumentException">The rows are not divisible into N sequences.</exception>
    public void SetEqual(int rows, int count)
    {
        int length = TimeMajor.Timesteps(rows, count);
        Set(count, rows, length, maxRows: rows);
        for (int n = 0; n < count; n++)
        {
            (_starts[n], _lengths[n]) = (n * length, length);
        }
    }

    /// <summary>Lays out the sequences of a packed layout.</summary>
    public void CopyFrom(PackedLayout packed)
    {
        Set(packed.BatchSize, packed.Rows, packed.Timesteps, packed.MaxRows);
        ReusedArray.Reserve(ref _rowOfPacked, Math.Max(packed.Rows, packed.MaxRows));
        for (int n = 0, start = 0; n < Count; n++)
        {
            (_starts[n], _lengths[n]) = (start, packed.Length(n));
            for (int t = 0; t < _lengths[n]; t++)
            {
                _rowOfPacked[packed.Start(t) + n] = start++;
            }
        }
    }

    /// <summary>
    /// Lays out sequences that each use <paramref name="length"/> rows of a block of <paramref name="room"/> rows;
    /// sequences may share blocks.
    /// </summary>
    /// <param name="blocks">The block of each sequence; empty for one block per sequence, in order.</param>
    /// <param name="count">N, the number of sequences.</param>
    /// <param name="length">The number of rows that each sequence uses.</param>
    /// <param name="room">The number of rows per block.</param>
    public void SetBlocks(ReadOnlySpan<int> blocks, int count, int length, int room)
    {
        Set(count, count * length, length, count * room);
        for (int n = 0; n < count; n++)
        {
            (_starts[n], _lengths[n]) = ((blocks.IsEmpty ? n : blocks[n]) * room, length);
        }
    }

    private void Set(int count, int rows, int maxLength, int maxRows)
    {
        ReusedArray.Reserve(ref _starts, count);
        ReusedArray.Reserve(ref _lengths, count);
        (Count, Rows, MaxLength, MaxRows) = (count, rows, maxLength, maxRows);
    }
}
