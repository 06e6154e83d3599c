using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// Regularization against overfitting. Applies to training steps only, not to validation or decoding.
/// </summary>
public sealed record Regularization
{
    /// <summary>No regularization, as in the exercises.</summary>
    public static Regularization None { get; } = new();

    /// <summary>
    /// Dropout of the decoder's output and of vectors passed between its layers; in [0, 1); default 0.
    /// </summary>
    public double Dropout { get; init; }

    /// <summary>Dropout of image features; in [0, 1); default 0.</summary>
    public double FeatureDropout { get; init; }

    /// <summary>
    /// Dropout of word vectors, with one mask per word and minibatch (Gal and Ghahramani, 2016); in [0, 1); default 0.
    /// </summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>
    /// Label smoothing: the share of the target that is spread over all words (Szegedy et al., 2016); in [0, 1);
    /// default 0.
    /// </summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public void Validate()
    {
        const string Range = "Must be in [0, 1).";
        OptionRange.Require(Dropout is >= 0 and < 1, Dropout, Range);
        OptionRange.Require(FeatureDropout is >= 0 and < 1, FeatureDropout, Range);
        OptionRange.Require(EmbeddingDropout is >= 0 and < 1, EmbeddingDropout, Range);
        OptionRange.Require(LabelSmoothing is >= 0 and < 1, LabelSmoothing, Range);
    }
}

/// <summary>The regularization of one training step, deterministic for a seed. The default value is none.</summary>
/// <param name="regularization">The dropout rates and label smoothing.</param>
/// <param name="seed">The seed of the step.</param>
internal readonly struct StepRegularization(Regularization regularization, ulong seed)
{
    private readonly Regularization? _regularization = regularization;
    private readonly ulong _seed = seed;

    /// <summary>The mask of the features, N x D.</summary>
    public DropoutMask Features => Mask(_regularization?.FeatureDropout ?? 0, 0);

    /// <summary>The mask of the vectors of a minibatch's distinct words.</summary>
    public DropoutMask Words => Mask(_regularization?.EmbeddingDropout ?? 0, 1);

    /// <summary>The mask of the decoder's output, R x H.</summary>
    public DropoutMask Output => Mask(_regularization?.Dropout ?? 0, 2);

    /// <summary>ε, the label smoothing of the loss.</summary>
    public double LabelSmoothing => _regularization?.LabelSmoothing ?? 0;

    /// <summary>The mask of a position within the decoder, identified by an index from 0 on.</summary>
    public DropoutMask Within(int index) => Mask(_regularization?.Dropout ?? 0, 3 + (ulong)index);

    private DropoutMask Mask(double rate, ulong index) => new(rate, SeededRandom.BitsAt(_seed, index));
}
