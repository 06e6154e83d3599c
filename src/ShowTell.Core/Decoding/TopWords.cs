namespace ShowTell.Decoding;

/// <summary>The words with the highest scores.</summary>
internal static class TopWords
{
    /// <summary>Finds them, best first, ties by id; skips words whose score is -∞.</summary>
    /// <param name="scores">The scores of all words, V.</param>
    /// <param name="best">Receives the ids; its length is the number requested.</param>
    /// <returns>The number of words found.</returns>
    public static int Find<T>(ReadOnlySpan<T> scores, Span<int> best)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int count = 0;
        T min = T.NegativeInfinity;
        for (int word = 0; word < scores.Length; word++)
        {
            // Once full, nearly every word fails this test.
            if (scores[word] > min)
            {
                int at = count < best.Length ? count++ : count - 1;
                for (; at > 0 && scores[best[at - 1]] < scores[word]; at--)
                {
                    best[at] = best[at - 1];
                }

                best[at] = word;
                min = count == best.Length ? scores[best[^1]] : T.NegativeInfinity;
            }
        }

        return count;
    }
}
