namespace ShowTell.Decoding;

/// <summary>The words with the highest scores.</summary>
internal static class TopWords
{
    /// <summary>Finds them, the best first, of equal ones that of the smaller id; impossible ones are none.</summary>
    /// <param name="scores">Scores of all words, V.</param>
    /// <param name="best">Takes the ids; as many are wanted.</param>
    /// <returns>How many there are.</returns>
    public static int Find<T>(ReadOnlySpan<T> scores, Span<int> best)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int count = 0;
        T least = T.NegativeInfinity;
        for (int word = 0; word < scores.Length; word++)
        {
            // Once there are as many as wanted, nearly every word stops here.
            if (scores[word] > least)
            {
                int at = count < best.Length ? count++ : count - 1;
                for (; at > 0 && scores[best[at - 1]] < scores[word]; at--)
                {
                    best[at] = best[at - 1];
                }

                best[at] = word;
                least = count == best.Length ? scores[best[^1]] : T.NegativeInfinity;
            }
        }

        return count;
    }
}
