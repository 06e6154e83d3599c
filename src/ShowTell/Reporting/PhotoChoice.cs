namespace ShowTell.Reporting;

/// <summary>
/// The photos that a report shows: those with the best captions, those with the worst, and random others.
/// </summary>
/// <param name="Best">Indices of the best photos, best first.</param>
/// <param name="Worst">Indices of the worst photos, worst first.</param>
/// <param name="Random">Indices of random other photos.</param>
public sealed record PhotoChoice(IReadOnlyList<int> Best, IReadOnlyList<int> Worst, IReadOnlyList<int> Random)
{
    /// <summary>Chooses photos by the scores of their captions, each at most once.</summary>
    /// <param name="scores">The score of each photo's caption.</param>
    /// <param name="count">The maximum number of photos of each kind; at most a third of all.</param>
    /// <param name="seed">The random seed.</param>
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
