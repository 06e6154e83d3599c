namespace ShowTell.Layers;

/// <summary>
/// What <see cref="AttentionLstm.Forward"/> saves for <see cref="AttentionLstm.Backward"/>: the grids, what was looked
/// at, states and gates. Reused, it stops allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public class AttentionLstmCache<T> : LstmCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly BatchRows _gridBackward;

    /// <summary>Wattn on the way forward, Wattnᵀ on the way back.</summary>
    private readonly PackedMatrix<T> _packedAttention = new();

    /// <summary>h_0, and on the way back its gradient, N x H.</summary>
    private readonly Matrix<T> _h0 = new(0, 0);
    private readonly Matrix<T> _attention = new(0, 0);
    private readonly Matrix<T> _z = new(0, 0);
    private readonly Matrix<T> _dZ = new(0, 0);
    private readonly Matrix<T> _dE = new(0, 0);

    /// <summary>Makes an empty one.</summary>
    public AttentionLstmCache() => _gridBackward = new BatchRows(Steps, GridBackward);

    /// <summary>Places of a grid, P.</summary>
    public int Places { get; private set; }

    /// <summary>α of all timesteps, T·N x P, in time-major order.</summary>
    public MatrixSpan<T> Attention => _attention;

    /// <summary>Takes A of each sequence, N·P x H, before <see cref="Forward"/>.</summary>
    internal Matrix<T> Grid { get; } = new(0, 0);

    /// <summary>The gradients of these, which <see cref="Backward"/> leaves.</summary>
    internal Matrix<T> DGrid { get; } = new(0, 0);

    /// <summary>The gradient of the scores of all timesteps, R x P.</summary>
    private protected MatrixSpan<T> DE => _dE;

    /// <summary>The gradient of z of all timesteps, R x H.</summary>
    private protected MatrixSpan<T> DZ => _dZ;

    /// <summary>A hidden state reaches the next one also through what is looked at.</summary>
    private protected override bool StateGoesOn => true;

    /// <summary>Makes room for equally long sequences.</summary>
    internal void Resize(int inputRows, int batchSize, int hiddenSize, int places)
    {
        Places = places;
        Resize(inputRows, batchSize, hiddenSize);
    }

    /// <summary>Makes room for sequences of any lengths.</summary>
    internal void Resize(TimeSteps steps, int hiddenSize, int places)
    {
        Places = places;
        Resize(steps, hiddenSize);
    }

    /// <summary>From the activations and grids to the hidden states of all timesteps.</summary>
    internal void Forward(RecurrentWeights<T> weights)
    {
        _packedAttention.Pack(weights.Attention);
        for (int n = 0; n < BatchSize; n++)
        {
            AttentionLstm.Mean<T>(GridOf(n), _h0.Row(n));
        }

        C0.CopyFrom(_h0);
        Forward(_h0, weights);
    }

    /// <summary>
    /// From the gradients of the hidden states to those of the activations, the grids, Wh and Wattn. Those of Wx and b
    /// are left to the caller.
    /// </summary>
    internal virtual void Backward(RecurrentWeights<T> weights, RecurrentWeights<T> gradients)
    {
        _packedAttention.PackTransposed(weights.Attention);
        Backward(weights, _h0, gradients);
        Gemm.TN<T>(_z, DA, gradients.Attention);
        _gridBackward.Run((long)Steps.Rows * Places * _z.Columns);
    }

    private protected override void ResizeCell(int hiddenSize)
    {
        base.ResizeCell(hiddenSize);
        _h0.Reshape(BatchSize, hiddenSize);
        Grid.Reshape(BatchSize * Places, hiddenSize);
        DGrid.Reshape(BatchSize * Places, hiddenSize);
        Reshape(_attention, Places);
        Reshape(_dE, Places);
        Reshape(_z, hiddenSize);
        Reshape(_dZ, hiddenSize);
    }

    private protected override void StepForward(StepRows rows, PackedMatrix<T> wh)
    {
        Score(rows);
        for (int i = 0; i < rows.Count; i++)
        {
            int row = rows.Start + i;
            AttentionLstm.Look<T>(GridOf(rows.Sequence + i), _attention.Row(row), _z.Row(row));
        }

        Gemm.NN(rows.Of(_z), _packedAttention, rows.Of(Activations), accumulate: true);
        base.StepForward(rows, wh);
    }

    private protected override void StepBackward(StepRows rows)
    {
        base.StepBackward(rows);
        Gemm.NN(rows.Of(DA), _packedAttention, rows.Of(_dZ));
        for (int i = 0; i < rows.Count; i++)
        {
            int row = rows.Start + i;
            AttentionLstm.LookBackward<T>(
                _dZ.Row(row), GridOf(rows.Sequence + i), _attention.Row(row), _dE.Row(row));
        }

        ScoreBackward(rows);
    }

    /// <summary>The scores of the places at one timestep of some sequences, from the hidden states before it.</summary>
    private protected virtual void Score(StepRows rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            int row = rows.Start + i;
            AttentionLstm.Score<T>(PreviousH.Row(row), GridOf(rows.Sequence + i), _attention.Row(row));
        }
    }

    /// <summary>
    /// From the gradients of the scores at one timestep of some sequences to those of the hidden states before it, into
    /// <see cref="RecurrentCache{T}.DNextH"/>.
    /// </summary>
    private protected virtual void ScoreBackward(StepRows rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            int n = rows.Sequence + i;
            AttentionLstm.ScoreBackward<T>(_dE.Row(rows.Start + i), GridOf(n), DNextH.Row(n));
        }
    }

    /// <summary>Adds what one look, that of a row, gives to the gradient of its grid.</summary>
    private protected virtual void AddGridGradient(int row, MatrixSpan<T> dGrid) => AttentionLstm.AddGridGradient(
        _attention.Row(row), _dZ.Row(row), _dE.Row(row), PreviousH.Row(row), dGrid);

    /// <summary>
    /// The gradients of some grids. They are summed grid by grid at the end, because a grid then stays in the
    /// processor's cache for all timesteps.
    /// </summary>
    private void GridBackward(int start, int count)
    {
        T share = T.One / T.CreateChecked(Places);
        for (int n = start; n < start + count; n++)
        {
            MatrixSpan<T> dGrid = DGrid.RowBlock(n * Places, Places);
            for (int p = 0; p < Places; p++)
            {
                TensorPrimitives.Add(DNextH.Row(n), DC0.Row(n), dGrid.Row(p));
                TensorPrimitives.Multiply(dGrid.Row(p), share, dGrid.Row(p));
            }

            for (int t = 0; t < Steps.Count && n < Steps.RowsAt(t); t++)
            {
                AddGridGradient(Steps.Start(t) + n, dGrid);
            }
        }
    }

    private ReadOnlyMatrixSpan<T> GridOf(int sequence) => Grid.RowBlock(sequence * Places, Places);
}

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
        MatrixSpan<T> queries = rows.Of(_queries);
        Gemm.NN(rows.Of(PreviousH), _packedQuery, queries);
        for (int i = 0; i < rows.Count; i++)
        {
            AdditiveScore.Forward<T>(
                queries.Row(i), KeysOf(_keys, rows.Sequence + i), _v!.Span, Attention.Row(rows.Start + i));
        }
    }

    private protected override void ScoreBackward(StepRows rows)
    {
        MatrixSpan<T> dQueries = rows.Of(_dQueries);
        for (int i = 0; i < rows.Count; i++)
        {
            int row = rows.Start + i, n = rows.Sequence + i;
            AdditiveScore.Backward<T>(
                DE.Row(row), _queries.Row(row), KeysOf(_keys, n), _v!.Span,
                dQueries.Row(i), KeysOf(_dKeys, n), _dV.Row(n));
        }

        Gemm.NN(dQueries, _packedQuery, rows.OfSequences(DNextH));
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
