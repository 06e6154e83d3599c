namespace ShowTell.Layers;

/// <summary>
/// Attention with several heads (Vaswani et al., "Attention is all you need", 2017): each row of x looks at the rows of
/// a memory, with each head at other things. Head h has d = H / heads columns of Q, K and V:
/// <code>
/// Q = x W_query + b_query      (K, V) = memory W_memory + b_memory
/// α = softmax(Q_h K_hᵀ / √d)   Z_h = α V_h              out = Z W_out + b_out
/// </code>
/// and back:
/// <code>
/// dZ = dOut W_outᵀ             dα = dZ_h V_hᵀ           dE = α ⊙ (dα - Σ_j α_j dα_j) / √d
/// dQ_h = dE K_h                dK_h = dEᵀ Q_h           dV_h = αᵀ dZ_h
/// dX = dQ W_queryᵀ             dMemory = (dK, dV) W_memoryᵀ
/// </code>
/// Where the memory is x itself, it is self-attention; then it may be causal: a row looks at itself and the rows before
/// it, and α is 0 behind. Shapes: x R x D, memory M x C, W_query D x H, W_memory C x 2H, W_out H x D, out R x D. The
/// rows of a sequence stand together, one sequence after the other (batch-major), and look at the memory of their
/// sequence.
/// </summary>
public static class MultiHeadAttention
{
    /// <summary>The layer for equally long sequences. Allocates only where the cache must grow.</summary>
    /// <param name="x">R x D.</param>
    /// <param name="memory">M x C; x itself for self-attention.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="batchSize">Number of sequences.</param>
    /// <param name="heads">Number of heads, a divisor of H.</param>
    /// <param name="causal">Whether a row looks only at memory up to its own place.</param>
    /// <param name="cache">Takes what <see cref="Backward"/> needs, and the weights of places.</param>
    /// <param name="output">R x D.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
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
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        if (weights.Width % heads != 0)
        {
            throw new ArgumentException($"{weights.Width} columns do not divide into {heads} heads.", nameof(heads));
        }

