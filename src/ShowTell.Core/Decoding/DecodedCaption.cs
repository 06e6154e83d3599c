namespace ShowTell.Decoding;

/// <summary>A generated caption, as ids.</summary>
/// <param name="Ids">Ids of its words, without the start token; the last one is the end token.</param>
/// <param name="LogProbability">
/// Natural logarithm of the probability that the model gives these ids, one after the other: at most 0. Nothing that
/// steers decoding changes it.
/// </param>
/// <param name="Score">What captions are ranked by, see <see cref="DecodingOptions.LengthPenalty"/>.</param>
public sealed record DecodedCaption(IReadOnlyList<int> Ids, double LogProbability, double Score)
{
    /// <summary>The best score first; of equal ones the one whose ids are the smaller.</summary>
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
