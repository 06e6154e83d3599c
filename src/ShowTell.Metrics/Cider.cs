namespace ShowTell.Metrics;

/// <summary>The variants of CIDEr.</summary>
public enum CiderVariant
{
    /// <summary>
    /// CIDEr-D: n-gram counts are clipped to the reference's, and differences in length are penalized. This is what
    /// coco-caption computes and prints as "CIDEr".
    /// </summary>
    CiderD,

    /// <summary>CIDEr: the cosine similarity, without clipping and length penalty.</summary>
    Cider,
}

/// <summary>
/// CIDEr and CIDEr-D (Vedantam, Zitnick and Parikh, "CIDEr: Consensus-based Image Description Evaluation", CVPR 2015).
/// For n = 1..4 a caption is a vector g_n of TF-IDF weights with an element for each n-gram w:
/// <code>
/// g_n(w) = (count of w in the caption) (log N - log max(1, images whose references contain w))
/// CIDEr-D_n = mean over references r of
///     exp(-(|c| - |r|)^2 / (2 sigma^2)) min(g_n(c), g_n(r)) . g_n(r) / (||g_n(c)|| ||g_n(r)||)
/// CIDEr-D = 10 (CIDEr-D_1 + ... + CIDEr-D_4) / 4,  sigma = 6
/// </code>
/// N is the number of images that document frequencies were counted in. Words are ids: those of a
/// <see cref="WordIds"/>, or a model's own tokens. As in coco-caption, words are not stemmed. Immutable and
/// thread-safe.
/// </summary>
/// <param name="frequencies">The document frequencies of n-grams.</param>
/// <param name="variant">Whether CIDEr-D, the default, or CIDEr is computed.</param>
public sealed class Cider(DocumentFrequencies frequencies, CiderVariant variant = CiderVariant.CiderD)
{
    private const double Sigma = 6;
    private const double Scale = 10;

    /// <summary>The document frequencies of n-grams.</summary>
    public DocumentFrequencies Frequencies { get; } = frequencies;

    /// <summary>Whether CIDEr-D or CIDEr is computed.</summary>
    public CiderVariant Variant { get; } = variant;

    /// <summary>The vector of a caption. Keep those of references that are used more than once.</summary>
    public CiderVector Vector(ReadOnlySpan<int> words) => new(words.Length, NGram.AllOf(words), Frequencies);

    /// <summary>The score of a caption, from 0 for nothing in common to 10 for a caption that equals the references.
    /// </summary>
    /// <param name="candidate">Word ids of the caption to score.</param>
    /// <param name="references">Vectors of its references, at least one.</param>
    public double Score(ReadOnlySpan<int> candidate, IReadOnlyList<CiderVector> references) =>
        Score(Vector(candidate), references);

    /// <inheritdoc cref="Score(ReadOnlySpan{int}, IReadOnlyList{CiderVector})"/>
    public double Score(CiderVector candidate, IReadOnlyList<CiderVector> references)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ScoredImage.RequireReferences(references);
        bool isCiderD = Variant == CiderVariant.CiderD;
        double sum = 0;
        foreach (CiderVector reference in references)
        {
            double similarity = candidate.Similarity(reference, isClipped: isCiderD);
            sum += isCiderD ? similarity * LengthPenalty(candidate, reference) : similarity;
        }

        return Scale * sum / (NGram.MaxLength * references.Count);
    }

    /// <summary>CIDEr-D's length penalty, exp(-(|c| - |r|)^2 / (2 sigma^2)).</summary>
    private static double LengthPenalty(CiderVector candidate, CiderVector reference)
    {
        // coco-caption takes the number of bigrams for the length: a caption of no words is as long as one of one word.
        double delta = Math.Max(candidate.Length, 1) - Math.Max(reference.Length, 1);
        return Math.Exp(-delta * delta / (2 * Sigma * Sigma));
    }
}

/// <summary>
/// A caption's n-grams with their TF-IDF weights, as <see cref="Cider"/> compares them. Sorted by n-gram, so that two
/// vectors are compared in one pass. Immutable.
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
        foreach (ref double norm in _norms.AsSpan())
        {
            norm = Math.Sqrt(norm);
        }
    }

    /// <summary>Words of the caption.</summary>
    public int Length { get; }

    /// <summary>The sum over n of the cosine similarity to a reference.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="isClipped">Whether weights are clipped to the reference's.</param>
    internal double Similarity(CiderVector reference, bool isClipped)
    {
        Span<double> products = stackalloc double[NGram.MaxLength];
        products.Clear();
        for (int i = 0, j = 0; i < _grams.Length && j < reference._grams.Length;)
        {
            int order = _grams[i].CompareTo(reference._grams[j]);
            if (order == 0)
            {
                double other = reference._weights[j];
                double weight = isClipped ? Math.Min(_weights[i], other) : _weights[i];
                products[_grams[i].Length - 1] += weight * other;
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
