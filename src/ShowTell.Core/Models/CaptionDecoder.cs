namespace ShowTell.Models;

/// <summary>
/// The part of a captioning model between the image and its words on one side and the scores on the other: for each
/// word
/// that is read, it gives a vector of H elements from which the next word is scored. A decoder is one file with its
/// equations, its forward and backward pass, and its step by one word; <see cref="CaptionDecoders"/> lists them.
/// </summary>
internal abstract class CaptionDecoder<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>After <see cref="Forward"/>: the vectors, one row per word, R x H.</summary>
    public abstract ReadOnlyMatrixSpan<T> Output { get; }

    /// <summary>Before <see cref="Backward"/>: takes the gradient of <see cref="Output"/>, R x H.</summary>
    public abstract MatrixSpan<T> DOutput { get; }

    /// <summary>
    /// After a step: the attention weights of the regions of each caption's image, N x P; null without attention.
    /// </summary>
    public virtual Matrix<T>? Attention => null;

    /// <summary>Computes <see cref="Output"/>, and saves what <see cref="Backward"/> needs.</summary>
    /// <param name="features">Features of the images in the order of the minibatch, N x D.</param>
    /// <param name="captions">The captions' words.</param>
    /// <param name="regularization">The dropout of this training step.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
    public abstract void Forward(
        ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization);

    /// <summary>
    /// Computes the gradients of the decoder's parameters, W_embed's among them, from <see cref="DOutput"/>. Overwrites
    /// them, and leaves <see cref="Output"/> as it is. Takes what <see cref="Forward"/> took.
    /// </summary>
    public abstract void Backward(
        ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization, CaptioningParameters<T> gradients);

    /// <summary>Packs the weights as they are, to decode with. Called once, before the rest.</summary>
    public abstract void PrepareDecoding();

    /// <summary>The initial state of captions of these images, N x D.</summary>
    public abstract DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features);

    /// <summary>
    /// Before a step: resizes, and does what is done once for all captions. The ids have been checked.
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
