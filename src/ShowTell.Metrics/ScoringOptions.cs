namespace ShowTell.Metrics;

/// <summary>Metrics to compute.</summary>
[Flags]
public enum CaptionMetrics
{
    /// <summary>No metric.</summary>
    None = 0,

    /// <summary>BLEU-1 to BLEU-4: <see cref="Metrics.Bleu"/>.</summary>
    Bleu = 1,

    /// <summary>METEOR: <see cref="Metrics.Meteor"/>.</summary>
    Meteor = 2,

    /// <summary>ROUGE-L: <see cref="Metrics.RougeL"/>.</summary>
    RougeL = 4,

    /// <summary>CIDEr-D, coco-caption's "CIDEr": <see cref="CiderVariant.CiderD"/>.</summary>
    CiderD = 8,

    /// <summary>CIDEr: <see cref="CiderVariant.Cider"/>.</summary>
    Cider = 16,

    /// <summary>All of them.</summary>
    All = Bleu | Meteor | RougeL | CiderD | Cider,
}

/// <summary>The options of <see cref="CaptionScorer"/>.</summary>
public sealed record ScoringOptions
{
    /// <summary>The metrics; by default coco-caption's, that is, all but CIDEr.</summary>
    public CaptionMetrics Metrics { get; init; } = CaptionMetrics.All & ~CaptionMetrics.Cider;

    /// <summary>
    /// Frozen document frequencies for CIDEr-D and CIDEr; null, the default, to count them in the references, as
    /// coco-caption does.
    /// </summary>
    public DocumentFrequencies? Frequencies { get; init; }

    /// <summary>
    /// The training captions, normalized by <see cref="CaptionTokenizer.Normalize"/>, for
    /// <see cref="CaptionVariety.InTraining"/>; null, the default, if unknown.
    /// </summary>
    public IReadOnlySet<string>? TrainCaptions { get; init; }

    /// <summary>Bootstrap resamples for confidence intervals, at least 0; 0, the default, computes none.</summary>
    public int BootstrapSamples { get; init; }

    /// <summary>
    /// Rounds of approximate randomization for the p-values of <see cref="CaptionScorer.Compare"/>, at least 1; 10,000
    /// by default.
    /// </summary>
    public int RandomizationRounds { get; init; } = 10_000;

    /// <summary>The random seed of the bootstrap and of randomization; 231 by default.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>
    /// Whether the references were decoded from a dataset's token ids rather than read as people wrote them, for the
    /// signature; false by default.
    /// </summary>
    public bool AreDatasetWords { get; init; }

    /// <summary>How the candidates were decoded, for the signature; null, the default, if unknown.</summary>
    public string? Decoding { get; init; }
}
