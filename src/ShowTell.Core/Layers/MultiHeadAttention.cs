namespace ShowTell.Layers;

/// <summary>
/// Multi-head attention (Vaswani et al., "Attention is all you need", 2017): each row of x attends to the rows of a
/// memory, with each head separately. Head h has d = H / heads columns of Q, K and V:
/// <code>
/// Q = x W_query + b_query      (K, V) = memory W_memory + b_memory
/// α = softmax(Q_h K_hᵀ / √d)   Z_h = α V_h              out = Z W_out + b_out
/// </code>
/// and backward:
/// <code>
/// dZ = dOut W_outᵀ             dα = dZ_h V_hᵀ           dE = α ⊙ (dα - Σ_j α_j dα_j) / √d
/// dQ_h = dE K_h                dK_h = dEᵀ Q_h           dV_h = αᵀ dZ_h
/// dX = dQ W_queryᵀ             dMemory = (dK, dV) W_memoryᵀ
/// </code>
/// In self-attention the memory is x itself; causal self-attention limits a row to itself and earlier rows. Shapes: x R
/// x D, memory M x C, W_query D x H, W_memory C x 2H, W_out H x D, out R x D. The rows of a sequence are consecutive
/// (batch-major), and attend to the memory of their sequence.
/// </summary>
public static class MultiHeadAttention
{
    /// <summary>The forward pass for sequences of equal length. Allocates only if the cache must grow.</summary>
    /// <param name="x">R x D.</param>
    /// <param name="memory">M x C; x itself for self-attention.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="batchSize">The number of sequences.</param>
    /// <param name="heads">The number of heads, a divisor of H.</param>
    /// <param name="causal">Whether a row attends only to memory up to its own position.</param>
    /// <param name="cache">Receives what <see cref="Backward"/> needs, and the attention weights.</param>
    /// <param name="output">R x D.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> memory,
        AttentionWeights<T> weights,
        int batchSize,
        int heads,
        bool causal,
        MultiHeadAttentionCache<T> cache,
        MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        if (weights.Width % heads != 0)
        {
            throw new ArgumentException($"{weights.Width} columns are not divisible by {heads}.", nameof(heads));
        }

        cache.Rows.SetEqual(x.Rows, batchSize);
        cache.Memory.SetEqual(memory.Rows, batchSize);
        ArgumentOutOfRangeException.ThrowIfZero(cache.Memory.MaxLength, nameof(memory));
        if (causal && cache.Rows.MaxLength != cache.Memory.MaxLength)
        {
            throw new ArgumentException(
                $"Causal attention requires equal lengths, not {cache.Rows.MaxLength} and {cache.Memory.MaxLength}.",
                nameof(memory));
        }

