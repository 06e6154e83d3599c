using System.Numerics;

namespace ShowTell.Metrics;

/// <summary>
/// BLEU (Papineni, Roukos, Ward and Zhu, "BLEU: a Method for Automatic Evaluation of Machine Translation", ACL 2002)
/// with coco-caption's constants:
/// <code>
/// p_n    = (clipped matches of n-grams + 1e-15) / (n-grams of the candidates + 1e-9)
/// BLEU-N = exp(min(0, 1 - r / c)) (p_1 ... p_N)^(1/N)
/// </code>
/// c is the candidates' length in words, r that of the reference closest in length (the shorter of two equally close).
/// The score of many captions is that of their summed counts, not the mean of their scores.
/// </summary>
public static class Bleu
{
    /// <summary>BLEU is computed up to n-grams of so many words.</summary>
    public const int MaxOrder = NGram.MaxLength;

    private const double Tiny = 1e-15;
    private const double Small = 1e-9;

    /// <summary>Counts the matches of a caption.</summary>
    /// <param name="candidate">Numbers of the words of the caption to score.</param>
    /// <param name="references">The same for its references, one at least.</param>
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
        Span<int> places = stackalloc int[references.Count];
        places.Clear();
        Span<int> matches = stackalloc int[MaxOrder];
        matches.Clear();
        for (int start = 0, end; start < candidate.Length; start = end)
        {
            NGram gram = candidate[start];
            end = start + NGram.RunLength(candidate[start..], gram);
            int most = 0;
            for (int r = 0; r < referenceGrams.Count; r++)
            {
                most = Math.Max(most, CountOf(gram, referenceGrams[r], ref places[r]));
            }

            matches[gram.Length - 1] += Math.Min(end - start, most);
        }

        return new BleuCounts(length, ClosestLength(length, references), matches);
    }

    /// <summary>BLEU-1 to BLEU-4 of one caption's counts, or of the sum of many.</summary>
    public static double[] Score(BleuCounts counts)
    {
        double[] scores = new double[MaxOrder];
        double product = 1;
        double ratio = (counts.CandidateLength + Tiny) / (counts.ReferenceLength + Small);
        double brevity = ratio < 1 ? Math.Exp(1 - (1 / ratio)) : 1;
        for (int n = 0; n < MaxOrder; n++)
        {
            product *= (counts.Matches(n + 1) + Tiny) / (counts.Guesses(n + 1) + Small);
            scores[n] = Math.Pow(product, 1.0 / (n + 1)) * brevity;
        }

        return scores;
    }

    /// <summary>The length of the reference closest to a candidate's; the smaller one of two equally close.</summary>
    internal static int ClosestLength(int length, IReadOnlyList<int[]> references) =>
        references.Select(reference => reference.Length).MinBy(other => (Math.Abs(other - length), other));

    // Both lists are sorted, so that one pass over each reference serves all n-grams of the candidate.
    private static int CountOf(NGram gram, ReadOnlySpan<NGram> sorted, ref int place)
    {
        while (place < sorted.Length && sorted[place].Bits < gram.Bits)
        {
            place++;
        }

        int count = NGram.RunLength(sorted[place..], gram);
        place += count;
        return count;
    }
}

/// <summary>What BLEU counts; counts of captions add up.</summary>
/// <param name="CandidateLength">Words of the candidates.</param>
/// <param name="ReferenceLength">Words of the references closest in length.</param>
public readonly record struct BleuCounts(long CandidateLength, long ReferenceLength)
    : IAdditionOperators<BleuCounts, BleuCounts, BleuCounts>
{
    private readonly ByLength _matches;
    private readonly ByLength _guesses;

    internal BleuCounts(int candidateLength, int referenceLength, ReadOnlySpan<int> matches)
        : this(candidateLength, referenceLength)
    {
        _matches = new(matches[0], matches[1], matches[2], matches[3]);
        _guesses = new(Guesses(1), Guesses(2), Guesses(3), Guesses(4));

        long Guesses(int n) => Math.Max(0, candidateLength - n + 1);
    }

    private BleuCounts(BleuCounts left, BleuCounts right)
        : this(left.CandidateLength + right.CandidateLength, left.ReferenceLength + right.ReferenceLength) =>
        (_matches, _guesses) = (left._matches + right._matches, left._guesses + right._guesses);

    /// <summary>N-grams of the candidates that references have, too, none more often than in one of them.</summary>
    /// <param name="n">Words of the n-grams, 1 to 4.</param>
    public long Matches(int n) => _matches[n];

    /// <summary>All n-grams of the candidates.</summary>
    /// <param name="n">Words of the n-grams, 1 to 4.</param>
    public long Guesses(int n) => _guesses[n];

    /// <summary>The counts of all captions of both.</summary>
    public static BleuCounts operator +(BleuCounts left, BleuCounts right) => left.Add(right);

    /// <summary>The counts of all captions of both.</summary>
    public BleuCounts Add(BleuCounts other) => new(this, other);

    private readonly record struct ByLength(long One, long Two, long Three, long Four)
    {
        public long this[int n] => n switch
        {
            1 => One,
            2 => Two,
            3 => Three,
            4 => Four,
            _ => throw new ArgumentOutOfRangeException(nameof(n), n, "N-grams have 1 to 4 words."),
        };

        public static ByLength operator +(ByLength left, ByLength right) => new(
            left.One + right.One, left.Two + right.Two, left.Three + right.Three, left.Four + right.Four);
    }
}
