using System.Numerics;
using System.Numerics.Tensors;
using ShowTell.Numerics;

namespace ShowTell.Layers;

/// <summary>
/// An <see cref="AttentionLstmCache{T}"/> with which <see cref="AttentionLstm.Forward"/> and its way back score places
/// by <see cref="AdditiveScore"/>.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class AdditiveAttentionCache<T> : AttentionLstmCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T> _keys = new(0, 0);
    private readonly Matrix<T> _dKeys = new(0, 0);
    private readonly Matrix<T> _queries = new(0, 0);
    private readonly Matrix<T> _dQueries = new(0, 0);

    /// <summary>What each sequence gives to the gradient of v, N x U, for threads not to meet there.</summary>
    private readonly Matrix<T> _dV = new(0, 0);

    /// <summary>Wquery on the way forward, Wqueryᵀ on the way back.</summary>
    private readonly PackedMatrix<T> _packedQuery = new();
    private Matrix<T>? _v;

    /// <inheritdoc/>
    internal override void Backward(RecurrentWeights<T> weights, RecurrentWeights<T> gradients)
    {
        AdditiveScoreWeights<T> score = weights.AdditiveScore, d = gradients.AdditiveScore;
        _packedQuery.PackTransposed(score.Query);
        _v = score.V;
        Reshape(_dQueries, _keys.Columns);
        _dKeys.Reshape(_keys.Rows, _keys.Columns);
        _dV.Reshape(BatchSize, _keys.Columns);
        _dKeys.Span.Clear();
        _dV.Span.Clear();
        base.Backward(weights, gradients);
        Gemm.TN<T>(PreviousH, _dQueries, d.Query);
        ColumnSums.Run<T>(_dV, d.V.Span);
        Affine.BackwardWeights(_dKeys, Grid, d.Key, d.KeyBias.Span);
        Gemm.NT<T>(_dKeys, score.Key, DGrid, accumulate: true);
    }

    private protected override void BeginForward(RecurrentWeights<T> weights)
    {
        AdditiveScoreWeights<T> score = weights.AdditiveScore;
        int units = score.Key.Columns;
        _keys.Reshape(Grid.Rows, units);
        Reshape(_queries, units);
        Affine.Forward(Grid, score.Key, score.KeyBias.Span, _keys);
        _packedQuery.Pack(score.Query);
        _v = score.V;
    }

    private protected override void Score(StepRows rows)
    {
        MatrixSpan<T> queries = _queries.RowBlock(rows.Start, rows.Count);
        Gemm.NN(PreviousH.RowBlock(rows.Start, rows.Count), _packedQuery, queries);
        for (int i = 0; i < rows.Count; i++)
        {
            AdditiveScore.Forward<T>(
                queries.Row(i), KeysOf(_keys, rows.Sequence + i), _v!.Span, Attention.Row(rows.Start + i));
        }
    }

    private protected override void ScoreBackward(StepRows rows)
    {
        MatrixSpan<T> dQueries = _dQueries.RowBlock(rows.Start, rows.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            int row = rows.Start + i, n = rows.Sequence + i;
            AdditiveScore.Backward<T>(
                DE.Row(row), _queries.Row(row), KeysOf(_keys, n), _v!.Span,
                dQueries.Row(i), KeysOf(_dKeys, n), _dV.Row(n));
        }

        Gemm.NN(dQueries, _packedQuery, DNextH.RowBlock(rows.Sequence, rows.Count));
    }

    private protected override void AddGridGradient(int row, MatrixSpan<T> dGrid)
    {
        for (int p = 0; p < Places; p++)
        {
            TensorPrimitives.MultiplyAdd(DZ.Row(row), Attention[row, p], dGrid.Row(p), dGrid.Row(p));
        }
    }

    private MatrixSpan<T> KeysOf(Matrix<T> keys, int sequence) => keys.RowBlock(sequence * Places, Places);
}