        cache.Resize(x.Rows, memory.Rows, batchSize, weights.Width, heads, causal);
        ForwardSequences(x, memory, weights, cache, output);
    }

    /// <summary>
    /// The gradients: adds to those of x and of the memory, which are one and the same for self-attention, and
    /// overwrites those of the weights.
    /// </summary>
    /// <param name="dOut">R x D.</param>
    /// <param name="x">The x that <see cref="Forward"/> had.</param>
    /// <param name="memory">The memory that it had.</param>
    /// <param name="cache">What it left.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="dX">Is added to, R x D.</param>
    /// <param name="dMemory">Is added to, M x C.</param>
    /// <param name="gradients">Gradients of the weights.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
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
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(gradients);
        Affine.Backward(dOut, cache.Z, weights.WOut, cache.DZ, gradients.WOut, gradients.BOut.Span);
        cache.AttendBackward();
        Gemm.NT(cache.DQueries, weights.WQuery, dX, accumulate: true);
        Affine.BackwardWeights(cache.DQueries, x, gradients.WQuery, gradients.BQuery.Span);
        Gemm.NT(cache.DKeysValues, weights.WMemory, dMemory, accumulate: true);
        Affine.BackwardWeights(cache.DKeysValues, memory, gradients.WMemory, gradients.BMemory.Span);
    }

    /// <summary>The layer for the sequences that the cache was made ready for.</summary>
    internal static void ForwardSequences<T>(
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> memory,
        AttentionWeights<T> weights,
        MultiHeadAttentionCache<T> cache,
        MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Affine.Forward(x, weights.WQuery, weights.BQuery.Span, cache.Queries);
        Affine.Forward(memory, weights.WMemory, weights.BMemory.Span, cache.KeysValues);
        cache.Attend();
        Affine.Forward(cache.Z, weights.WOut, weights.BOut.Span, output);
    }

    /// <summary>One sequence: from its Q, L x H, and its K and V side by side, P x 2H, to Z.</summary>
    /// <param name="queries">Q.</param>
    /// <param name="keysValues">K and V.</param>
    /// <param name="causal">Whether a row looks only at memory up to its own place.</param>
    /// <param name="attention">Takes α, L x heads·P: that of a head beside that of the one before it.</param>
    /// <param name="z">Takes Z, L x H.</param>
    internal static void Attend<T>(
        ReadOnlyMatrixSpan<T> queries,
        ReadOnlyMatrixSpan<T> keysValues,
        bool causal,
        MatrixSpan<T> attention,
        MatrixSpan<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int places = keysValues.Rows, heads = attention.Columns / places, width = queries.Columns, d = width / heads;
        T scale = T.One / T.Sqrt(T.CreateChecked(d));
        for (int h = 0; h < heads; h++)
        {
            MatrixSpan<T> alpha = attention.ColumnBlock(h * places, places);
            Gemm.NT(queries.ColumnBlock(h * d, d), keysValues.ColumnBlock(h * d, d), alpha);
            for (int i = 0; i < alpha.Rows; i++)
            {
                int seen = causal ? i + 1 : places;
                Span<T> scores = alpha.Row(i)[..seen];
                TensorPrimitives.Multiply(scores, scale, scores);
                Softmax.Forward(scores);
                alpha.Row(i)[seen..].Clear();
            }

            Gemm.NN(alpha, keysValues.ColumnBlock(width + (h * d), d), z.ColumnBlock(h * d, d));
        }
    }

    /// <summary>One sequence back: from dZ to dQ, dK and dV. Overwrites these, and dα with dE.</summary>
    internal static void AttendBackward<T>(
        ReadOnlyMatrixSpan<T> dZ,
        ReadOnlyMatrixSpan<T> queries,
        ReadOnlyMatrixSpan<T> keysValues,
        ReadOnlyMatrixSpan<T> attention,
        MatrixSpan<T> dAttention,
        MatrixSpan<T> dQueries,
        MatrixSpan<T> dKeysValues)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int places = keysValues.Rows, heads = attention.Columns / places, width = queries.Columns, d = width / heads;
        T scale = T.One / T.Sqrt(T.CreateChecked(d));
        for (int h = 0; h < heads; h++)
        {
            ReadOnlyMatrixSpan<T> alpha = attention.ColumnBlock(h * places, places);
            ReadOnlyMatrixSpan<T> dZOfHead = dZ.ColumnBlock(h * d, d);
            MatrixSpan<T> dE = dAttention.ColumnBlock(h * places, places);
            Gemm.NT(dZOfHead, keysValues.ColumnBlock(width + (h * d), d), dE);
            Gemm.TN(alpha, dZOfHead, dKeysValues.ColumnBlock(width + (h * d), d));
            for (int i = 0; i < dE.Rows; i++)
            {
                Softmax.Backward(alpha.Row(i), dE.Row(i));
                TensorPrimitives.Multiply(dE.Row(i), scale, dE.Row(i));
            }

            Gemm.NN(dE, keysValues.ColumnBlock(h * d, d), dQueries.ColumnBlock(h * d, d));
            Gemm.TN(dE, queries.ColumnBlock(h * d, d), dKeysValues.ColumnBlock(h * d, d));
        }
    }
}

/// <summary>The weights of <see cref="MultiHeadAttention"/>, or their gradients; biases have one row.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="WQuery">x to queries, D x H.</param>
/// <param name="BQuery">1 x H.</param>
/// <param name="WMemory">Memory to keys and, beside them, values, C x 2H.</param>
/// <param name="BMemory">1 x 2H.</param>
/// <param name="WOut">What was seen to the output, H x D.</param>
/// <param name="BOut">1 x D.</param>
public sealed record AttentionWeights<T>(
    Matrix<T> WQuery, Matrix<T> BQuery, Matrix<T> WMemory, Matrix<T> BMemory, Matrix<T> WOut, Matrix<T> BOut)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>H, columns of the queries, of all heads together.</summary>
    public int Width => WQuery.Columns;
}
