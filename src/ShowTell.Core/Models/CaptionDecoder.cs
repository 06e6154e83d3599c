namespace ShowTell.Models;

/// <summary>
/// What a captioning model has between the image and its words on one side and the scores on the other: for each word
/// that is read, a vector of H elements from which the next word is scored. A network is one file with its equations,
/// its parameters, its pass forward and back, and its way of going on word by word; <see cref="CaptionDecoder"/> has a
/// line for each.
/// </summary>
internal abstract class CaptionDecoder<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>After <see cref="Forward"/>: the vectors, a row for each of the captions' rows, R x H.</summary>
    public abstract ReadOnlyMatrixSpan<T> Output { get; }

    /// <summary>Before <see cref="Backward"/>: takes the gradient of <see cref="Output"/>, R x H.</summary>
    public abstract MatrixSpan<T> DOutput { get; }

    /// <summary>
    /// After a step: the weights that it gave the places of each caption's image, N x P; null for a network without
    /// attention.
    /// </summary>
    public virtual Matrix<T>? Attention => null;

    /// <summary>Computes <see cref="Output"/>, and saves what <see cref="Backward"/> needs.</summary>
    /// <param name="features">Features of the images in the order of the minibatch, N x D.</param>
    /// <param name="captions">The captions' words.</param>
    /// <param name="regularization">The dropout of this training step.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
    public abstract void Forward(ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization);

    /// <summary>
    /// Computes the gradients of the network's parameters, W_embed's among them, from <see cref="DOutput"/>. Overwrites
    /// them, and leaves <see cref="Output"/> as it is. Takes what <see cref="Forward"/> took.
    /// </summary>
    public abstract void Backward(
        ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization, CaptioningParameters<T> gradients);

    /// <summary>Gets ready to decode with the weights as they are: packs them. Called once, before the rest.</summary>
    public abstract void PrepareDecoding();

    /// <summary>The state from which the captions of these images, N x D, begin.</summary>
    public abstract DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features);

    /// <summary>
    /// Before a step: makes room, and does what is done once for all captions. The ids have been checked.
    /// </summary>
    public abstract void BeginStep(DecodingState<T> state, ReadOnlySpan<int> words);

    /// <summary>
    /// Reads the next word of some captions, from <paramref name="start"/> on. Several threads may each have captions
    /// of their own.
    /// </summary>
    /// <param name="state">The state of all captions; the rows of these become the state after the word.</param>
    /// <param name="words">The next words of these captions.</param>
    /// <param name="start">The first of them.</param>
    /// <returns>Their vectors, a row each.</returns>
    public abstract ReadOnlyMatrixSpan<T> Step(DecodingState<T> state, ReadOnlySpan<int> words, int start);
}

/// <summary>The networks that there are.</summary>
internal static class CaptionDecoder
{
    /// <summary>All parameters of a model of these options, in their order in files.</summary>
    public static IEnumerable<ParameterSpec> Specs(CaptioningOptions options)
    {
        IEnumerable<ParameterSpec> network = options.Architecture switch
        {
            Architecture.Recurrent => RecurrentDecoder<float>.Specs(options),
            Architecture.Attention => AttentionDecoder<float>.Specs(options),
            Architecture.Transformer => TransformerDecoder<float>.Specs(options),
            _ => throw NoSuch(options),
        };
        return [.. network, .. VocabularyOutput<float>.Specs(options)];
    }

    /// <summary>The network of these options, with weights that it shares.</summary>
    public static CaptionDecoder<T> Create<T>(CaptioningOptions options, CaptioningParameters<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => options.Architecture switch
        {
            Architecture.Recurrent => new RecurrentDecoder<T>(options, parameters),
            Architecture.Attention => new AttentionDecoder<T>(options, parameters),
            Architecture.Transformer => new TransformerDecoder<T>(options, parameters),
            _ => throw NoSuch(options),
        };

    private static ArgumentOutOfRangeException NoSuch(CaptioningOptions options) =>
        new(nameof(options.Architecture), options.Architecture, "There is no such architecture.");
}
