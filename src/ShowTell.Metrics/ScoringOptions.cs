namespace ShowTell.Metrics;

/// <summary>Scores to compute.</summary>
[Flags]
public enum CaptionMetrics
{
    /// <summary>No score.</summary>
    None = 0,

    /// <summary>Bleu_1 to Bleu_4: <see cref="Metrics.Bleu"/>.</summary>
    Bleu = 1,

    /// <summary>METEOR: <see cref="Metrics.Meteor"/>.</summary>
    Meteor = 2,

    /// <summary>ROUGE_L: <see cref="Metrics.RougeL"/>.</summary>
    RougeL = 4,

    /// <summary>CIDEr, which is CIDEr-D: <see cref="Metrics.Cider"/>.</summary>
    Cider = 8,

    /// <summary>CIDEr_cosine: <see cref="CiderForm.Cosine"/>.</summary>
    CiderCosine = 16,

    /// <summary>All of them.</summary>
    All = Bleu | Meteor | RougeL | Cider | CiderCosine,
}

/// <summary>What <see cref="CaptionScorer"/> computes.</summary>
public sealed record ScoringOptions
{
    /// <summary>The scores; COCO's by default: all but CIDEr_cosine.</summary>
    public CaptionMetrics Metrics { get; init; } = CaptionMetrics.All & ~CaptionMetrics.CiderCosine;

    /// <summary>
    /// Frozen frequencies for CIDEr; null, the default, to count in the references as coco-caption does.
    /// </summary>
    public DocumentFrequencies? Frequencies { get; init; }

    /// <summary>
    /// The training set's captions, words with a space between them (<see cref="CaptionTokenizer.Normalize"/>); null,
    /// the default, if they are not known.
    /// </summary>
    public IReadOnlySet<string>? TrainCaptions { get; init; }

    /// <summary>How often images are drawn for confidence intervals; 0, the default, for none. Not negative.</summary>
    public int BootstrapSamples { get; init; }

    /// <summary>Seed of those draws; 231 by default.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>
    /// Whether the references are a dataset's own words rather than what people wrote: the signature says so.
    /// </summary>
    public bool AreDatasetWords { get; init; }

    /// <summary>How the candidates were decoded, for the signature; null, the default, if that is not known.</summary>
    public string? Decoding { get; init; }
}
