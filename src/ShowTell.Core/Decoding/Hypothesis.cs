namespace ShowTell.Decoding;

/// <summary>An unfinished caption of a search.</summary>
/// <param name="Row">The row of the scores of the hypothesis that it continues.</param>
/// <param name="Ids">Its words.</param>
/// <param name="LogProbability">The natural logarithm of their probability.</param>
/// <param name="Satisfied">A bit per required word: whether it occurs.</param>
internal sealed record Hypothesis(int Row, int[] Ids, double LogProbability, ulong Satisfied = 0)
{
    /// <summary>Only the start token.</summary>
    public static Hypothesis Start { get; } = new(0, [], 0);
}

/// <summary>A search for one image's captions, word by word.</summary>
internal abstract class CaptionSearch
{
    /// <summary>The unfinished captions; none when the search is over.</summary>
    public abstract IReadOnlyList<Hypothesis> Active { get; }

    /// <summary>Extends the hypotheses by a word.</summary>
    /// <param name="scores">The scores of all words after each of <see cref="Active"/>; overwritten.</param>
    public abstract void Advance<T>(MatrixSpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The distinct captions found, best first.</summary>
    public abstract DecodedCaption[] Best();
}
