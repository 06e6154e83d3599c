namespace ShowTell.Layers;

/// <summary>
/// What <see cref="MultiHeadAttention"/> saves on the way forward for the way back, and how both go through the
/// sequences: these do not depend on each other, so that each thread takes its own ones. Reused, it stops allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class MultiHeadAttentionCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SequenceRows _rows = new();
    private readonly SequenceRows _memory = new();
    private readonly Pass _forward;
    private readonly Pass _backward;
    private readonly Matrix<T> _attention = new(0, 0);
    private readonly Matrix<T> _dAttention = new(0, 0);
    private bool _causal;

    /// <summary>Makes an empty one.</summary>
    public MultiHeadAttentionCache() => (_forward, _backward) = (new(_rows, Attend), new(_rows, AttendBackward));

    /// <summary>Number of heads.</summary>
    public int Heads { get; private set; }

    /// <summary>Q, R x H.</summary>
    internal Matrix<T> Queries { get; } = new(0, 0);

    /// <summary>K and V side by side, M x 2H.</summary>
    internal Matrix<T> KeysValues { get; } = new(0, 0);

    /// <summary>Z, R x H.</summary>
    internal Matrix<T> Z { get; } = new(0, 0);

    /// <summary>The gradient of <see cref="Z"/>.</summary>
    internal Matrix<T> DZ { get; } = new(0, 0);

    /// <summary>The gradient of <see cref="Queries"/>.</summary>
    internal Matrix<T> DQueries { get; } = new(0, 0);

    /// <summary>The gradient of <see cref="KeysValues"/>.</summary>
    internal Matrix<T> DKeysValues { get; } = new(0, 0);

    /// <summary>
    /// α of a sequence, a row for each of its rows: with P places in its memory, head h has columns h·P to h·P + P - 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sequence.</exception>
    public ReadOnlyMatrixSpan<T> Attention(int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)sequence, (uint)_rows.Count, nameof(sequence));
        return OfSequence(_attention, sequence);
    }

    /// <summary>Makes room for equally long sequences.</summary>
    internal void Resize(int rows, int memoryRows, int batchSize, int width, int heads, bool causal)
    {
        _rows.SetEqual(rows, batchSize);
        _memory.SetEqual(memoryRows, batchSize);
        ArgumentOutOfRangeException.ThrowIfZero(_memory.Longest, nameof(memoryRows));
        if (causal && _rows.Longest != _memory.Longest)
        {
            throw new ArgumentException(
                $"{_rows.Longest} rows cannot look back at a memory of {_memory.Longest}.", nameof(memoryRows));
        }

        Resize(width, heads, causal);
    }

    /// <summary>Makes room for captions that look at themselves.</summary>
    internal void Resize(TimeSteps captions, int width, int heads)
    {
        _rows.CopyFrom(captions);
        _memory.CopyFrom(captions);
        Resize(width, heads, causal: true);
    }

    /// <summary>Makes room for captions that look at so many places each.</summary>
    internal void Resize(TimeSteps captions, int places, int width, int heads)
    {
        _rows.CopyFrom(captions);
        _memory.SetEqual(captions.BatchSize * places, captions.BatchSize);
        Resize(width, heads, causal: false);
    }

    /// <summary>From Q, K and V to α and Z.</summary>
    internal void Attend() => _forward.Run((long)_rows.Rows * _memory.Longest * Queries.Columns);

    /// <summary>From dZ to dQ, dK and dV.</summary>
    internal void AttendBackward() => _backward.Run((long)_rows.Rows * _memory.Longest * Queries.Columns);

    private void Resize(int width, int heads, bool causal)
    {
        (Heads, _causal) = (heads, causal);
        Reshape(Queries, _rows, width);
        Reshape(DQueries, _rows, width);
        Reshape(Z, _rows, width);
        Reshape(DZ, _rows, width);
        Reshape(KeysValues, _memory, 2 * width);
        Reshape(DKeysValues, _memory, 2 * width);
        int most = _memory.MostRows / Math.Max(1, _memory.Count);
        _attention.Reserve(_rows.MostRows, heads * most);
        _dAttention.Reserve(_rows.MostRows, heads * most);
        _attention.Reshape(_rows.Rows, heads * _memory.Longest);
        _dAttention.Reshape(_rows.Rows, heads * _memory.Longest);
    }

    private static void Reshape(Matrix<T> matrix, SequenceRows rows, int columns)
    {
        matrix.Reserve(rows.MostRows, columns);
        matrix.Reshape(rows.Rows, columns);
    }

    private MatrixSpan<T> OfSequence(Matrix<T> attention, int n) =>
        RowsOf(attention, _rows, n).ColumnBlock(0, Heads * _memory.Length(n));

    private static MatrixSpan<T> RowsOf(Matrix<T> matrix, SequenceRows rows, int n) =>
        matrix.RowBlock(rows.Start(n), rows.Length(n));

    private void Attend(int n)
    {
        if (_rows.Length(n) > 0)
        {
            MultiHeadAttention.Attend(
                RowsOf(Queries, _rows, n), RowsOf(KeysValues, _memory, n), _causal, OfSequence(_attention, n),
                RowsOf(Z, _rows, n));
        }
    }

    private void AttendBackward(int n)
    {
        MatrixSpan<T> dKeysValues = RowsOf(DKeysValues, _memory, n);
        if (_rows.Length(n) == 0)
        {
            // Nobody looks at the memory of a sequence without rows.
            dKeysValues.Clear();
            return;
        }

        MultiHeadAttention.AttendBackward(
            RowsOf(DZ, _rows, n), RowsOf(Queries, _rows, n), RowsOf(KeysValues, _memory, n), OfSequence(_attention, n),
            OfSequence(_dAttention, n), RowsOf(DQueries, _rows, n), dKeysValues);
    }

    /// <summary>One way through all sequences.</summary>
    private sealed class Pass(SequenceRows rows, Action<int> pass) : WorkerJob
    {
        /// <summary>Below this many multiply-adds all sequences stay on the calling thread.</summary>
        private const long ParallelThreshold = 1 << 18;

        /// <summary>Parts for each thread: sequences differ in length, and the longest may stand together.</summary>
        private const int PartsOfThread = 4;

        private int _parts;

        public void Run(long multiplyAdds)
        {
            _parts = multiplyAdds < ParallelThreshold ? 1 : Math.Min(PartsOfThread * Workers.Count, rows.Count);
            Workers.Run(this, _parts);
        }

        public override void Run(int part)
        {
            (int start, int end) = Share(rows.Count, part, _parts);
            for (int n = start; n < end; n++)
            {
                pass(n);
            }
        }
    }
}
