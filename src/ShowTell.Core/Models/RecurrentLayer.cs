using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>One layer of a <see cref="RecurrentNetwork{T}"/>: its weights, its states and where these begin.</summary>
internal sealed class RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptioningOptions _options;
    private readonly FirstState _h0;
    private readonly FirstState? _c0;

    /// <summary>The input as dropout leaves it.</summary>
    private readonly DroppedRows<T> _droppedInput = new();

    // To decode with.
    private readonly PackedMatrix<T> _wx = new();
    private readonly PackedMatrix<T> _wh = new();
    private readonly Matrix<T> _activations = new(0, 0);

    /// <summary>What a GRU computes beside the activations.</summary>
    private readonly Matrix<T> _hidden = new(0, 0);

    public RecurrentLayer(CaptioningOptions options, CaptioningParameters<T> parameters, int index)
    {
        (_options, Index, Weights) = (options, index, parameters.RecurrentLayers[index]);
        string suffix = Suffix(index);
        _h0 = new FirstState(parameters, "proj" + suffix);
        _c0 = options.ImageCell ? new FirstState(parameters, "cell" + suffix) : null;
        States = options.Cell switch
        {
            CellKind.Rnn => new RnnCache<T>(),
            CellKind.Lstm => new LstmCache<T>(),
            CellKind.Gru => new GruCache<T>(),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Cell, "There is no such cell."),
        };
    }

    /// <summary>Which layer it is, from 0 on.</summary>
    public int Index { get; }

    public RecurrentWeights<T> Weights { get; }

    /// <summary>The states over time.</summary>
    public RecurrentCache<T> States { get; }

    /// <summary>What stands behind the names of a layer's parameters: nothing, 2, 3, ...</summary>
    public static string Suffix(int index) =>
        index == 0 ? "" : (index + 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>Kinds of state that a cell hands from word to word: h, or h and c.</summary>
    public static int StatesOf(CellKind cell) => cell == CellKind.Lstm ? 2 : 1;

    /// <summary>Makes room, and computes the first states.</summary>
    public void BeginForward(ReadOnlyMatrixSpan<T> features, CaptionRows rows)
    {
        States.Resize(rows.Steps, _options.HiddenSize);
        _h0.Forward(features, rows, _options.HiddenSize);
        if (_c0 is not null)
        {
            _c0.Forward(features, rows, _options.HiddenSize);
            ((LstmCache<T>)States).C0.CopyFrom(_c0.Sorted);
        }
    }

    /// <summary>Takes the hidden states of the layer below.</summary>
    public void TakeInput(ReadOnlyMatrixSpan<T> below, DropoutMask mask) =>
        TemporalAffine.Forward(
            _droppedInput.Forward(below, mask, States.Steps.MostRows), Weights.Wx, Weights.B.Span, States.Activations);

    /// <summary>From the activations and first states to all states.</summary>
    public void Forward() => States.Forward(_h0.Sorted, Weights);

    /// <summary>From the gradients of the hidden states to those of the activations and of Wh.</summary>
    public void Backward(RecurrentWeights<T> gradients)
    {
        States.Backward(Weights, _h0.Sorted, gradients);
        _c0?.Sorted.CopyFrom(((LstmCache<T>)States).DC0);
    }

    /// <summary>The gradients of the hidden states of the layer below, and of Wx and b.</summary>
    public void BackwardInput(
        ReadOnlyMatrixSpan<T> below, DropoutMask mask, MatrixSpan<T> dBelow, RecurrentWeights<T> gradients)
    {
        TemporalAffine.Backward(
            States.DA, _droppedInput.Of(below, mask), Weights.Wx, dBelow, gradients.Wx, gradients.B.Span);
        Dropout.InPlace(dBelow, mask);
    }

    /// <summary>The gradients of what made the first states.</summary>
    public void EndBackward(
        ReadOnlyMatrixSpan<T> features, CaptionRows rows, CaptioningParameters<T> gradients)
    {
        _h0.Backward(features, rows, gradients);
        _c0?.Backward(features, rows, gradients);
    }

    public void PrepareDecoding()
    {
        _wh.Pack(Weights.Wh);
        if (Index > 0)
        {
            _wx.Pack(Weights.Wx);
        }
    }

    /// <summary>The first states of these images.</summary>
    public void Begin(ReadOnlyMatrixSpan<T> features, DecodingState<T> state)
    {
        int place = Index * StatesOf(_options.Cell);
        _h0.Project(features, state[place]);
        _c0?.Project(features, state[place + 1]);
    }

    /// <summary>Makes room for the activations of so many captions.</summary>
    public void BeginStep(int captions)
    {
        _activations.Reshape(captions, Weights.Wh.Columns);
        _hidden.Reshape(_options.Cell == CellKind.Gru ? captions : 0, Weights.Wh.Columns);
    }

    /// <summary>Takes x Wx + b of some captions.</summary>
    public MatrixSpan<T> StepActivations(int start, int count) => _activations.RowBlock(start, count);

    /// <summary>x Wx + b of hidden states of the layer below.</summary>
    public void Project(ReadOnlyMatrixSpan<T> below, MatrixSpan<T> activations) =>
        Affine.Forward(below, _wx, Weights.B.Span, activations);

    /// <summary>From x Wx + b and the state before to the state after; returns the hidden states.</summary>
    public MatrixSpan<T> Step(DecodingState<T> state, int start, MatrixSpan<T> activations)
    {
        int place = Index * StatesOf(_options.Cell);
        MatrixSpan<T> h = state[place].RowBlock(start, activations.Rows);
        switch (_options.Cell)
        {
            case CellKind.Rnn:
                Rnn.StepForwardProjected(h, _wh, activations);
                ((ReadOnlyMatrixSpan<T>)activations).CopyTo(h);
                break;
            case CellKind.Lstm:
                MatrixSpan<T> c = state[place + 1].RowBlock(start, activations.Rows);
                Lstm.StepForwardProjected(h, c, _wh, activations, c, h);
                break;
            case CellKind.Gru:
                MatrixSpan<T> hidden = _hidden.RowBlock(start, activations.Rows);
                Gru.StepForwardProjected(h, _wh, Weights.HiddenBias.Span, activations, hidden, h);
                break;
        }

        return h;
    }

    /// <summary>A state that comes from the image: features W + b.</summary>
    private sealed class FirstState(CaptioningParameters<T> parameters, string name)
    {
        private readonly string _w = "W_" + name, _b = "b_" + name;

        /// <summary>The state, or its gradient, in the order of the minibatch.</summary>
        private readonly Matrix<T> _unsorted = new(0, 0);

        /// <summary>The state, or its gradient, in the order of the captions' rows.</summary>
        public Matrix<T> Sorted { get; } = new(0, 0);

        public void Forward(ReadOnlyMatrixSpan<T> features, CaptionRows rows, int size)
        {
            _unsorted.Reshape(features.Rows, size);
            Sorted.Reshape(features.Rows, size);
            Project(features, _unsorted);
            rows.Sort<T>(_unsorted, Sorted);
        }

        public void Backward(ReadOnlyMatrixSpan<T> features, CaptionRows rows, CaptioningParameters<T> gradients)
        {
            rows.Unsort<T>(Sorted, _unsorted);
            Affine.BackwardWeights(_unsorted, features, gradients[_w], gradients[_b].Span);
        }

        public void Project(ReadOnlyMatrixSpan<T> features, MatrixSpan<T> state) =>
            Affine.Forward(features, parameters[_w], parameters[_b].Span, state);
    }
}
