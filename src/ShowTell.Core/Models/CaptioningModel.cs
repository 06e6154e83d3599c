using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// A model that says what is in an image, word after word: a language model whose network also knows the image.
/// <code>
/// y_t      = network(features, word_1 ... word_t)    by default the exercises', <see cref="RecurrentDecoder{T}"/>
/// scores_t = y_t W_vocab + b_vocab                   loss: -log softmax(scores_t)[word_{t+1}]
/// </code>
/// That is all there is to it; <see cref="VocabularyOutput{T}"/> is the second line.
/// Not thread-safe: it keeps its work buffers from call to call.
/// </summary>
/// <typeparam name="T"><see cref="float"/> to train and use, <see cref="double"/> to check gradients.</typeparam>
public sealed class CaptioningModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PackedCaptions _captions = new();
    private readonly CaptionDecoder<T> _decoder;
    private readonly VocabularyOutput<T> _output;

    /// <summary>The features as dropout leaves them.</summary>
    private readonly DroppedRows<T> _droppedFeatures = new();

    /// <summary>Makes a model with random weights.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public CaptioningModel(CaptioningOptions options, SeededRandom random)
        : this(options, new CaptioningParameters<T>(options)) =>
        Parameters.Initialize(random);

    /// <summary>Makes a model with given weights, which it shares.</summary>
    /// <exception cref="ArgumentException">The weights have other sizes than the options.</exception>
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
    /// The loss on a minibatch: each word of a caption is predicted from the image and the words before it. Summed over
    /// a caption's words, averaged over the captions; null tokens do not count.
    /// </summary>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="captions">Ids of the captions, N x (T + 1), caption after caption.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
    public double Loss(ReadOnlyMatrixSpan<T> features, ReadOnlySpan<int> captions) =>
        Forward(features, captions, regularization: default, weights: [], inputs: []);

    /// <summary>The loss on a minibatch and the gradients of all parameters. Allocates nothing once warm.</summary>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="captions">Ids of the captions, N x (T + 1), caption after caption.</param>
    /// <param name="gradients">Takes the gradients.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
    public double Loss(ReadOnlyMatrixSpan<T> features, ReadOnlySpan<int> captions, CaptioningParameters<T> gradients) =>
        Loss(features, captions, gradients, Regularization.None, seed: 0);

    /// <summary>The loss on a minibatch as training has it, and its gradients. Allocates nothing once warm.</summary>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="captions">Ids of the captions, N x (T + 1), caption after caption.</param>
    /// <param name="gradients">Takes the gradients.</param>
    /// <param name="regularization">Dropout and what else only training has.</param>
    /// <param name="seed">What is dropped out is a function of this: every step needs another one.</param>
    /// <param name="inputs">What the model reads in the place of the captions' words, N x (T + 1), while it should say
    /// these; empty, the default, if it reads them too.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
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
    /// The loss on a minibatch in which captions count differently, and its gradients: the mean over the N captions of
    /// <c>weight_n Σ_t -log p(word_t)</c>. A caption of negative weight becomes less probable. Policy gradients have
    /// this form (Williams, 1992). Allocates nothing once warm.
    /// </summary>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="captions">Ids of the captions, N x (T + 1), caption after caption.</param>
    /// <param name="gradients">Takes the gradients.</param>
    /// <param name="weights">The weight of each caption, N, of any sign.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
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
        _captions.Pack(captions, features.Rows, Options.NullId, weights, inputs);
        _decoder.Forward(
            _droppedFeatures.Forward(features, regularization.Features, features.Rows), _captions, regularization);
        return _output.Loss(_decoder.Output, _captions, regularization);
    }
}
