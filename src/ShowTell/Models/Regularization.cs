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
        RequireShare(Dropout, nameof(Dropout));
        RequireShare(FeatureDropout, nameof(FeatureDropout));
        RequireShare(EmbeddingDropout, nameof(EmbeddingDropout));
        RequireShare(LabelSmoothing, nameof(LabelSmoothing));
    }

    private static void RequireShare(double value, string name)
    {
        if (value is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(name, value, "A number in [0, 1) is needed.");
        }
    }
}
