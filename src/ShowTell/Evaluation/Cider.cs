namespace ShowTell.Evaluation;

/// <summary>The forms of CIDEr.</summary>
public enum CiderForm
{
    /// <summary>
    /// CIDEr-D: a repeated n-gram counts no more often than in the reference, and another length than the reference's
    /// is punished. It is what coco-caption computes and prints as "CIDEr".
    /// </summary>
    D,

    /// <summary>CIDEr without either: the cosine alone.</summary>
    Cosine,
}

/// <summary>
/// CIDEr and CIDEr-D (Vedantam, Zitnick and Parikh, "CIDEr: Consensus-based Image Description Evaluation", CVPR 2015).
/// For n = 1..4 a caption is a vector g_n with an element for each n-gram,
/// <code>
/// g_n(w) = (how often w occurs) (log N - log max(1, images whose references have w))
/// CIDEr-D_n = mean over references r of
///     exp(-(|c| - |r|)^2 / (2 sigma^2)) min(g_n(c), g_n(r)) . g_n(r) / (||g_n(c)|| ||g_n(r)||)
/// CIDEr-D = 10 (CIDEr-D_1 + ... + CIDEr-D_4) / 4,  sigma = 6
/// </code>
/// with N images to count in. Words are numbers: those of a <see cref="WordIds"/>, or a model's own tokens. As in
/// coco-caption, words are not stemmed. Immutable and thread-safe.
/// </summary>
public sealed class Cider(DocumentFrequencies frequencies, CiderForm form = CiderForm.D)
{
    private const double Sigma = 6;
    private const double Scale = 10;

    /// <summary>In how many images n-grams occur.</summary>
    public DocumentFrequencies Frequencies { get; } = frequencies;

    /// <summary>Which CIDEr is computed.</summary>
    public CiderForm Form { get; } = form;

    /// <summary>The vector of a caption; those of references are worth keeping where they are used again.</summary>
    public CiderVector Vector(ReadOnlySpan<int> words) => new(words.Length, NGram.AllOf(words), Frequencies);

    /// <summary>The score of a caption: 0 for nothing in common, 10 for the references' very words.</summary>
    /// <param name="candidate">Numbers of the words of the caption to score.</param>
    /// <param name="references">Vectors of its references, one at least.</param>
    public double Score(ReadOnlySpan<int> candidate, IReadOnlyList<CiderVector> references) =>
        Score(Vector(candidate), references);

    /// <inheritdoc cref="Score(ReadOnlySpan{int}, IReadOnlyList{CiderVector})"/>
    public double Score(CiderVector candidate, IReadOnlyList<CiderVector> references)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(references);
        if (references.Count == 0)
        {
            throw new ArgumentException("There must be a reference.", nameof(references));
        }

        double sum = 0;
        foreach (CiderVector reference in references)
        {
            // coco-caption counts bigrams for the length, so that a caption of no word is as long as one of one word.
            double delta = Math.Max(candidate.Length, 1) - Math.Max(reference.Length, 1);
            sum += Form == CiderForm.D
                ? candidate.ClippedCosines(reference) * Math.Exp(-delta * delta / (2 * Sigma * Sigma))
                : candidate.Cosines(reference);
        }

        return Scale * sum / (NGram.MaxLength * references.Count);
    }
}
