using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// A captioning model: a language model conditioned on the image.
/// <code>
/// y_t      = decoder(features, word_1 ... word_t)    by default <see cref="RecurrentDecoder{T}"/>
/// scores_t = y_t W_vocab + b_vocab                   loss: -log softmax(scores_t)[word_{t+1}]
/// </code>
/// The second line is <see cref="VocabularyOutput{T}"/>. Not thread-safe: buffers are reused from call to call.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, or <see cref="double"/> to check gradients.</typeparam>
public sealed class CaptioningModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PackedCaptions _captions = new();
    private readonly CaptionDecoder<T> _decoder;
    private readonly VocabularyOutput<T> _output;

    /// <summary>The features after dropout.</summary>
    private readonly DroppedRows<T> _droppedFeatures = new();

    /// <summary>Creates a model with random weights.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public CaptioningModel(CaptioningOptions options, SeededRandom random)
        : this(options, new CaptioningParameters<T>(options)) =>
        Parameters.Initialize(random);

    /// <summary>Creates a model that shares the given weights.</summary>
    /// <exception cref="ArgumentException">Weights and options are incompatible.</exception>
    public CaptioningModel(CaptioningOptions options, CaptioningParameters<T> parameters)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(parameters);
        parameters.EnsureCompatible(options);
        Options = options;
        Parameters = parameters;
        _decoder = CaptionDecoders.Create(options, parameters);
        _output = new VocabularyOutput<T>(options, parameters);
    }

    /// <summary>Sizes, architecture and markers.</summary>
    public CaptioningOptions Options { get; }

    /// <summary>The weights.</summary>
    public CaptioningParameters<T> Parameters { get; }

    /// <summary>
    /// The loss on a minibatch: each word is predicted from the image and the words before it. Summed over the words of
    /// a caption, averaged over captions; null tokens and <see cref="CaptioningOptions.UnknownId"/> do not count.
    /// </summary>
    /// <param name="features">The features of the images, N x D.</param>
    /// <param name="captions">The ids of the captions, N x (T + 1), caption by caption.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">Shapes are incompatible, or an id is not in [0, V).</exception>
    public double Loss(ReadOnlyMatrixSpan<T> features, ReadOnlySpan<int> captions) =>
        Forward(features, captions, regularization: default, weights: [], inputs: []);

    /// <summary>The loss on a minibatch, and the gradients of all parameters. Allocates nothing once warm.</summary>
    /// <param name="features">The features of the images, N x D.</param>
    /// <param name="captions">The ids of the captions, N x (T + 1), caption by caption.</param>
    /// <param name="gradients">Receives the gradients.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">Shapes are incompatible, or an id is not in [0, V).</exception>
    public double Loss(ReadOnlyMatrixSpan<T> features, ReadOnlySpan<int> captions, CaptioningParameters<T> gradients) =>
        Loss(features, captions, gradients, Regularization.None, seed: 0);

    /// <summary>The training loss on a minibatch, and its gradients. Allocates nothing once warm.</summary>
    /// <param name="features">The features of the images, N x D.</param>
    /// <param name="captions">The ids of the captions, N x (T + 1), caption by caption.</param>
    /// <param name="gradients">Receives the gradients.</param>
    /// <param name="regularization">Dropout and label smoothing.</param>
    /// <param name="seed">The seed of the dropout masks; different at every step.</param>
    /// <param name="inputs">The words to read instead of the captions' words, N x (T + 1); by default empty: the
    /// captions' words.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">Shapes are incompatible, or an id is not in [0, V).</exception>
    public double Loss(
        ReadOnlyMatrixSpan<T> features,
        ReadOnlySpan<int> captions,
        CaptioningParameters<T> gradients,
        Regularization regularization,
        ulong seed,
        ReadOnlySpan<int> inputs = default)
    {
        ArgumentNullException.ThrowIfNull(regularization);
        MatrixShape.RequireLength(inputs.Length, inputs.IsEmpty ? 0 : captions.Length, nameof(inputs));
        return LossAndGradients(
            features, captions, gradients, new StepRegularization(regularization, seed), weights: [], inputs);
    }

    /// <summary>
    /// The weighted loss on a minibatch and its gradients: the mean over the N captions of <c>weight_n Σ_t -log
    /// p(word_t)</c>, as policy gradients need (Williams, 1992). A negative weight makes a caption less probable.
    /// Allocates nothing once warm.
    /// </summary>
    /// <param name="features">The features of the images, N x D.</param>
    /// <param name="captions">The ids of the captions, N x (T + 1), caption by caption.</param>
    /// <param name="gradients">Receives the gradients.</param>
    /// <param name="weights">The weight of each caption, N, of any sign.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">Shapes are incompatible, or an id is not in [0, V).</exception>
    public double Loss(
        ReadOnlyMatrixSpan<T> features,
        ReadOnlySpan<int> captions,
        CaptioningParameters<T> gradients,
        ReadOnlySpan<double> weights)
    {
        MatrixShape.RequireLength(weights.Length, features.Rows, nameof(weights));
        return LossAndGradients(features, captions, gradients, regularization: default, weights, inputs: []);
    }

    private double LossAndGradients(
        ReadOnlyMatrixSpan<T> features,
        ReadOnlySpan<int> captions,
        CaptioningParameters<T> gradients,
        StepRegularization regularization,
        ReadOnlySpan<double> weights,
        ReadOnlySpan<int> inputs)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        double loss = Forward(features, captions, regularization, weights, inputs);
        _output.Backward(_decoder.Output, regularization, _decoder.DOutput, gradients);
        _decoder.Backward(_droppedFeatures.Of(features, regularization.Features), _captions, regularization, gradients);
        _output.BackwardTied(_decoder.Output, regularization, gradients);
        return loss;
    }

    private double Forward(
        ReadOnlyMatrixSpan<T> features,
        ReadOnlySpan<int> captions,
        StepRegularization regularization,
        ReadOnlySpan<double> weights,
        ReadOnlySpan<int> inputs)
    {
        _captions.Pack(captions, features.Rows, Options.NullId, weights, inputs, Options.UnknownId);
        _decoder.Forward(
            _droppedFeatures.Forward(features, regularization.Features, features.Rows), _captions, regularization);
        return _output.Loss(_decoder.Output, _captions, regularization);
    }
}
