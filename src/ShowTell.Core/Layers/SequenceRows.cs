namespace ShowTell.Layers;

/// <summary>
/// Which rows belong to which sequence where whole sequences stand one after the other (batch-major), each as long as
/// it is. Reused, it stops allocating.
/// </summary>
internal sealed class SequenceRows
{
    private int[] _starts = [0];

    /// <summary>Number of sequences, N.</summary>
    public int Count { get; private set; }

    /// <summary>Rows of all sequences.</summary>
    public int Rows => _starts[Count];

    /// <summary>Length of the longest.</summary>
    public int Longest { get; private set; }

    /// <summary>Rows that sequences of the greatest length would have: room to be made once and for all.</summary>
    public int MostRows { get; private set; }

    /// <summary>The first row of a sequence.</summary>
    public int Start(int sequence) => _starts[sequence];

    /// <summary>Rows of a sequence.</summary>
    public int Length(int sequence) => _starts[sequence + 1] - _starts[sequence];

    /// <summary>Takes N sequences of equal length whose rows are so many in all.</summary>
    /// <exception cref="ArgumentException">The rows do not divide into N sequences.</exception>
    public void SetEqual(int rows, int count)
    {
        int length = TimeMajor.Timesteps(rows, count);
        Reserve(count);
        for (int n = 0; n < count; n++)
        {
            _starts[n + 1] = _starts[n] + length;
        }

        (Longest, MostRows) = (length, rows);
    }

    /// <summary>Takes the sequences of rows in time-major order.</summary>
    public void CopyFrom(TimeSteps steps)
    {
        Reserve(steps.BatchSize);
        for (int n = 0; n < Count; n++)
        {
            _starts[n + 1] = _starts[n] + steps.Length(n);
        }

        (Longest, MostRows) = (steps.Count, steps.MostRows);
    }

    private void Reserve(int count)
    {
        Reused.Reserve(ref _starts, count + 1);
        Count = count;
    }
}