        cache.Resize(weights.Width, heads, causal);
        cache.KeysValues.Reshape(memory.Rows, 2 * weights.Width);
        ProjectMemory(memory, weights, cache.KeysValues);
        ForwardRows(x, 0, weights, cache.KeysValues, cache, output);
    }

    /// <summary>
    /// The backward pass: adds to the gradients of x and memory, which are the same for self-attention, and overwrites
    /// those of the weights.
    /// </summary>
    /// <param name="dOut">R x D.</param>
    /// <param name="x">The x of <see cref="Forward"/>.</param>
    /// <param name="memory">The memory of <see cref="Forward"/>.</param>
    /// <param name="cache">The cache of <see cref="Forward"/>.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="dX">Added to, R x D.</param>
    /// <param name="dMemory">Added to, M x C.</param>
    /// <param name="gradients">The gradients of the weights.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Backward<T>(
        ReadOnlyMatrixSpan<T> dOut,
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> memory,
        MultiHeadAttentionCache<T> cache,
        AttentionWeights<T> weights,
        MatrixSpan<T> dX,
        MatrixSpan<T> dMemory,
        AttentionWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        cache.ResizeBackward();
        Affine.Backward(dOut, cache.Z, weights.WOut, cache.DZ, gradients.WOut, gradients.BOut.Span);
        cache.BackwardJob.Run((long)cache.Rows.Rows * cache.Memory.MaxLength * weights.Width);
        Gemm.NT(cache.DQueries, weights.WQuery, dX, accumulate: true);
        Affine.BackwardWeights(cache.DQueries, x, gradients.WQuery, gradients.BQuery.Span);
        Gemm.NT(cache.DKeysValues, weights.WMemory, dMemory, accumulate: true);
        Affine.BackwardWeights(cache.DKeysValues, memory, gradients.WMemory, gradients.BMemory.Span);
    }

    /// <summary>Keys and values of rows of the memory, K and V side by side, M x 2H.</summary>
    internal static void ProjectMemory<T>(
        ReadOnlyMatrixSpan<T> memory, AttentionWeights<T> weights, MatrixSpan<T> keysValues)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Affine.Forward(memory, weights.WMemory, weights.Packed?.Memory, weights.BMemory.Span, keysValues);

    /// <summary>
    /// The forward pass for all sequences, or, if each has one row, for a subset, given keys and values. Threads may
    /// process disjoint subsets concurrently.
    /// </summary>
    /// <param name="x">Rows of x.</param>
    /// <param name="start">The first of them among all rows.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="keysValues">K and V of all sequences, in the layout of the cache's memory.</param>
    /// <param name="cache">Resized for all sequences.</param>
    /// <param name="output">Receives one row per row of x.</param>
    internal static void ForwardRows<T>(
        ReadOnlyMatrixSpan<T> x,
        int start,
        AttentionWeights<T> weights,
        Matrix<T> keysValues,
        MultiHeadAttentionCache<T> cache,
        MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixSpan<T> queries = cache.Queries.RowBlock(start, x.Rows), z = cache.Z.RowBlock(start, x.Rows);
        Affine.Forward(x, weights.WQuery, weights.Packed?.Query, weights.BQuery.Span, queries);
        if (x.Rows == cache.Rows.Rows)
        {
            cache.Source = keysValues;
            cache.ForwardJob.Run((long)x.Rows * cache.Memory.MaxLength * weights.Width);
        }
        else
        {
            for (int n = start; n < start + x.Rows; n++)
            {
                Attend(n, keysValues, cache);
            }
        }

        Affine.Forward(z, weights.WOut, weights.Packed?.Out, weights.BOut.Span, output);
    }

    /// <summary>One sequence: from Q, and K and V of its memory, to α and Z.</summary>
    internal static void Attend<T>(int sequence, Matrix<T> keysValues, MultiHeadAttentionCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixSpan<T> queries = cache.Rows.Of<T>(cache.Queries, sequence), z = cache.Rows.Of<T>(cache.Z, sequence);
        MatrixSpan<T> memory = cache.MemoryOf(keysValues, sequence), attention = cache.AttentionOf(sequence);
        int positions = memory.Rows, width = queries.Columns, d = width / cache.Heads;
        T scale = T.One / T.Sqrt(T.CreateChecked(d));
        for (int h = 0; h < cache.Heads && queries.Rows > 0; h++)
        {
            MatrixSpan<T> alpha = attention.ColumnBlock(h * positions, positions);
            Gemm.NT(queries.ColumnBlock(h * d, d), memory.ColumnBlock(h * d, d), alpha);
            for (int i = 0; i < alpha.Rows; i++)
            {
                int visible = cache.Causal ? positions - alpha.Rows + i + 1 : positions;
                Span<T> scores = alpha.Row(i)[..visible];
                TensorPrimitives.Multiply(scores, scale, scores);
                Softmax.Forward(scores);
                alpha.Row(i)[visible..].Clear();
            }

            Gemm.NN(alpha, memory.ColumnBlock(width + (h * d), d), z.ColumnBlock(h * d, d));
        }
    }

    /// <summary>One sequence, backward: from dZ to dQ, dK and dV. Overwrites them.</summary>
    internal static void AttendBackward<T>(int sequence, MultiHeadAttentionCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixSpan<T> queries = cache.Rows.Of<T>(cache.Queries, sequence), dZ = cache.Rows.Of<T>(cache.DZ, sequence);
        MatrixSpan<T> memory = cache.MemoryOf(cache.KeysValues, sequence);
        MatrixSpan<T> dMemory = cache.Memory.Of<T>(cache.DKeysValues, sequence);
        MatrixSpan<T> dQueries = cache.Rows.Of<T>(cache.DQueries, sequence);
        if (queries.Rows == 0)
        {
            dMemory.Clear();
            return;
        }

        int positions = memory.Rows, width = queries.Columns, d = width / cache.Heads;
        T scale = T.One / T.Sqrt(T.CreateChecked(d));
        for (int h = 0; h < cache.Heads; h++)
        {
            ReadOnlyMatrixSpan<T> alpha = cache.AttentionOf(sequence).ColumnBlock(h * positions, positions);
            ReadOnlyMatrixSpan<T> dZOfHead = dZ.ColumnBlock(h * d, d);
            MatrixSpan<T> dE = cache.DAttentionOf(sequence).ColumnBlock(h * positions, positions);
            Gemm.NT(dZOfHead, memory.ColumnBlock(width + (h * d), d), dE);
            Gemm.TN(alpha, dZOfHead, dMemory.ColumnBlock(width + (h * d), d));
            for (int i = 0; i < dE.Rows; i++)
            {
                Softmax.Backward(alpha.Row(i), dE.Row(i));
                TensorPrimitives.Multiply(dE.Row(i), scale, dE.Row(i));
            }

            Gemm.NN(dE, memory.ColumnBlock(h * d, d), dQueries.ColumnBlock(h * d, d));
            Gemm.TN(dE, queries.ColumnBlock(h * d, d), dMemory.ColumnBlock(h * d, d));
        }
    }
}

