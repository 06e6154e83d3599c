using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// One layer of a <see cref="TransformerNetwork{T}"/> while captions are decoded word by word: what
/// <see cref="TransformerLayer{T}"/> does, for one row a caption. The keys and values of the words so far are kept,
/// those of the image's places computed once an image.
/// </summary>
internal sealed class TransformerStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Words by which the room for keys and values grows.</summary>
    private const int WordsAtOnce = 8;

    private readonly CaptioningOptions _options;
    private readonly int _index;
    private readonly TransformerWeights<T> _weights;
    private readonly PackedAttention _self;
    private readonly PackedAttention _cross;
    private readonly PackedMatrix<T> _wIn = new();
    private readonly PackedMatrix<T> _wOut = new();
    private readonly Matrix<T> _queries = new(0, 0);
    private readonly Matrix<T> _attention = new(0, 0);
    private readonly Matrix<T> _z = new(0, 0);
    private readonly Matrix<T> _hidden = new(0, 0);
    private readonly Matrix<T> _branch = new(0, 0);

    /// <summary>Packs the weights as they are.</summary>
    public TransformerStep(CaptioningOptions options, CaptioningParameters<T> parameters, int index)
    {
        (_options, _index, _weights) = (options, index, parameters.TransformerLayers[index]);
        (_self, _cross) = (new PackedAttention(_weights.Self), new PackedAttention(_weights.Cross));
        _wIn.Pack(_weights.FeedForward.WIn);
        _wOut.Pack(_weights.FeedForward.WOut);
    }

    /// <summary>Elements of a key and a value of all heads.</summary>
    private int Both => 2 * _options.HiddenSize;

    /// <summary>Keys and values of the places of an image, P x 2H each; they go into the layer's columns.</summary>
    public void Remember(ReadOnlyMatrixSpan<T> memory, MatrixSpan<T> target) =>
        _cross.ProjectMemory(memory, OfLayer(target));

    /// <summary>Makes room for one more word.</summary>
    public void Begin(DecodingState<T> state)
    {
        int hidden = _options.HiddenSize, words = state.Words;
        int room = (words + WordsAtOnce - 1) / WordsAtOnce * WordsAtOnce;
        state.Widen(_index, checked(room * Both));
        _queries.Reshape(state.Count, hidden);
        _z.Reshape(state.Count, hidden);
        _branch.Reshape(state.Count, hidden);
        _hidden.Reshape(state.Count, _options.FeedForwardSize);
        _attention.Reshape(state.Count, checked(_options.Heads * Math.Max(words, _options.Places)));
    }

    /// <summary>The layer, in place: x, a row each for some captions from <paramref name="start"/> on.</summary>
    public void Run(DecodingState<T> state, int start, MatrixSpan<T> x)
    {
        int words = state.Words;
        MatrixSpan<T> z = _z.RowBlock(start, x.Rows), branch = _branch.RowBlock(start, x.Rows);
        MatrixSpan<T> queries = _queries.RowBlock(start, x.Rows), hidden = _hidden.RowBlock(start, x.Rows);
        MatrixSpan<T> known = state[_index].RowBlock(start, x.Rows);

        _self.ProjectQueries(x, queries);
        _self.ProjectMemory(x, known.ColumnBlock((words - 1) * Both, Both));
        for (int i = 0; i < x.Rows; i++)
        {
            Attend(queries, i, new ReadOnlyMatrixSpan<T>(known.Row(i), words, Both), start, z);
        }

        _self.ProjectOut(z, branch);
        AddAndNormalize(x, branch, _weights.SelfNorm);

        _cross.ProjectQueries(x, queries);
        for (int i = 0; i < x.Rows; i++)
        {
            int places = _options.Places, image = state.Images[start + i];
            Attend(queries, i, OfLayer(state.Grids!.RowBlock(image * places, places)), start, z);
        }

        _cross.ProjectOut(z, branch);
        AddAndNormalize(x, branch, _weights.CrossNorm);

        Affine.Forward(x, _wIn, _weights.FeedForward.BIn.Span, hidden);
        for (int i = 0; i < x.Rows; i++)
        {
            Activation.Relu(hidden.Row(i));
        }

        Affine.Forward(hidden, _wOut, _weights.FeedForward.BOut.Span, branch);
        AddAndNormalize(x, branch, _weights.FeedForwardNorm);
    }

    /// <summary>After <see cref="Run"/>: how much a caption looked at each place, the mean over all heads.</summary>
    public void ReadAttention(int caption, Span<T> places)
    {
        ReadOnlySpan<T> heads = _attention.Row(caption);
        places.Clear();
        for (int h = 0; h < _options.Heads; h++)
        {
            TensorPrimitives.Add(places, heads.Slice(h * places.Length, places.Length), places);
        }

        TensorPrimitives.Multiply(places, T.One / T.CreateChecked(_options.Heads), places);
    }

    private static void AddAndNormalize(
        MatrixSpan<T> x, ReadOnlyMatrixSpan<T> branch, TransformerWeights<T>.NormWeights norm)
    {
        for (int i = 0; i < x.Rows; i++)
        {
            Span<T> row = x.Row(i);
            TensorPrimitives.Add(row, branch.Row(i), row);
            LayerNorm.Normalize(row, norm.Gain.Span, norm.Bias.Span, row, row);
        }
    }

    /// <summary>One caption of those from <paramref name="start"/> on.</summary>
    private void Attend(
        MatrixSpan<T> queries, int caption, ReadOnlyMatrixSpan<T> keysValues, int start, MatrixSpan<T> z) =>
        MultiHeadAttention.Attend(
            queries.RowBlock(caption, 1),
            keysValues,
            causal: false,
            _attention.RowBlock(start + caption, 1).ColumnBlock(0, _options.Heads * keysValues.Rows),
            z.RowBlock(caption, 1));

    private MatrixSpan<T> OfLayer(MatrixSpan<T> ofAllLayers) => ofAllLayers.ColumnBlock(_index * Both, Both);

    /// <summary>The weights of an attention, packed.</summary>
    private sealed class PackedAttention
    {
        private readonly AttentionWeights<T> _weights;
        private readonly PackedMatrix<T> _query = new();
        private readonly PackedMatrix<T> _memory = new();
        private readonly PackedMatrix<T> _out = new();

        public PackedAttention(AttentionWeights<T> weights)
        {
            _weights = weights;
            _query.Pack(weights.WQuery);
            _memory.Pack(weights.WMemory);
            _out.Pack(weights.WOut);
        }

        public void ProjectQueries(ReadOnlyMatrixSpan<T> x, MatrixSpan<T> queries) =>
            Affine.Forward(x, _query, _weights.BQuery.Span, queries);

        public void ProjectMemory(ReadOnlyMatrixSpan<T> memory, MatrixSpan<T> keysValues) =>
            Affine.Forward(memory, _memory, _weights.BMemory.Span, keysValues);

        public void ProjectOut(ReadOnlyMatrixSpan<T> z, MatrixSpan<T> output) =>
            Affine.Forward(z, _out, _weights.BOut.Span, output);
    }
}
