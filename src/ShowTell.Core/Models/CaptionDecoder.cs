namespace ShowTell.Models;

/// <summary>
/// The part of a captioning model between inputs and scores: computes a vector of H elements per word, from which the
/// next word is scored.
/// </summary>
internal abstract class CaptionDecoder<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>After <see cref="Forward"/>: the vectors, one row per word, R x H.</summary>
    public abstract ReadOnlyMatrixSpan<T> Output { get; }

    /// <summary>Set before <see cref="Backward"/>: the gradient of <see cref="Output"/>, R x H.</summary>
    public abstract MatrixSpan<T> DOutput { get; }

    /// <summary>
    /// After a step: each caption's attention weights over the regions, N x P; null without attention.
    /// </summary>
    public virtual Matrix<T>? Attention => null;

    /// <summary>Computes <see cref="Output"/>, and saves what <see cref="Backward"/> needs.</summary>
    /// <param name="features">The features of the images in the order of the minibatch, N x D.</param>
    /// <param name="captions">The captions' words.</param>
    /// <param name="regularization">The dropout of this training step.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible, or an id is not in [0, V).</exception>
    public abstract void Forward(
        ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization);

    /// <summary>
    /// Computes the gradients of the decoder's parameters from <see cref="DOutput"/>, overwriting them. Keeps
    /// <see cref="Output"/>. The arguments are those of <see cref="Forward"/>.
    /// </summary>
    public abstract void Backward(
        ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization,
        CaptioningParameters<T> gradients);

    /// <summary>Packs the current weights for decoding. Called once, first.</summary>
    public abstract void PrepareDecoding();

    /// <summary>The initial decoding state for images with these features, N x D.</summary>
    public abstract DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features);

    /// <summary>Resizes buffers and does the work common to all captions, before a step. The ids are valid.</summary>
    public abstract void BeginStep(DecodingState<T> state, ReadOnlySpan<int> words);

    /// <summary>Reads the next word of some captions. Threads may process disjoint captions concurrently.</summary>
    /// <param name="state">The state of all captions; updated for these captions.</param>
    /// <param name="words">The next words of these captions.</param>
    /// <param name="start">The first of these captions.</param>
    /// <returns>The vectors, one row per caption.</returns>
    public abstract ReadOnlyMatrixSpan<T> Step(DecodingState<T> state, ReadOnlySpan<int> words, int start);
}
