namespace ShowTell.Metrics;

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
        ScoredImage.RequireReferences(references);

        double sum = 0;
        foreach (CiderVector reference in references)
        {
            // coco-caption counts bigrams for the length, so that a caption of no word is as long as one of one word.
            double delta = Math.Max(candidate.Length, 1) - Math.Max(reference.Length, 1);
            double cosines = candidate.Cosines(reference, isClipped: Form == CiderForm.D);
            sum += Form == CiderForm.D ? cosines * Math.Exp(-delta * delta / (2 * Sigma * Sigma)) : cosines;
        }

        return Scale * sum / (NGram.MaxLength * references.Count);
    }
}

/// <summary>
/// A caption's n-grams with their weights, as <see cref="Cider"/> compares them. Both are sorted by n-gram, so that two
/// vectors are compared in one pass without a look-up. Immutable.
/// </summary>
public sealed class CiderVector
{
    private readonly NGram[] _grams;
    private readonly double[] _weights;
    private readonly double[] _norms = new double[NGram.MaxLength];

    internal CiderVector(int length, ReadOnlySpan<NGram> sorted, DocumentFrequencies frequencies)
    {
        Length = length;
        List<NGram> grams = new(sorted.Length);
        List<double> weights = new(sorted.Length);
        for (int start = 0, count; start < sorted.Length; start += count)
        {
            NGram gram = sorted[start];
            count = NGram.RunLength(sorted[start..], gram);
            double weight = count * frequencies.InverseOf(gram);
            _norms[gram.Length - 1] += weight * weight;
            grams.Add(gram);
            weights.Add(weight);
        }

        (_grams, _weights) = ([.. grams], [.. weights]);
        for (int n = 0; n < _norms.Length; n++)
        {
            _norms[n] = Math.Sqrt(_norms[n]);
        }
    }

    /// <summary>Words of the caption.</summary>
    public int Length { get; }

    /// <summary>Sum over n of the cosines with a reference.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="isClipped">Whether no n-gram weighs more than in the reference.</param>
    internal double Cosines(CiderVector reference, bool isClipped)
    {
        Span<double> products = stackalloc double[NGram.MaxLength];
        products.Clear();
        for (int i = 0, j = 0; i < _grams.Length && j < reference._grams.Length;)
        {
            int order = _grams[i].Bits.CompareTo(reference._grams[j].Bits);
            if (order == 0)
            {
                double theirs = reference._weights[j];
                double ours = isClipped ? Math.Min(_weights[i], theirs) : _weights[i];
                products[_grams[i].Length - 1] += ours * theirs;
            }

            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }

        double sum = 0;
        for (int n = 0; n < products.Length; n++)
        {
            double norms = _norms[n] * reference._norms[n];
            sum += norms > 0 ? products[n] / norms : 0;
        }

        return sum;
    }
}
