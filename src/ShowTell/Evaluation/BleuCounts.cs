namespace ShowTell.Evaluation;

/// <summary>What BLEU counts; counts of captions add up.</summary>
/// <param name="CandidateLength">Words of the candidates.</param>
/// <param name="ReferenceLength">Words of the references closest in length.</param>
public readonly record struct BleuCounts(long CandidateLength, long ReferenceLength)
{
    private readonly (long One, long Two, long Three, long Four) _matches;
    private readonly (long One, long Two, long Three, long Four) _guesses;

    internal BleuCounts(int candidateLength, int referenceLength, ReadOnlySpan<int> matches)
        : this(candidateLength, referenceLength)
    {
        _matches = (matches[0], matches[1], matches[2], matches[3]);
        _guesses = (Guesses(1), Guesses(2), Guesses(3), Guesses(4));

        long Guesses(int n) => Math.Max(0, candidateLength - n + 1);
    }

    private BleuCounts(
        long candidateLength,
        long referenceLength,
        (long One, long Two, long Three, long Four) matches,
        (long One, long Two, long Three, long Four) guesses)
        : this(candidateLength, referenceLength)
    {
        (_matches, _guesses) = (matches, guesses);
    }

    /// <summary>N-grams of the candidates that references have, too, none more often than in one of them.</summary>
    /// <param name="n">Words of the n-grams, 1 to 4.</param>
    public long Matches(int n) => Item(_matches, n);

    /// <summary>All n-grams of the candidates.</summary>
    /// <param name="n">Words of the n-grams, 1 to 4.</param>
    public long Guesses(int n) => Item(_guesses, n);

    /// <summary>The counts of all captions of both.</summary>
    public static BleuCounts operator +(BleuCounts left, BleuCounts right) => left.Add(right);

    /// <summary>The counts of all captions of both.</summary>
    public BleuCounts Add(BleuCounts other) => new(
        CandidateLength + other.CandidateLength,
        ReferenceLength + other.ReferenceLength,
        Sum(_matches, other._matches),
        Sum(_guesses, other._guesses));

    private static (long One, long Two, long Three, long Four) Sum(
        (long One, long Two, long Three, long Four) left, (long One, long Two, long Three, long Four) right) =>
        (left.One + right.One, left.Two + right.Two, left.Three + right.Three, left.Four + right.Four);

    private static long Item((long One, long Two, long Three, long Four) items, int n) => n switch
    {
        1 => items.One,
        2 => items.Two,
        3 => items.Three,
        4 => items.Four,
        _ => throw new ArgumentOutOfRangeException(nameof(n), n, "N-grams have 1 to 4 words."),
    };
}
