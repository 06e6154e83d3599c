using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// Attention over the grid of the image, as in the later edition of the exercises: an LSTM that looks at the places
/// anew before each word.
/// <code>
/// A_p = features_p W_proj + b_proj                   for each of the P places; D/P features each
/// x_t = W_embed[word_t]
/// h_t = <see cref="AttentionLstm"/>(x_t, h_{t-1}, A; Wx, Wh, Wattn, b)      h_0 = c_0 = the mean of A      y_t = h_t
/// </code>
/// With additive attention there are Wkey, bkey, Wquery and v of <see cref="AdditiveScore"/> too, of U = H units.
/// </summary>
internal sealed class AttentionNetwork<T> : CaptionNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptioningOptions _options;
    private readonly CaptioningParameters<T> _parameters;
    private readonly RecurrentWeights<T> _weights;
    private readonly AttentionLstmCache<T> _layer;
    private readonly ProjectedEmbeddingCache<T> _words = new();

    /// <summary>The features in the captions' order, a row a place, N·P x D/P.</summary>
    private readonly Matrix<T> _features = new(0, 0);

    // To decode with.
    private readonly PackedMatrix<T> _wh = new();
    private readonly PackedMatrix<T> _wAttention = new();
    private readonly PackedMatrix<T> _wQuery = new();
    private readonly Matrix<T> _activations = new(0, 0);
    private readonly Matrix<T> _attention = new(0, 0);
    private readonly Matrix<T> _queries = new(0, 0);
    private readonly Matrix<T> _z = new(0, 0);
    private ProjectedWords<T>? _projectedWords;

    public AttentionNetwork(CaptioningOptions options, CaptioningParameters<T> parameters)
    {
        (_options, _parameters, _weights) = (options, parameters, parameters.Recurrent);
        _layer = IsAdditive ? new AdditiveAttentionCache<T>() : new AttentionLstmCache<T>();
    }

    public override ReadOnlyMatrixSpan<T> Output => _layer.HiddenStates;

    public override MatrixSpan<T> DOutput => _layer.DH;

    public override Matrix<T> Attention => _attention;

    private bool IsAdditive => _options.Attention == AttentionScore.Additive;

    private int Places => _options.Places;

    private int FeaturesOfPlace => _options.FeatureSize / Places;

    /// <summary>The parameters, in their order in files.</summary>
    public static IEnumerable<ParameterShape> Shapes(CaptioningOptions options)
    {
        int hidden = options.HiddenSize, gates = checked(Lstm.Gates * hidden);

        // Small, so that the first looks are nearly even: sharp ones at random places make it learn far more slowly.
        yield return new("W_proj", options.FeatureSize / options.Places, hidden, ParameterStart.SmallNormal);
        yield return ParameterShape.Bias("b_proj", hidden);
        yield return ParameterShape.WordVectors(options);
        yield return ParameterShape.Weights("Wx", options.WordVectorSize, gates);
        yield return ParameterShape.Weights("Wh", hidden, gates);
        yield return ParameterShape.Weights("Wattn", hidden, gates);
        yield return ParameterShape.Bias("b", gates);
        if (options.Attention == AttentionScore.Additive)
        {
            yield return ParameterShape.Weights("Wkey", hidden, hidden);
            yield return ParameterShape.Bias("bkey", hidden);
            yield return ParameterShape.Weights("Wquery", hidden, hidden);
            yield return ParameterShape.Weights("v", hidden, 1);
        }
    }

    public override void Forward(ReadOnlyMatrixSpan<T> features, CaptionRows rows, TrainingNoise noise)
    {
        MatrixShape.Require(features, features.Rows, _options.FeatureSize, nameof(features));
        _features.Reshape(features.Rows * Places, FeaturesOfPlace);
        rows.Sort(features, new MatrixSpan<T>(_features.Span, features.Rows, features.Columns));
        _layer.Resize(rows.Steps, _options.HiddenSize, Places);
        Affine.Forward(_features, _parameters.WProj, _parameters.BProj.Span, _layer.Grid);
        ProjectedEmbedding.Forward(
            rows.Inputs, _parameters.WEmbed, _weights.Wx, _weights.B.Span, noise.Words, _words, _layer.Activations);
        _layer.Forward(_weights);
    }

    public override void Backward(
        ReadOnlyMatrixSpan<T> features, CaptionRows rows, TrainingNoise noise, CaptioningParameters<T> gradients)
    {
        RecurrentWeights<T> d = gradients.Recurrent;
        _layer.Backward(_weights, d);
        ProjectedEmbedding.Backward(
            _layer.DA, _weights.Wx, noise.Words, _words, gradients.WEmbed, d.Wx, d.B.Span);
        Affine.BackwardWeights(_layer.DGrid, _features, gradients.WProj, gradients.BProj.Span);
    }

    public override void PrepareDecoding()
    {
        _projectedWords = new ProjectedWords<T>(_parameters.WEmbed, _weights.Wx, _weights.B);
        _wh.Pack(_weights.Wh);
        _wAttention.Pack(_weights.Attention);
        if (IsAdditive)
        {
            _wQuery.Pack(_weights.AdditiveScore.Query);
        }
    }

    public override DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features)
    {
        MatrixShape.Require(features, features.Rows, _options.FeatureSize, nameof(features));
        int hidden = _options.HiddenSize;
        var state = new DecodingState<T>(features.Rows, hidden, hidden)
        {
            Grids = new Matrix<T>(features.Rows * Places, hidden),
            Keys = IsAdditive ? new Matrix<T>(features.Rows * Places, hidden) : null,
        };
        for (int n = 0; n < features.Rows; n++)
        {
            MatrixSpan<T> grid = OfImage(state.Grids, n);
            Affine.Forward(
                new ReadOnlyMatrixSpan<T>(features.Row(n), Places, FeaturesOfPlace), _parameters.WProj,
                _parameters.BProj.Span, grid);
            AttentionLstm.Mean(grid, state[0].Row(n));
        }

        if (state.Keys is not null)
        {
            AdditiveScoreWeights<T> score = _weights.AdditiveScore;
            Affine.Forward(state.Grids, score.Key, score.KeyBias.Span, state.Keys);
        }

        state[1].CopyFrom(state[0]);
        return state;
    }

    public override void BeginStep(DecodingState<T> state, ReadOnlySpan<int> words)
    {
        _projectedWords!.Add(words);
        _activations.Reshape(words.Length, _weights.Wh.Columns);
        _attention.Reshape(words.Length, Places);
        _queries.Reshape(IsAdditive ? words.Length : 0, _options.HiddenSize);
        _z.Reshape(words.Length, _options.HiddenSize);
    }

    public override ReadOnlyMatrixSpan<T> Step(DecodingState<T> state, ReadOnlySpan<int> words, int start)
    {
        MatrixSpan<T> activations = _activations.RowBlock(start, words.Length);
        _projectedWords!.Read(words, activations);
        MatrixSpan<T> h = state[0].RowBlock(start, words.Length), c = state[1].RowBlock(start, words.Length);
        Score(state, h, start);
        for (int i = start; i < start + words.Length; i++)
        {
            AttentionLstm.Look(OfImage(state.Grids!, state.Images[i]), _attention.Row(i), _z.Row(i));
        }

        Gemm.NN(_z.RowBlock(start, words.Length), _wAttention, activations, accumulate: true);
        Lstm.StepForwardProjected(h, c, _wh, activations, c, h);
        return h;
    }

    /// <summary>The scores of the places for some captions, from the hidden states before their next words.</summary>
    private void Score(DecodingState<T> state, ReadOnlyMatrixSpan<T> h, int start)
    {
        if (IsAdditive)
        {
            Gemm.NN(h, _wQuery, _queries.RowBlock(start, h.Rows));
        }

        for (int i = start; i < start + h.Rows; i++)
        {
            int image = state.Images[i];
            if (IsAdditive)
            {
                AdditiveScore.Forward(
                    _queries.Row(i), OfImage(state.Keys!, image), _weights.AdditiveScore.V.Span, _attention.Row(i));
            }
            else
            {
                AttentionLstm.Score(h.Row(i - start), OfImage(state.Grids!, image), _attention.Row(i));
            }
        }
    }

    private MatrixSpan<T> OfImage(Matrix<T> places, int image) => places.RowBlock(image * Places, Places);
}
