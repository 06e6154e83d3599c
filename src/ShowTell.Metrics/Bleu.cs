using System.Numerics;
using System.Runtime.Intrinsics;

namespace ShowTell.Metrics;

/// <summary>
/// BLEU (Papineni, Roukos, Ward and Zhu, "BLEU: a Method for Automatic Evaluation of Machine Translation", ACL 2002)
/// with coco-caption's constants:
/// <code>
/// p_n    = (clipped n-gram matches + 1e-15) / (n-grams of the candidate + 1e-9)
/// BP     = exp(min(0, 1 - r / c))
/// BLEU-N = BP (p_1 ... p_N)^(1/N)
/// </code>
/// c is the candidate's length in words, r the length of the reference closest to it (the shorter of two equally
/// close), and BP the brevity penalty. A corpus score is the score of the summed counts, not the mean of the captions'
/// scores.
/// </summary>
public static class Bleu
{
    /// <summary>The longest n-grams that are counted, in words: scores are BLEU-1 to BLEU-4.</summary>
    public const int MaxOrder = NGram.MaxLength;

    private const double Tiny = 1e-15;
    private const double Small = 1e-9;

    /// <summary>Counts a caption's n-gram matches.</summary>
    /// <param name="candidate">Word ids of the caption to score.</param>
    /// <param name="references">Word ids of its references, at least one.</param>
    public static BleuCounts Count(ReadOnlySpan<int> candidate, IReadOnlyList<int[]> references)
    {
        ScoredImage.RequireReferences(references);
        NGram[][] grams = [.. references.Select(reference => NGram.AllOf(reference))];
        return Count(candidate.Length, NGram.AllOf(candidate), references, grams);
    }

    internal static BleuCounts Count(
        int length,
        ReadOnlySpan<NGram> candidate,
        IReadOnlyList<int[]> references,
        IReadOnlyList<NGram[]> referenceGrams)
    {
        Span<int> positions = stackalloc int[references.Count];
        positions.Clear();
        Span<long> matches = stackalloc long[MaxOrder];
        matches.Clear();
        for (int start = 0, end; start < candidate.Length; start = end)
        {
            NGram gram = candidate[start];
            end = start + NGram.RunLength(candidate[start..], gram);
            int max = 0;
            for (int r = 0; r < referenceGrams.Count; r++)
            {
                max = Math.Max(max, CountOf(gram, referenceGrams[r], ref positions[r]));
            }

            matches[gram.Length - 1] += Math.Min(end - start, max);
        }

        return new BleuCounts(length, ClosestLength(length, references), matches);
    }

    /// <summary>BLEU-1 to BLEU-4 of the counts of one caption, or of the summed counts of a corpus.</summary>
    public static double[] Score(BleuCounts counts)
    {
        double[] scores = new double[MaxOrder];
        double product = 1;
        double ratio = (counts.CandidateLength + Tiny) / (counts.ReferenceLength + Small);
        double brevityPenalty = ratio < 1 ? Math.Exp(1 - (1 / ratio)) : 1;
        for (int n = 1; n <= MaxOrder; n++)
        {
            product *= (counts.Matches(n) + Tiny) / (counts.NGrams(n) + Small);
            scores[n - 1] = Math.Pow(product, 1.0 / n) * brevityPenalty;
        }

        return scores;
    }

    /// <summary>The length of the reference closest to a candidate's; the shorter one of two equally close.</summary>
    internal static int ClosestLength(int length, IReadOnlyList<int[]> references) =>
        references.Select(reference => reference.Length).MinBy(other => (Math.Abs(other - length), other));

    // Both lists are sorted: one pass over each reference serves all n-grams of the candidate.
    private static int CountOf(NGram gram, ReadOnlySpan<NGram> sorted, ref int position)
    {
        while (position < sorted.Length && sorted[position].Bits < gram.Bits)
        {
            position++;
        }

        int count = NGram.RunLength(sorted[position..], gram);
        position += count;
        return count;
    }
}

/// <summary>BLEU's counts for a caption, or their sum over captions.</summary>
/// <param name="CandidateLength">Words of the candidates.</param>
/// <param name="ReferenceLength">Words of the references closest in length.</param>
public readonly record struct BleuCounts(long CandidateLength, long ReferenceLength)
    : IAdditionOperators<BleuCounts, BleuCounts, BleuCounts>
{
    private readonly Vector256<long> _matches;
    private readonly Vector256<long> _nGrams;

    internal BleuCounts(int candidateLength, int referenceLength, ReadOnlySpan<long> matches)
        : this(candidateLength, referenceLength)
    {
        _matches = Vector256.Create(matches);
        Vector256<long> lengths = Vector256.Create((long)candidateLength) - Vector256<long>.Indices;
        _nGrams = Vector256.Max(lengths, Vector256<long>.Zero);
    }

    private BleuCounts(BleuCounts left, BleuCounts right)
        : this(left.CandidateLength + right.CandidateLength, left.ReferenceLength + right.ReferenceLength) =>
        (_matches, _nGrams) = (left._matches + right._matches, left._nGrams + right._nGrams);

    /// <summary>N-grams of the candidates that also occur in a reference, each at most as often as in one of them.
    /// </summary>
    /// <param name="n">Words of the n-grams, 1 to 4.</param>
    public long Matches(int n) => _matches[n - 1];

    /// <summary>All n-grams of the candidates.</summary>
    /// <param name="n">Words of the n-grams, 1 to 4.</param>
    public long NGrams(int n) => _nGrams[n - 1];

    /// <summary>The sum of two counts.</summary>
    public static BleuCounts operator +(BleuCounts left, BleuCounts right) => left.Add(right);

    /// <summary>The sum of two counts.</summary>
    public BleuCounts Add(BleuCounts other) => new(this, other);
}
