using System.Numerics;
using ShowTell.Layers;
using ShowTell.Numerics;

namespace ShowTell.Models;

/// <summary>
/// Attention over the grid of the image, as in the later edition of the exercises: an LSTM that looks at the places
/// anew before each word.
/// <code>
/// A_p = features_p W_proj + b_proj                   for each of the P places; D/P features each
/// x_t = W_embed[word_t]
/// h_t = <see cref="AttentionLstm"/>(x_t, h_{t-1}, A; Wx, Wh, Wattn, b)      h_0 = c_0 = the mean of A      y_t = h_t
/// </code>
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal sealed class AttentionNetwork<T> : CaptionNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptioningOptions _options;
    private readonly CaptioningParameters<T> _parameters;
    private readonly RecurrentWeights<T> _weights;
    private readonly AttentionLstmCache<T> _layer = new();
    private readonly ProjectedEmbeddingCache<T> _words = new();

    /// <summary>The features in the captions' order, a row a place, N·P x D/P.</summary>
    private readonly Matrix<T> _features = new(0, 0);

    // To decode with.
    private readonly PackedMatrix<T> _wh = new();
    private readonly PackedMatrix<T> _wAttention = new();
    private readonly Matrix<T> _activations = new(0, 0);
    private readonly Matrix<T> _attention = new(0, 0);
    private readonly Matrix<T> _z = new(0, 0);
    private ProjectedWords<T>? _projectedWords;

    public AttentionNetwork(CaptioningOptions options, CaptioningParameters<T> parameters) =>
        (_options, _parameters, _weights) = (options, parameters, parameters.Recurrent);

    public override ReadOnlyMatrixSpan<T> Output => _layer.HiddenStates;

    public override MatrixSpan<T> DOutput => _layer.DH;

    public override Matrix<T> Attention => _attention;

    private int Places => _options.Places;

    private int FeaturesOfPlace => _options.FeatureSize / Places;

    /// <summary>The parameters, in their order in files.</summary>
    public static IEnumerable<ParameterShape> Shapes(CaptioningOptions options)
    {
        int hidden = options.HiddenSize, gates = checked(Lstm.Gates * hidden);
        yield return ParameterShape.Weights("W_proj", options.FeatureSize / options.Places, hidden);
        yield return ParameterShape.Bias("b_proj", hidden);
        yield return ParameterShape.WordVectors(options);
        yield return ParameterShape.Weights("Wx", options.WordVectorSize, gates);
        yield return ParameterShape.Weights("Wh", hidden, gates);
        yield return ParameterShape.Weights("Wattn", hidden, gates);
        yield return ParameterShape.Bias("b", gates);
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
    }

    public override DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features)
    {
        MatrixShape.Require(features, features.Rows, _options.FeatureSize, nameof(features));
        int hidden = _options.HiddenSize;
        var state = new DecodingState<T>(features.Rows, hidden, hidden)
        {
            Grids = new Matrix<T>(features.Rows * Places, hidden),
        };
        for (int n = 0; n < features.Rows; n++)
        {
            MatrixSpan<T> grid = GridOf(state, n);
            Affine.Forward(
                new ReadOnlyMatrixSpan<T>(features.Row(n), Places, FeaturesOfPlace), _parameters.WProj,
                _parameters.BProj.Span, grid);
            AttentionLstm.Mean(grid, state[0].Row(n));
        }

        state[1].CopyFrom(state[0]);
        return state;
    }

    public override void BeginStep(DecodingState<T> state, ReadOnlySpan<int> words)
    {
        _projectedWords!.Add(words);
        _activations.Reshape(words.Length, _weights.Wh.Columns);
        _attention.Reshape(words.Length, Places);
        _z.Reshape(words.Length, _options.HiddenSize);
    }

    public override ReadOnlyMatrixSpan<T> Step(DecodingState<T> state, ReadOnlySpan<int> words, int start)
    {
        MatrixSpan<T> activations = _activations.RowBlock(start, words.Length);
        _projectedWords!.Read(words, activations);
        MatrixSpan<T> h = state[0].RowBlock(start, words.Length), c = state[1].RowBlock(start, words.Length);
        for (int i = 0; i < words.Length; i++)
        {
            AttentionLstm.Attend(
                h.Row(i), GridOf(state, state.Images[start + i]), _attention.Row(start + i), _z.Row(start + i));
        }

        Gemm.NN(_z.RowBlock(start, words.Length), _wAttention, activations, accumulate: true);
        Lstm.StepForwardProjected(h, c, _wh, activations, c, h);
        return h;
    }

    private MatrixSpan<T> GridOf(DecodingState<T> state, int image) => state.Grids!.RowBlock(image * Places, Places);
}
