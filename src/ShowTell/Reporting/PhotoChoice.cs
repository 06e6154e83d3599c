namespace ShowTell.Reporting;

/// <summary>
/// The photos that a report shows: those with the best captions, with the worst, and others at random.
/// </summary>
/// <param name="Best">Places of the best, the best first.</param>
/// <param name="Worst">Places of the worst, the worst first.</param>
/// <param name="Random">Places drawn among the others.</param>
public sealed record PhotoChoice(IReadOnlyList<int> Best, IReadOnlyList<int> Worst, IReadOnlyList<int> Random)
{
    /// <summary>Chooses photos by the scores of their captions. No photo is chosen twice.</summary>
    /// <param name="scores">The score of each photo's caption.</param>
    /// <param name="count">Photos of each kind, at most; of few photos a third each.</param>
    /// <param name="seed">Seed of the draw.</param>
    public static PhotoChoice Of(IReadOnlyList<double> scores, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        int[] order = [.. Enumerable.Range(0, scores.Count).OrderByDescending(photo => scores[photo])];
        int best = Math.Min(count, (order.Length + 2) / 3), worst = Math.Min(count, (order.Length + 1) / 3);
        int[] others = order[best..^worst];
        new SeededRandom(seed).Shuffle<int>(others);
        return new PhotoChoice(order[..best], [.. order[^worst..].Reverse()], [.. others.Take(count)]);
    }
}
