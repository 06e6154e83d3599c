namespace ShowTell.Layers;

/// <summary>
/// The loop over time of recurrent layers, with their states. A layer provides the forward and backward step of one
/// timestep. Each thread takes its own sequences through all timesteps. Reusable without allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal sealed class Recurrence<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Action<TimeSlice> _step, _stepBackward;
    private readonly SequenceJob _forward, _backward;

    /// <summary>Creates the loop of a layer.</summary>
    /// <param name="step">One timestep of some sequences: from <see cref="PreviousH"/> to <see cref="H"/>.</param>
    /// <param name="stepBackward">Its backward pass: replaces the gradient of the hidden states in <see cref="DNextH"/>
    /// by that of the previous ones, and computes that of the gates in <see cref="DA"/>.</param>
    public Recurrence(Action<TimeSlice> step, Action<TimeSlice> stepBackward)
    {
        (_step, _stepBackward) = (step, stepBackward);
        _forward = new SequenceJob(Layout, ForwardSequences);
        _backward = new SequenceJob(Layout, BackwardSequences);
    }

    /// <summary>The layout of timesteps in matrices of R rows.</summary>
    public PackedLayout Layout { get; } = new();

    /// <summary>Wh in the forward pass, Whᵀ in the backward pass.</summary>
    public PackedMatrix<T> Wh { get; } = new();

    /// <summary>h_1 to h_T, R x H.</summary>
    public Matrix<T> H { get; } = new(0, 0);

    /// <summary>h_0 to h_{T-1}, R x H: the previous state for each row of a timestep.</summary>
    public Matrix<T> PreviousH { get; } = new(0, 0);

    /// <summary>The gradients of the hidden states from above, R x H, set before <see cref="Backward"/>.</summary>
    public Matrix<T> DH { get; } = new(0, 0);

    /// <summary>The gradients of the hidden states from the next timestep, N x H.</summary>
    public Matrix<T> DNextH { get; } = new(0, 0);

    /// <summary>The gradients of the pre-activations of the gates, R x G·H.</summary>
    public Matrix<T> DA { get; } = new(0, 0);

    /// <summary>Resizes everything to a layout.</summary>
    public void Resize(PackedLayout layout, int hiddenSize, int gates)
    {
        if (layout != Layout)
        {
            Layout.CopyFrom(layout);
        }

        Resize(H, hiddenSize);
        Resize(PreviousH, hiddenSize);
        Resize(DH, hiddenSize);
        DNextH.Reshape(Layout.BatchSize, hiddenSize);
        Resize(DA, gates * hiddenSize);
    }

    /// <summary>Resizes a matrix to one row per row of the layout.</summary>
    public void Resize(Matrix<T> matrix, int columns)
    {
        matrix.Reserve(Layout.MaxRows, columns);
        matrix.Reshape(Layout.Rows, columns);
    }

    /// <summary>Computes the hidden states of all timesteps from h_0, N x H.</summary>
    public void Forward(ReadOnlyMatrixSpan<T> h0, Matrix<T> wh)
    {
        MatrixShape.Require(h0, Layout.BatchSize, wh.Rows, nameof(h0));
        if (Layout.Timesteps > 0)
        {
            h0.RowBlock(0, Layout.RowsAt(0)).CopyTo(PreviousH.RowBlock(0, Layout.RowsAt(0)));
        }

        Wh.Pack(wh);
        _forward.Run((long)Layout.Rows * wh.Length);
    }

    /// <summary>Computes the gradients of the gates, and of h_0, N x H, from <see cref="DH"/>.</summary>
    public void Backward(Matrix<T> wh, MatrixSpan<T> dH0)
    {
        Wh.PackTransposed(wh);
        DNextH.Span.Clear();
        _backward.Run((long)Layout.Rows * wh.Length);
        ((ReadOnlyMatrixSpan<T>)DNextH).CopyTo(dH0);
    }

    private void ForwardSequences(int sequence, int count)
    {
        for (int t = 0; t < Layout.Timesteps; t++)
        {
            TimeSlice now = Layout.Slice(t, sequence, count);
            if (now.Count == 0)
            {
                return;
            }

            _step(now);
            if (t + 1 < Layout.Timesteps)
            {
                TimeSlice next = Layout.Slice(t + 1, sequence, count);
                ((ReadOnlyMatrixSpan<T>)H.RowBlock(now.Start, next.Count)).CopyTo(next.Of(PreviousH));
            }
        }
    }

    private void BackwardSequences(int sequence, int count)
    {
        for (int t = Layout.Timesteps - 1; t >= 0; t--)
        {
            TimeSlice now = Layout.Slice(t, sequence, count);
            if (now.Count > 0)
            {
                MatrixSpan<T> dH = now.OfSequences(DNextH);
                for (int i = 0; i < now.Count; i++)
                {
                    TensorPrimitives.Add(dH.Row(i), DH.Row(now.Start + i), dH.Row(i));
                }

                _stepBackward(now);
            }
        }
    }
}

/// <summary>The members of a recurrent layer's cache that models use.</summary>
internal interface IRecurrentCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The states and the loop over time.</summary>
    Recurrence<T> Time { get; }

    /// <summary>x Wx + b, set before the forward pass; the gates after it.</summary>
    Matrix<T> Gates { get; }

    /// <summary>Resizes everything to a layout.</summary>
    void Resize(PackedLayout layout, int hiddenSize);

    /// <summary>Resizes to N sequences of equal length, and sets x Wx + b.</summary>
    void Project(ReadOnlyMatrixSpan<T> x, int batchSize, RecurrentWeights<T> weights)
    {
        Time.Layout.SetEqual(x.Rows, batchSize);
        Resize(Time.Layout, weights.HiddenSize);
        Affine.Forward(x, weights.Wx, weights.B.Span, Gates);
    }
}

/// <summary>Work on the sequences of a minibatch, divided into parts with about the same number of rows.</summary>
/// <param name="layout">The sequences.</param>
/// <param name="work">Processes <c>count</c> sequences from <c>sequence</c> on.</param>
internal sealed class SequenceJob(PackedLayout layout, Action<int, int> work) : WorkerJob
{
    /// <summary>With fewer multiply-adds, all sequences stay on the calling thread.</summary>
    private const long ParallelThreshold = 1 << 20;

    private int _parts;

    /// <summary>Runs the work.</summary>
    /// <param name="multiplyAdds">The total number of multiply-adds.</param>
    public void Run(long multiplyAdds)
    {
        _parts = multiplyAdds < ParallelThreshold ? 1 : Math.Min(Workers.Count, layout.BatchSize);
        Workers.Run(this, _parts);
    }

    /// <inheritdoc/>
    public override void Run(int part)
    {
        int start = layout.PartStart(part, _parts);
        work(start, layout.PartStart(part + 1, _parts) - start);
    }
}
