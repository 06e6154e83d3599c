using static ShowTell.Numerics.LanesMath;

namespace ShowTell.Layers;

/// <summary>
/// The additive score of an <see cref="AttentionLstm"/>: a small network instead of dot products, as in
/// "Show, Attend and Tell" (Xu et al., 2015; additive attention, Bahdanau et al., 2015):
/// <code>
/// K    = A Wkey + bkey                               once per image
/// q_t  = h_{t-1} Wquery
/// e_tp = v · tanh(K_p + q_t)                         for each region p
/// </code>
/// and backward from de_t:
/// <code>
/// s_tp = tanh(K_p + q_t)                             g_tp = de_tp v (1 - s_tp²)
/// dq_t = Σ_p g_tp                                    dK_p = Σ_t g_tp             dv = Σ_tp de_tp s_tp
/// dh_{t-1} += dq_t Wqueryᵀ                           dA += dK Wkeyᵀ
/// </code>
/// Shapes: A P x H, K P x U, q_t U, Wkey and Wquery H x U, bkey U, v U x 1. The backward pass recomputes s: saved, it
/// would be as large as P hidden states per word.
/// </summary>
internal static class AdditiveScore
{
    /// <summary>The scores of one sequence's regions at one timestep.</summary>
    public static void Forward<T>(ReadOnlySpan<T> query, ReadOnlyMatrixSpan<T> keys, ReadOnlySpan<T> v, Span<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int p = 0; p < keys.Rows; p++)
        {
            scores[p] = Elementwise.Sum<ScorePass<T>, T>(new(keys.Row(p), query, v), v.Length);
        }
    }

    /// <summary>
    /// The backward pass of one sequence at one timestep: sets dq, and adds to the gradients of K and v.
    /// </summary>
    public static void Backward<T>(
        ReadOnlySpan<T> dScores,
        ReadOnlySpan<T> query,
        ReadOnlyMatrixSpan<T> keys,
        ReadOnlySpan<T> v,
        Span<T> dQuery,
        MatrixSpan<T> dKeys,
        Span<T> dV)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        dQuery.Clear();
        for (int p = 0; p < keys.Rows; p++)
        {
            Elementwise.Run<BackwardPass<T>, T>(
                new(dScores[p], keys.Row(p), query, v, dQuery, dKeys.Row(p), dV), v.Length);
        }
    }

    /// <summary>v tanh(k + q), to be summed.</summary>
    private readonly ref struct ScorePass<T>(ReadOnlySpan<T> key, ReadOnlySpan<T> query, ReadOnlySpan<T> v)
        : IElementwiseSum<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _key = key, _query = query, _v = v;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes<TVector, TSimd, T> Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_v] * Tanh(at[_key] + at[_query]);
    }

    private readonly ref struct BackwardPass<T>(
        T dE, ReadOnlySpan<T> key, ReadOnlySpan<T> query, ReadOnlySpan<T> v, Span<T> dQuery, Span<T> dKey, Span<T> dV)
        : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _key = key, _query = query, _v = v;
        private readonly Span<T> _dQuery = dQuery, _dKey = dKey, _dV = dV;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var s = Tanh(at[_key] + at[_query]);
            at[_dV] = MultiplyAdd(dE, s, at[_dV]);
            var g = dE * at[_v] * (1.0 - (s * s));
            at[_dQuery] += g;
            at[_dKey] += g;
        }
    }
}

/// <summary>What an <see cref="AttentionLstm"/> with additive scores saves in addition.</summary>
internal sealed class AdditiveScoreCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T> _dKeys = new(0, 0);
    private readonly Matrix<T> _dQueries = new(0, 0);

    /// <summary>Each sequence's part of the gradient of v, N x U, so that threads share nothing.</summary>
    private readonly Matrix<T> _dV = new(0, 0);

    /// <summary>q of all timesteps, R x U.</summary>
    public Matrix<T> Queries { get; } = new(0, 0);

    public void BeginBackward(ImageGrids<T> images, Recurrence<T> time)
    {
        Matrix<T> keys = images.Keys!;
        time.Resize(_dQueries, keys.Columns);
        _dKeys.Reshape(keys.Rows, keys.Columns);
        _dV.Reshape(time.Layout.BatchSize, keys.Columns);
        _dKeys.Span.Clear();
        _dV.Span.Clear();
    }

    /// <summary>Computes the gradients of the previous hidden states from those of the scores.</summary>
    public void StepBackward(
        TimeSlice now, ImageGrids<T> images, Matrix<T> dE, PackedAttention<T> packed, Matrix<T> dPrevH)
    {
        MatrixSpan<T> dQueries = now.Of(_dQueries);
        for (int i = 0; i < now.Count; i++)
        {
            int row = now.Start + i, n = now.Sequence + i;
            AdditiveScore.Backward<T>(
                dE.Row(row), Queries.Row(row), images.KeysOf(n), packed.V!.Span, dQueries.Row(i),
                _dKeys.RowBlock(n * images.Regions, images.Regions), _dV.Row(n));
        }

        Gemm.NN(dQueries, packed.Query, now.OfSequences(dPrevH));
    }

    /// <summary>Computes the gradients of the weights, and adds the keys' part to those of the grids.</summary>
    public void EndBackward(
        ImageGrids<T> images,
        Recurrence<T> time,
        AdditiveScoreWeights<T> weights,
        AdditiveScoreWeights<T> gradients,
        Matrix<T> dGrid)
    {
        Gemm.TN<T>(time.PreviousH, _dQueries, gradients.Query);
        ColumnSums.Run<T>(_dV, gradients.V.Span);
        Affine.BackwardWeights(_dKeys, images.Grid, gradients.Key, gradients.KeyBias.Span);
        Gemm.NT<T>(_dKeys, weights.Key, dGrid, accumulate: true);
    }
}

/// <summary>The weights of an <see cref="AttentionLstm"/>'s additive score, or their gradients.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class AdditiveScoreWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Combines weights.</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public AdditiveScoreWeights(Matrix<T> key, Matrix<T> keyBias, Matrix<T> query, Matrix<T> v)
    {
        MatrixShape.Require<T>(keyBias, 1, key.Columns, nameof(keyBias));
        MatrixShape.Require<T>(query, key.Rows, key.Columns, nameof(query));
        MatrixShape.Require<T>(v, key.Columns, 1, nameof(v));
        (Key, KeyBias, Query, V) = (key, keyBias, query, v);
    }

    /// <summary>Wkey, from a region to its key, H x U.</summary>
    public Matrix<T> Key { get; }

    /// <summary>bkey, 1 x U.</summary>
    public Matrix<T> KeyBias { get; }

    /// <summary>Wquery, from the hidden state to the query, H x U.</summary>
    public Matrix<T> Query { get; }

    /// <summary>v, U x 1.</summary>
    public Matrix<T> V { get; }
}
