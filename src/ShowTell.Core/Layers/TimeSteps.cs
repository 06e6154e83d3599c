namespace ShowTell.Layers;

/// <summary>
/// Where the timesteps of a minibatch of sequences lie in a matrix of rows. Sequences are sorted by length, the longest
/// first: row n of a timestep is sequence n at every timestep, and sequences that have ended are missing from its end
/// (the order of PyTorch's PackedSequence). With equal lengths it is time-major order. Reused, it stops allocating.
/// </summary>
internal sealed class TimeSteps
{
    private int[] _lengths = [];
    private int[] _starts = [0];

    /// <summary>Number of sequences, N.</summary>
    public int BatchSize { get; private set; }

    /// <summary>Number of timesteps, T: the length of the longest sequence.</summary>
    public int Count { get; private set; }

    /// <summary>Rows of all timesteps: T·N where all sequences have the same length.</summary>
    public int Rows => _starts[Count];

    /// <summary>Rows that sequences of the greatest length would have: room to be made once and for all.</summary>
    public int MostRows { get; private set; }

    /// <summary>The first row of timestep t.</summary>
    public int Start(int t) => _starts[t];

    /// <summary>Rows of timestep t: the sequences that are longer than t.</summary>
    public int RowsAt(int t) => _starts[t + 1] - _starts[t];

    /// <summary>Timesteps of a sequence.</summary>
    public int Length(int sequence) => _lengths[sequence];

    /// <summary>Takes N sequences of equal length whose timesteps are so many rows in all.</summary>
    /// <exception cref="ArgumentException">The rows do not divide into N sequences.</exception>
    public void SetEqual(int rows, int batchSize)
    {
        int length = TimeMajor.Timesteps(rows, batchSize);
        Reserve(batchSize);
        _lengths.AsSpan(0, batchSize).Fill(length);
        Lay(length);
    }

    /// <summary>Takes sequences of these lengths, which must not increase.</summary>
    /// <param name="lengths">A length for each sequence.</param>
    /// <param name="longest">The greatest length that there may be.</param>
    public void SetLengths(ReadOnlySpan<int> lengths, int longest)
    {
        Reserve(lengths.Length);
        lengths.CopyTo(_lengths);
        Lay(longest);
    }

    /// <summary>Takes the layout of another object.</summary>
    public void CopyFrom(TimeSteps other)
    {
        SetLengths(other._lengths.AsSpan(0, other.BatchSize), longest: 0);
        MostRows = other.MostRows;
    }

    /// <summary>
    /// The first sequence of a part, where all sequences are cut into parts of about the same number of rows.
    /// </summary>
    public int PartStart(int part, int parts)
    {
        long before = 0, wanted = (long)Rows * part / parts;
        int n = 0;
        for (; n < BatchSize && before + (_lengths[n] / 2) < wanted; n++)
        {
            before += _lengths[n];
        }

        return part == parts ? BatchSize : n;
    }

    private void Reserve(int batchSize)
    {
        Reused.Reserve(ref _lengths, batchSize);
        BatchSize = batchSize;
    }

    private void Lay(int longest)
    {
        MostRows = BatchSize * longest;
        Count = BatchSize > 0 ? _lengths[0] : 0;
        Reused.Reserve(ref _starts, Count + 1);
        int rows = BatchSize;
        for (int t = 0; t < Count; t++)
        {
            while (_lengths[rows - 1] <= t)
            {
                rows--;
            }

            _starts[t + 1] = _starts[t] + rows;
        }
    }
}
