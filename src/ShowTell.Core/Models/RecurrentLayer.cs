using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>One layer of a <see cref="RecurrentDecoder{T}"/>: weights, states and initial states.</summary>
internal sealed class RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptioningOptions _options;
    private readonly int _index;
    private readonly InitialState _h0;
    private readonly InitialState? _c0;

    private readonly IRecurrentCache<T> _cache;

    /// <summary>The input after dropout.</summary>
    private readonly DroppedRows<T> _droppedInput = new();

    // For decoding.
    private readonly PackedMatrix<T> _wx = new();
    private readonly PackedMatrix<T> _wh = new();
    private readonly Matrix<T> _gates = new(0, 0);

    /// <summary>h Wh of a GRU.</summary>
    private readonly Matrix<T> _hidden = new(0, 0);

    public RecurrentLayer(CaptioningOptions options, CaptioningParameters<T> parameters, int index)
    {
        (_options, _index, Weights) = (options, index, parameters.RecurrentLayers[index]);
        string suffix = ParameterSpecs.Suffix(index);
        _h0 = new InitialState(parameters, "proj" + suffix);
        _c0 = options.CellFromImage ? new InitialState(parameters, "cell" + suffix) : null;
        _cache = options.Cell switch
        {
            CellKind.Rnn => new RnnCache<T>(),
            CellKind.Lstm => new LstmCache<T>(),
            _ => new GruCache<T>(),
        };
    }

    public RecurrentWeights<T> Weights { get; }

    /// <summary>The states over time.</summary>
    public Recurrence<T> Time => _cache.Time;

    /// <summary>x Wx + b, set before <see cref="Forward"/>.</summary>
    public Matrix<T> Gates => _cache.Gates;

    /// <summary>The number of states that a cell passes from word to word: h, or h and c.</summary>
    public static int StatesOf(CellKind cell) => cell == CellKind.Lstm ? 2 : 1;

    /// <summary>Resizes the states and computes the initial ones.</summary>
    public void BeginForward(ReadOnlyMatrixSpan<T> features, PackedCaptions captions)
    {
        int hidden = _options.HiddenSize;
        _cache.Resize(captions.Layout, hidden);

        _h0.Forward(features, captions, hidden);
        if (_c0 is not null)
        {
            _c0.Forward(features, captions, hidden);
            ((LstmCache<T>)_cache).C0.CopyFrom(_c0.Sorted);
        }
    }

    /// <summary>Sets the input to the hidden states of the layer below.</summary>
    public void SetInput(ReadOnlyMatrixSpan<T> below, DropoutMask mask) => Affine.Forward(
        _droppedInput.Forward(below, mask, Time.Layout.MaxRows), Weights.Wx, Weights.B.Span, Gates);

    /// <summary>All timesteps, from the gates and the initial states.</summary>
    public void Forward()
    {
        switch (_cache)
        {
            case RnnCache<T> rnn: Rnn.ForwardGates(_h0.Sorted, Weights, rnn); break;
            case LstmCache<T> lstm: Lstm.ForwardGates(_h0.Sorted, Weights, lstm); break;
            case GruCache<T> gru: Gru.ForwardGates(_h0.Sorted, Weights, gru); break;
        }
    }

    /// <summary>Computes the gradients of the gates and of Wh from those of the hidden states.</summary>
    public void Backward(RecurrentWeights<T> gradients)
    {
        switch (_cache)
        {
            case RnnCache<T> rnn: Rnn.BackwardGates(rnn, Weights, _h0.Sorted, gradients); break;
            case LstmCache<T> lstm: Lstm.BackwardGates(lstm, Weights, _h0.Sorted, gradients); break;
            case GruCache<T> gru: Gru.BackwardGates(gru, Weights, _h0.Sorted, gradients); break;
        }

        _c0?.Sorted.CopyFrom(((LstmCache<T>)_cache).DNextC);
    }

    /// <summary>Computes the gradients of the hidden states of the layer below, and of Wx and b.</summary>
    public void InputBackward(
        ReadOnlyMatrixSpan<T> below, DropoutMask mask, MatrixSpan<T> dBelow, RecurrentWeights<T> gradients)
    {
        Affine.Backward(Time.DA, _droppedInput.Of(below, mask), Weights.Wx, dBelow, gradients.Wx, gradients.B.Span);
        Dropout.InPlace(dBelow, mask);
    }

    /// <summary>Computes the gradients of the parameters of the initial states.</summary>
    public void EndBackward(ReadOnlyMatrixSpan<T> features, PackedCaptions captions, CaptioningParameters<T> gradients)
    {
        _h0.Backward(features, captions, gradients);
        _c0?.Backward(features, captions, gradients);
    }

    public void PrepareDecoding()
    {
        _wh.Pack(Weights.Wh);
        if (_index > 0)
        {
            _wx.Pack(Weights.Wx);
        }
    }

    /// <summary>Computes the initial states of images.</summary>
    public void Begin(ReadOnlyMatrixSpan<T> features, DecodingState<T> state)
    {
        int kind = _index * StatesOf(_options.Cell);
        _h0.Project(features, state[kind]);
        _c0?.Project(features, state[kind + 1]);
    }

    /// <summary>Resizes buffers for a step of N captions.</summary>
    public void BeginStep(int captions)
    {
        _gates.Reshape(captions, Weights.Wh.Columns);
        _hidden.Reshape(_options.Cell == CellKind.Gru ? captions : 0, Weights.Wh.Columns);
    }

    /// <summary>The buffer for x Wx + b of some captions.</summary>
    public MatrixSpan<T> GatesOf(int start, int count) => _gates.RowBlock(start, count);

    /// <summary>Computes x Wx + b from hidden states of the layer below.</summary>
    public void Project(ReadOnlyMatrixSpan<T> below, MatrixSpan<T> gates) =>
        Affine.Forward(below, _wx, Weights.B.Span, gates);

    /// <summary>One timestep from x Wx + b, for the captions from <paramref name="start"/> on.</summary>
    /// <returns>Their hidden states.</returns>
    public MatrixSpan<T> Step(DecodingState<T> state, int start, MatrixSpan<T> gates)
    {
        int kind = _index * StatesOf(_options.Cell);
        MatrixSpan<T> h = state[kind].RowBlock(start, gates.Rows);
        switch (_options.Cell)
        {
            case CellKind.Rnn:
                Rnn.StepGates(h, _wh, gates);
                ((ReadOnlyMatrixSpan<T>)gates).CopyTo(h);
                break;
            case CellKind.Lstm:
                MatrixSpan<T> c = state[kind + 1].RowBlock(start, gates.Rows);
                Lstm.StepGates(h, c, _wh, gates, c, h);
                break;
            case CellKind.Gru:
                Gru.StepGates(h, _wh, Weights.HiddenBias.Span, gates, _hidden.RowBlock(start, gates.Rows), h);
                break;
        }

        return h;
    }

    /// <summary>An initial state computed from the image: features W + b.</summary>
    private sealed class InitialState(CaptioningParameters<T> parameters, string name)
    {
        private readonly string _w = "W_" + name, _b = "b_" + name;

        /// <summary>The state, or its gradient, in the order of the minibatch.</summary>
        private readonly Matrix<T> _unsorted = new(0, 0);

        /// <summary>The state, or its gradient, in the order of the packed captions.</summary>
        public Matrix<T> Sorted { get; } = new(0, 0);

        public void Forward(ReadOnlyMatrixSpan<T> features, PackedCaptions captions, int size)
        {
            _unsorted.Reshape(features.Rows, size);
            Sorted.Reshape(features.Rows, size);
            Project(features, _unsorted);
            captions.Sort<T>(_unsorted, Sorted);
        }

        public void Backward(ReadOnlyMatrixSpan<T> features, PackedCaptions captions, CaptioningParameters<T> gradients)
        {
            captions.Unsort<T>(Sorted, _unsorted);
            Affine.BackwardWeights(_unsorted, features, gradients[_w], gradients[_b].Span);
        }

        public void Project(ReadOnlyMatrixSpan<T> features, MatrixSpan<T> state) =>
            Affine.Forward(features, parameters[_w], parameters[_b].Span, state);
    }
}