/// <summary>The weights of <see cref="MultiHeadAttention"/>, or their gradients; biases have one row.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="WQuery">x to queries, D x H.</param>
/// <param name="BQuery">1 x H.</param>
/// <param name="WMemory">Memory to keys and, beside them, values, C x 2H.</param>
/// <param name="BMemory">1 x 2H.</param>
/// <param name="WOut">Attended values to output, H x D.</param>
/// <param name="BOut">1 x D.</param>
public sealed record AttentionWeights<T>(
    Matrix<T> WQuery, Matrix<T> BQuery, Matrix<T> WMemory, Matrix<T> BMemory, Matrix<T> WOut, Matrix<T> BOut)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>H, the columns of the queries of all heads.</summary>
    public int Width => WQuery.Columns;

    /// <summary>The packed matrices, for decoding; null for unpacked ones.</summary>
    internal (PackedMatrix<T> Query, PackedMatrix<T> Memory, PackedMatrix<T> Out)? Packed { get; private set; }

    internal void Pack() =>
        Packed = (PackedMatrix<T>.Of(WQuery), PackedMatrix<T>.Of(WMemory), PackedMatrix<T>.Of(WOut));
}

/// <summary>
/// What <see cref="MultiHeadAttention.Forward"/> saves for <see cref="MultiHeadAttention.Backward"/>. Reusable without
/// allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class MultiHeadAttentionCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T> _attention = new(0, 0);
    private readonly Matrix<T> _dAttention = new(0, 0);

    /// <summary>Creates an empty cache.</summary>
    public MultiHeadAttentionCache()
    {
        ForwardJob = new AttentionJob(Rows, n => MultiHeadAttention.Attend(n, Source!, this));
        BackwardJob = new AttentionJob(Rows, n => MultiHeadAttention.AttendBackward(n, this));
    }

    /// <summary>The number of heads.</summary>
    public int Heads { get; private set; }

    internal bool Causal { get; private set; }

    /// <summary>The layout of x.</summary>
    internal RaggedLayout Rows { get; } = new();

    /// <summary>The layout of the memory.</summary>
    internal RaggedLayout Memory { get; } = new();

    internal AttentionJob ForwardJob { get; }

    internal AttentionJob BackwardJob { get; }

    /// <summary>The keys and values that <see cref="ForwardJob"/> attends to.</summary>
    internal Matrix<T>? Source { get; set; }

    /// <summary>Q, R x H.</summary>
    internal Matrix<T> Queries { get; } = new(0, 0);

    /// <summary>K and V side by side, M x 2H.</summary>
    internal Matrix<T> KeysValues { get; } = new(0, 0);

    /// <summary>Z, R x H.</summary>
    internal Matrix<T> Z { get; } = new(0, 0);

    internal Matrix<T> DZ { get; } = new(0, 0);

    internal Matrix<T> DQueries { get; } = new(0, 0);

    internal Matrix<T> DKeysValues { get; } = new(0, 0);

    /// <summary>
    /// α of a sequence, one row per row of x: with P rows in its memory, head h has columns h·P to h·P + P - 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sequence.</exception>
    public ReadOnlyMatrixSpan<T> Attention(int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)sequence, (uint)Rows.Count, nameof(sequence));
        return AttentionOf(sequence);
    }

    internal MatrixSpan<T> AttentionOf(int sequence) => OfSequence(_attention, sequence);

    internal MatrixSpan<T> DAttentionOf(int sequence) => OfSequence(_dAttention, sequence);

    /// <summary>The keys and values of one sequence; a row of the matrix may hold several positions.</summary>
    internal MatrixSpan<T> MemoryOf(Matrix<T> keysValues, int sequence)
    {
        int columns = 2 * Queries.Columns;
        return Memory.Of(new MatrixSpan<T>(keysValues.Span, keysValues.Length / columns, columns), sequence);
    }

    /// <summary>Resizes to the layouts for a forward pass.</summary>
    internal void Resize(int width, int heads, bool causal)
    {
        (Heads, Causal) = (heads, causal);
        Resize(Queries, Rows, width);
        Resize(Z, Rows, width);
        ResizeAttention(_attention);
    }

    internal void ResizeBackward()
    {
        Resize(DQueries, Rows, Queries.Columns);
        Resize(DZ, Rows, Queries.Columns);
        Resize(DKeysValues, Memory, KeysValues.Columns);
        ResizeAttention(_dAttention);
    }

    /// <summary>Resizes a matrix to one row per row of a layout.</summary>
    internal static void Resize(Matrix<T> matrix, RaggedLayout layout, int columns)
    {
        matrix.Reserve(layout.MaxRows, columns);
        matrix.Reshape(layout.Rows, columns);
    }

    private void ResizeAttention(Matrix<T> attention)
    {
        attention.Reserve(Rows.MaxRows, Heads * (Memory.MaxRows / Math.Max(1, Memory.Count)));
        attention.Reshape(Rows.Rows, Heads * Memory.MaxLength);
    }

    private MatrixSpan<T> OfSequence(Matrix<T> attention, int n) =>
        Rows.Of<T>(attention, n).ColumnBlock(0, Heads * Memory.Length(n));
}

/// <summary>Work on independent sequences.</summary>
internal sealed class AttentionJob(RaggedLayout rows, Action<int> work) : WorkerJob
{
    /// <summary>With fewer multiply-adds, all sequences stay on the calling thread.</summary>
    private const long ParallelThreshold = 1 << 18;

    /// <summary>Parts per thread: sequences differ in length, and the longest are adjacent.</summary>
    private const int PartsPerThread = 4;

    private int _parts;

    public void Run(long multiplyAdds)
    {
        _parts = multiplyAdds < ParallelThreshold ? 1 : Math.Min(PartsPerThread * Workers.Count, rows.Count);
        Workers.Run(this, _parts);
    }

    public override void Run(int part)
    {
        (int start, int end) = Share(rows.Count, part, _parts);
        for (int n = start; n < end; n++)
        {
            work(n);
        }
    }
}
