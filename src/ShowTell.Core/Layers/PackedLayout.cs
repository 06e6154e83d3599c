namespace ShowTell.Layers;

/// <summary>
/// The packed layout of a minibatch of sequences: timestep by timestep, sequences sorted by descending length. Row n of
/// a timestep is sequence n; sequences that have ended drop out at the end (the order of PyTorch's PackedSequence).
/// With equal lengths it is time-major order. Reusable without allocating.
/// </summary>
internal sealed class PackedLayout
{
    private int[] _lengths = [];
    private int[] _starts = [0];

    /// <summary>N, the number of sequences.</summary>
    public int BatchSize { get; private set; }

    /// <summary>T, the number of timesteps: the length of the longest sequence.</summary>
    public int Timesteps { get; private set; }

    /// <summary>The number of rows of all timesteps: T·N for equal lengths.</summary>
    public int Rows => _starts[Timesteps];

    /// <summary>The number of rows if all sequences had the maximum length, to reserve memory once.</summary>
    public int MaxRows { get; private set; }

    /// <summary>The first row of timestep t.</summary>
    public int Start(int t) => _starts[t];

    /// <summary>The number of rows of timestep t: the sequences longer than t.</summary>
    public int RowsAt(int t) => _starts[t + 1] - _starts[t];

    /// <summary>The number of timesteps of a sequence.</summary>
    public int Length(int sequence) => _lengths[sequence];

    /// <summary>The rows of timestep t that belong to <paramref name="count"/> sequences.</summary>
    public TimeSlice Slice(int t, int sequence, int count)
    {
        count = Math.Clamp(RowsAt(t) - sequence, 0, count);
        return new TimeSlice(
            sequence, count, Start: count > 0 ? _starts[t] + sequence : 0,
            Previous: t > 0 && count > 0 ? _starts[t - 1] + sequence : -1);
    }

    /// <summary>Lays out N sequences of equal length.</summary>
    /// <param name="rows">The number of rows of all timesteps.</param>
    /// <param name="batchSize">N.</param>
    /// <exception cref="ArgumentException">The rows are not divisible into N sequences.</exception>
    public void SetEqual(int rows, int batchSize)
    {
        int length = TimeMajor.Timesteps(rows, batchSize);
        Reserve(batchSize);
        _lengths.AsSpan(0, batchSize).Fill(length);
        SetStarts(length);
    }

    /// <summary>Lays out sequences of these lengths, in descending order.</summary>
    /// <param name="lengths">The length of each sequence.</param>
    /// <param name="maxLength">The length to reserve memory for.</param>
    public void SetLengths(ReadOnlySpan<int> lengths, int maxLength)
    {
        Reserve(lengths.Length);
        lengths.CopyTo(_lengths);
        SetStarts(maxLength);
    }

    /// <summary>Copies another layout.</summary>
    public void CopyFrom(PackedLayout other)
    {
        SetLengths(other._lengths.AsSpan(0, other.BatchSize), maxLength: 0);
        MaxRows = other.MaxRows;
    }

    /// <summary>
    /// The first sequence of a part, if sequences are divided into parts with about the same number of rows.
    /// </summary>
    public int PartStart(int part, int parts)
    {
        long before = 0, limit = (long)Rows * part / parts;
        int n = 0;
        for (; n < BatchSize && before + (_lengths[n] / 2) < limit; n++)
        {
            before += _lengths[n];
        }

        return part == parts ? BatchSize : n;
    }

    private void Reserve(int batchSize)
    {
        ReusedArray.Reserve(ref _lengths, batchSize);
        BatchSize = batchSize;
    }

    private void SetStarts(int maxLength)
    {
        MaxRows = BatchSize * maxLength;
        Timesteps = BatchSize > 0 ? _lengths[0] : 0;
        ReusedArray.Reserve(ref _starts, Timesteps + 1);
        int rows = BatchSize;
        for (int t = 0; t < Timesteps; t++)
        {
            while (_lengths[rows - 1] <= t)
            {
                rows--;
            }

            _starts[t + 1] = _starts[t] + rows;
        }
    }
}

/// <summary>The rows of one timestep that belong to some of the sequences.</summary>
/// <param name="Sequence">The first of the sequences.</param>
/// <param name="Count">The number of rows: the sequences that reach this timestep.</param>
/// <param name="Start">The first row.</param>
/// <param name="Previous">The first row of the same sequences at the previous timestep; -1 at the first.</param>
internal readonly record struct TimeSlice(int Sequence, int Count, int Start, int Previous)
{
    /// <summary>These rows of a matrix in the packed layout.</summary>
    public MatrixSpan<T> Of<T>(Matrix<T> packed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => packed.RowBlock(Start, Count);

    /// <summary>The rows of these sequences in a matrix with one row per sequence.</summary>
    public MatrixSpan<T> OfSequences<T>(Matrix<T> perSequence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => perSequence.RowBlock(Sequence, Count);

    /// <summary>The rows of the previous timestep; at the first one, those of the initial state.</summary>
    public MatrixSpan<T> Before<T>(Matrix<T> packed, Matrix<T> initial)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Previous < 0 ? OfSequences(initial) : packed.RowBlock(Previous, Count);
}
