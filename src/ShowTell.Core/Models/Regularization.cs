using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// What training does to a model so that it does not learn captions by heart. The loss on validation captions and
/// decoding know nothing of it.
/// </summary>
public sealed record Regularization
{
    /// <summary>None of it, as in the exercises.</summary>
    public static Regularization None { get; } = new();

    /// <summary>
    /// Dropout of the vectors that the network gives and of those that one of its layers gives the next; in [0, 1); by
    /// default 0.
    /// </summary>
    public double Dropout { get; init; }

    /// <summary>Dropout of the images' features; in [0, 1); by default 0.</summary>
    public double FeatureDropout { get; init; }

    /// <summary>
    /// Dropout of the words' vectors, the same for a word wherever it stands in a minibatch (Gal and Ghahramani, 2016);
    /// in [0, 1); by default 0.
    /// </summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>
    /// Label smoothing: the share of the right word that the loss spreads over all words (Szegedy et al., 2016); in
    /// [0, 1); by default 0.
    /// </summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public void Validate()
    {
        const string Needed = "A number in [0, 1) is needed.";
        OptionRange.Require(Dropout is >= 0 and < 1, Dropout, Needed);
        OptionRange.Require(FeatureDropout is >= 0 and < 1, FeatureDropout, Needed);
        OptionRange.Require(EmbeddingDropout is >= 0 and < 1, EmbeddingDropout, Needed);
        OptionRange.Require(LabelSmoothing is >= 0 and < 1, LabelSmoothing, Needed);
    }
}

/// <summary>
/// The regularization of one training step, everything random in it a function of a seed. The default value is none.
/// </summary>
/// <param name="regularization">How much of what is dropped out.</param>
/// <param name="seed">The seed of the step.</param>
internal readonly struct StepRegularization(Regularization regularization, ulong seed)
{
    private readonly Regularization? _regularization = regularization;
    private readonly ulong _seed = seed;

    /// <summary>The mask of the features, N x D.</summary>
    public DropoutMask Features => Mask(_regularization?.FeatureDropout ?? 0, 0);

    /// <summary>The mask of the vectors of a minibatch's distinct words.</summary>
    public DropoutMask Words => Mask(_regularization?.EmbeddingDropout ?? 0, 1);

    /// <summary>The mask of the network's vectors, R x H.</summary>
    public DropoutMask Output => Mask(_regularization?.Dropout ?? 0, 2);

    /// <summary>ε of the loss.</summary>
    public double LabelSmoothing => _regularization?.LabelSmoothing ?? 0;

    /// <summary>A mask for a place within the network; places have different numbers, from 0 on.</summary>
    public DropoutMask Within(int place) => Mask(_regularization?.Dropout ?? 0, 3 + (ulong)place);

    private DropoutMask Mask(double rate, ulong place) => new(rate, SeededRandom.BitsAt(_seed, place));
}
