using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// Attention over the grid of the image: an LSTM that attends to the regions before each word.
/// <code>
/// A_p = features_p W_proj + b_proj                   for each of the P regions; D/P features each
/// x_t = W_embed[word_t]
/// h_t = <see cref="AttentionLstm"/>(x_t, h_{t-1}, A; Wx, Wh, Wattn, b)      h_0 = c_0 = the mean of A      y_t = h_t
/// </code>
/// Additive attention also has Wkey, bkey, Wquery and v of <see cref="AdditiveScore"/>, with U = H units.
/// </summary>
internal sealed class AttentionDecoder<T> : CaptionDecoder<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptioningOptions _options;
    private readonly CaptioningParameters<T> _parameters;
    private readonly RecurrentWeights<T> _weights;
    private readonly AttentionLstmCache<T> _layer;
    private readonly ProjectedEmbeddingCache<T> _words = new();

    /// <summary>The features in the order of the packed captions, one row per region, N·P x D/P.</summary>
    private readonly Matrix<T> _features = new(0, 0);

    // For decoding.
    private readonly PackedMatrix<T> _wh = new();
    private readonly PackedAttention<T> _packed = new();
    private readonly Matrix<T> _gates = new(0, 0);
    private readonly Matrix<T> _attention = new(0, 0);
    private readonly Matrix<T> _queries = new(0, 0);
    private readonly Matrix<T> _z = new(0, 0);
    private ProjectedWords<T>? _projectedWords;

    public AttentionDecoder(CaptioningOptions options, CaptioningParameters<T> parameters)
    {
        (_options, _parameters, _weights) = (options, parameters, parameters.Recurrent);
        _layer = new AttentionLstmCache<T>(_weights.HasAdditiveScore);
    }

    public override ReadOnlyMatrixSpan<T> Output => _layer.HiddenStates;

    public override MatrixSpan<T> DOutput => _layer.Time.DH;

    public override Matrix<T> Attention => _attention;

    private int Regions => _options.Regions;

    public override void Forward(
        ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization)
    {
        MatrixShape.Require(features, features.Rows, _options.FeatureSize, nameof(features));
        _features.Reshape(features.Rows * Regions, _options.FeatureSize / Regions);
        captions.Sort(features, new MatrixSpan<T>(_features.Span, features.Rows, features.Columns));
        _layer.Resize(captions.Layout, _options.HiddenSize, Regions);
        Affine.Forward(_features, _parameters.WProj, _parameters.BProj.Span, _layer.Images.Grid);
        ProjectedEmbedding.Forward(
            captions.Inputs, _parameters.WEmbed, _weights.Wx, _weights.B.Span, regularization.Words, _words,
            _layer.Lstm.Gates);
        AttentionLstm.ForwardGates(_weights, _layer);
    }

    public override void Backward(
        ReadOnlyMatrixSpan<T> features,
        PackedCaptions captions,
        StepRegularization regularization,
        CaptioningParameters<T> gradients)
    {
        RecurrentWeights<T> d = gradients.Recurrent;
        AttentionLstm.BackwardGates(_layer, _weights, d);
        ProjectedEmbedding.Backward(
            _layer.Time.DA, _weights.Wx, regularization.Words, _words, gradients.WEmbed, d.Wx, d.B.Span);
        Affine.BackwardWeights(_layer.DGrid, _features, gradients.WProj, gradients.BProj.Span);
    }

    public override void PrepareDecoding()
    {
        _projectedWords = new ProjectedWords<T>(_parameters.WEmbed, _weights.Wx, _weights.B);
        _wh.Pack(_weights.Wh);
        _packed.Pack(_weights);
    }

    public override DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features)
    {
        MatrixShape.Require(features, features.Rows, _options.FeatureSize, nameof(features));
        int hidden = _options.HiddenSize;
        var images = new ImageGrids<T>();
        images.Resize(features.Rows, Regions, hidden);
        var state = new DecodingState<T>(features.Rows, hidden, hidden) { Grids = images };
        for (int n = 0; n < features.Rows; n++)
        {
            MatrixSpan<T> grid = images.GridOf(n);
            Affine.Forward(
                new ReadOnlyMatrixSpan<T>(features.Row(n), Regions, features.Columns / Regions), _parameters.WProj,
                _parameters.BProj.Span, grid);
            AttentionLstm.Mean(grid, state[0].Row(n));
        }

        images.SetKeys(_weights);
        state[1].CopyFrom(state[0]);
        return state;
    }

    public override void BeginStep(DecodingState<T> state, ReadOnlySpan<int> words)
    {
        _projectedWords!.Add(words);
        _gates.Reshape(words.Length, _weights.Wh.Columns);
        _attention.Reshape(words.Length, Regions);
        _queries.Reshape(words.Length, _weights.HasAdditiveScore ? _options.HiddenSize : 0);
        _z.Reshape(words.Length, _options.HiddenSize);
    }

    public override ReadOnlyMatrixSpan<T> Step(DecodingState<T> state, ReadOnlySpan<int> words, int start)
    {
        int count = words.Length;
        MatrixSpan<T> gates = _gates.RowBlock(start, count);
        _projectedWords!.Read(words, gates);
        MatrixSpan<T> h = state[0].RowBlock(start, count), c = state[1].RowBlock(start, count);
        AttentionLstm.StepGates(
            state.Grids!, state.Images.Slice(start, count), h, c, _wh, _packed, _queries.RowBlock(start, count),
            _attention.RowBlock(start, count), _z.RowBlock(start, count), gates, c, h);
        return h;
    }
}
