namespace ShowTell.Metrics;

/// <summary>
/// An n-gram of one to four words as word ids: 32 bits per word, the first word lowest. <see cref="CompareTo"/> orders
/// shorter ones before longer ones.
/// </summary>
internal readonly record struct NGram(UInt128 Bits) : IComparable<NGram>
{
    /// <summary>The maximum number of words.</summary>
    public const int MaxLength = 4;

    /// <summary>Number of words.</summary>
    public int Length => (128 - (int)UInt128.LeadingZeroCount(Bits) + 31) / 32;

    /// <summary>The n-gram of at most four words; ids are not negative.</summary>
    public static NGram Of(ReadOnlySpan<int> words)
    {
        UInt128 bits = 0;
        for (int i = words.Length - 1; i >= 0; i--)
        {
            bits = (bits << 32) | ((uint)words[i] + 1);
        }

        return new NGram(bits);
    }

    /// <summary>
    /// All n-grams of a caption of up to <see cref="MaxLength"/> words, sorted: equal ones are adjacent, shorter ones
    /// first.
    /// </summary>
    public static NGram[] AllOf(ReadOnlySpan<int> words)
    {
        var grams = new List<NGram>(MaxLength * words.Length);
        for (int n = 1; n <= Math.Min(MaxLength, words.Length); n++)
        {
            for (int i = 0; i + n <= words.Length; i++)
            {
                grams.Add(Of(words.Slice(i, n)));
            }
        }

        grams.Sort();
        return [.. grams];
    }

    /// <summary>The number of times that sorted n-grams start with <paramref name="gram"/>.</summary>
    public static int RunLength(ReadOnlySpan<NGram> sorted, NGram gram)
    {
        int end = sorted.IndexOfAnyExcept(gram);
        return end < 0 ? sorted.Length : end;
    }

    /// <summary>The word ids.</summary>
    public int[] ToWords()
    {
        var words = new int[Length];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = (int)((uint)(Bits >> (32 * i)) - 1);
        }

        return words;
    }

    /// <inheritdoc/>
    public int CompareTo(NGram other) => Bits.CompareTo(other.Bits);
}
