namespace ShowTell.Decoding;

/// <summary>A generated caption, as ids.</summary>
/// <param name="Ids">Token ids without the start token; the last one is the end token.</param>
/// <param name="LogProbability">The natural logarithm of the probability that the model assigns to the ids, unaffected
/// by decoding options; at most 0.</param>
/// <param name="Score">The ranking score, see <see cref="DecodingOptions.LengthPenalty"/> and
/// <see cref="DecodingOptions.Ranking"/>.</param>
public sealed record DecodedCaption(IReadOnlyList<int> Ids, double LogProbability, double Score)
{
    /// <summary>Orders by descending score, ties by ids.</summary>
    internal static int CompareBestFirst(DecodedCaption x, DecodedCaption y)
    {
        int order = y.Score.CompareTo(x.Score);
        for (int i = 0; order == 0 && i < Math.Min(x.Ids.Count, y.Ids.Count); i++)
        {
            order = x.Ids[i].CompareTo(y.Ids[i]);
        }

        return order;
    }
}
