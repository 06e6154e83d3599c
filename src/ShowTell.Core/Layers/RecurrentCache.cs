namespace ShowTell.Layers;

/// <summary>
/// What a recurrent layer's pass forward over time saves for its pass back, and how both go through time. Reused, it
/// stops allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public abstract class RecurrentCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly BatchRows _forward;
    private readonly BatchRows _backward;

    /// <summary>Wh on the way forward, Whᵀ on the way back.</summary>
    private readonly PackedMatrix<T> _packedWh = new();

    private protected RecurrentCache()
    {
        _forward = new BatchRows(Steps, ForwardRows);
        _backward = new BatchRows(Steps, BackwardRows);
    }

    /// <summary>Number of timesteps, T.</summary>
    public int Timesteps => Steps.Count;

    /// <summary>Number of sequences, N.</summary>
    public int BatchSize => Steps.BatchSize;

    /// <summary>The hidden states h_1 to h_T, T·N x H, in time-major order.</summary>
    public MatrixSpan<T> HiddenStates => H;

    /// <summary>Which rows belong to which timestep.</summary>
    internal TimeSteps Steps { get; } = new();

    /// <summary>Takes x Wx + b of all timesteps before <see cref="Forward"/>.</summary>
    internal abstract Matrix<T> Activations { get; }

    /// <summary>Takes the gradients of the hidden states from above before <see cref="Backward"/>.</summary>
    internal Matrix<T> DH { get; } = new(0, 0);

    /// <summary>The gradients of the activations, which <see cref="Backward"/> leaves.</summary>
    internal Matrix<T> DA { get; } = new(0, 0);

    /// <summary>The gradients of the products h Wh: those of the activations where these are simply added to.</summary>
    private protected virtual Matrix<T> DU => DA;

    /// <summary>Whether a hidden state reaches the next one also without Wh; then the step back leaves the gradient
    /// that comes this way in <see cref="DNextH"/>.</summary>
    private protected virtual bool StateGoesOn => false;

    /// <summary>h_1 to h_T.</summary>
    private protected Matrix<T> H { get; } = new(0, 0);

    /// <summary>h_0 to h_{T-1}: for each row of a timestep the state before it.</summary>
    private protected Matrix<T> PreviousH { get; } = new(0, 0);

    /// <summary>The gradient that reaches the hidden states of one timestep from the one after it, N x H.</summary>
    private protected Matrix<T> DNextH { get; } = new(0, 0);

    /// <summary>Makes room for equally long sequences.</summary>
    internal void Resize(int inputRows, int batchSize, int hiddenSize)
    {
        Steps.SetEqual(inputRows, batchSize);
        Resize(hiddenSize);
    }

    /// <summary>Makes room for sequences of any lengths.</summary>
    internal void Resize(TimeSteps steps, int hiddenSize)
    {
        Steps.CopyFrom(steps);
        Resize(hiddenSize);
    }

    /// <summary>All timesteps of equally long sequences, from their inputs.</summary>
    internal static void ForwardInputs(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> h0, RecurrentWeights<T> weights, RecurrentCache<T> cache)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(cache);
        cache.Resize(x.Rows, h0.Rows, weights.HiddenSize);
        Affine.Forward(x, weights.Wx, weights.B.Span, cache.Activations);
        cache.Forward(h0, weights);
    }

    /// <summary>Back through all of them, to their inputs.</summary>
    internal static void BackwardInputs(
        ReadOnlyMatrixSpan<T> dH,
        ReadOnlyMatrixSpan<T> x,
        RecurrentCache<T> cache,
        RecurrentWeights<T> weights,
        MatrixSpan<T> dX,
        MatrixSpan<T> dH0,
        RecurrentWeights<T> gradients)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(gradients);
        dH.CopyTo(cache.DH);
        cache.Backward(weights, dH0, gradients);
        Affine.Backward(cache.DA, x, weights.Wx, dX, gradients.Wx, gradients.B.Span);
    }

    /// <summary>From the activations and h_0, N x H, to the hidden states of all timesteps.</summary>
    internal void Forward(ReadOnlyMatrixSpan<T> h0, RecurrentWeights<T> weights)
    {
        MatrixShape.Require(h0, Steps.BatchSize, weights.HiddenSize, nameof(h0));
        if (Steps.Count > 0)
        {
            h0.RowBlock(0, Steps.RowsAt(0)).CopyTo(PreviousH.RowBlock(0, Steps.RowsAt(0)));
        }

        BeginForward(weights);
        _packedWh.Pack(weights.Wh);
        _forward.Run((long)Steps.Rows * weights.Wh.Length);
    }

    /// <summary>
    /// From the gradients of the hidden states to those of the activations, of h_0 and of Wh, which is one product over
    /// all timesteps. Those of Wx and b are left to the caller.
    /// </summary>
    internal void Backward(RecurrentWeights<T> weights, MatrixSpan<T> dH0, RecurrentWeights<T> gradients)
    {
        _packedWh.PackTransposed(weights.Wh);
        DNextH.Span.Clear();
        BeginBackward();
        _backward.Run((long)Steps.Rows * weights.Wh.Length);
        ((ReadOnlyMatrixSpan<T>)DNextH).CopyTo(dH0);
        Gemm.TN<T>(PreviousH, DU, gradients.Wh);
        EndBackward(gradients);
    }

    /// <summary>Takes from the weights what only the one cell needs.</summary>
    private protected virtual void BeginForward(RecurrentWeights<T> weights)
    {
    }

    /// <summary>
    /// One timestep of some sequences: from the activations at <paramref name="rows"/>, to which the hidden part is
    /// still to be added, to the hidden states there.
    /// </summary>
    private protected abstract void StepForward(StepRows rows, PackedMatrix<T> wh);

    /// <summary>Clears what only the one cell hands from a timestep to the one before it.</summary>
    private protected virtual void BeginBackward()
    {
    }

    /// <summary>
    /// One timestep back, from the gradient of the hidden states in <see cref="DNextH"/> to that of the activations.
    /// </summary>
    private protected abstract void StepBackward(StepRows rows);

    /// <summary>The gradients of weights that only the one cell has.</summary>
    private protected virtual void EndBackward(RecurrentWeights<T> gradients)
    {
    }

    /// <summary>Makes room for what only the one cell needs.</summary>
    private protected abstract void ResizeCell(int hiddenSize);

    private void Resize(int hiddenSize)
    {
        Reshape(H, hiddenSize);
        Reshape(PreviousH, hiddenSize);
        Reshape(DH, hiddenSize);
        DNextH.Reshape(Steps.BatchSize, hiddenSize);
        ResizeCell(hiddenSize);
        Reshape(DA, Activations.Columns);
    }

    /// <summary>Gives a matrix a row for each row of the timesteps.</summary>
    private protected void Reshape(Matrix<T> matrix, int columns)
    {
        matrix.Reserve(Steps.MostRows, columns);
        matrix.Reshape(Steps.Rows, columns);
    }

    private void ForwardRows(int start, int count)
    {
        for (int t = 0; t < Steps.Count; t++)
        {
            StepRows rows = new(Steps, t, start, count);
            if (rows.Count == 0)
            {
                return;
            }

            StepForward(rows, _packedWh);
            if (t + 1 < Steps.Count)
            {
                StepRows next = new(Steps, t + 1, start, count);
                ReadOnlyMatrixSpan<T> going = H.RowBlock(rows.Start, next.Count);
                going.CopyTo(PreviousH.RowBlock(next.Start, next.Count));
            }
        }
    }

    private void BackwardRows(int start, int count)
    {
        for (int t = Steps.Count - 1; t >= 0; t--)
        {
            StepRows rows = new(Steps, t, start, count);
            if (rows.Count == 0)
            {
                continue;
            }

            MatrixSpan<T> dNextH = DNextH.RowBlock(start, rows.Count);
            for (int i = 0; i < rows.Count; i++)
            {
                TensorPrimitives.Add(dNextH.Row(i), DH.Row(rows.Start + i), dNextH.Row(i));
            }

            StepBackward(rows);
            Gemm.NN(rows.Of(DU), _packedWh, dNextH, accumulate: StateGoesOn);
        }
    }
}

/// <summary>The rows of one timestep that belong to some of the sequences.</summary>
internal readonly struct StepRows
{
    public StepRows(TimeSteps steps, int t, int sequence, int count)
    {
        Sequence = sequence;
        Count = Math.Clamp(steps.RowsAt(t) - sequence, 0, count);
        Start = Count > 0 ? steps.Start(t) + sequence : 0;
        Before = t > 0 && Count > 0 ? steps.Start(t - 1) + sequence : -1;
    }

    /// <summary>The first of the sequences.</summary>
    public int Sequence { get; }

    /// <summary>How many of them the timestep has.</summary>
    public int Count { get; }

    /// <summary>The first row.</summary>
    public int Start { get; }

    /// <summary>The first row of the same sequences at the timestep before; -1 at the first.</summary>
    public int Before { get; }

    /// <summary>These rows of a matrix of all timesteps.</summary>
    public MatrixSpan<T> Of<T>(Matrix<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => matrix.RowBlock(Start, Count);

    /// <summary>The rows of these sequences in a matrix of one row for each sequence.</summary>
    public MatrixSpan<T> OfSequences<T>(Matrix<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => matrix.RowBlock(Sequence, Count);
}
