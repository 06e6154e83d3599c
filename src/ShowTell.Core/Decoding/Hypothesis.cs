namespace ShowTell.Decoding;

/// <summary>The beginning of a caption, which goes on.</summary>
/// <param name="Row">The row of its image that it continues.</param>
/// <param name="Ids">Its words.</param>
/// <param name="LogProbability">Natural logarithm of their probability.</param>
/// <param name="Met">A bit for each required word: whether it is among them.</param>
internal sealed record Hypothesis(int Row, int[] Ids, double LogProbability, ulong Met = 0)
{
    /// <summary>Nothing but the start token.</summary>
    public static Hypothesis Start { get; } = new(0, [], 0);
}

/// <summary>The decoding of one image's captions, word by word.</summary>
internal abstract class CaptionSearch
{
    /// <summary>Those that go on; none when the search is over.</summary>
    public abstract IReadOnlyList<Hypothesis> Open { get; }

    /// <summary>Goes on by a word.</summary>
    /// <param name="scores">Scores of all words after each of <see cref="Open"/>; work space too.</param>
    public abstract void Advance<T>(MatrixSpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The captions that were found, distinct ones, the best first.</summary>
    public abstract DecodedCaption[] Best();
}
