namespace ShowTell.Metrics;

/// <summary>
/// One to four words in a row, by their numbers: 32 bits a word, the first word lowest. Shorter ones come before longer
/// ones in the order of <see cref="CompareTo"/>.
/// </summary>
internal readonly record struct NGram(UInt128 Bits) : IComparable<NGram>
{
    /// <summary>The most words of an n-gram.</summary>
    public const int MaxLength = 4;

    /// <summary>Number of words.</summary>
    public int Length => (128 - (int)UInt128.LeadingZeroCount(Bits) + 31) / 32;

    /// <summary>The n-gram of some words, 4 at most; their numbers are not negative.</summary>
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
    /// All n-grams of a caption up to <see cref="MaxLength"/> words, sorted, so that equal ones stand together and
    /// shorter ones first.
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

    /// <summary>How often an n-gram stands at the beginning of sorted ones.</summary>
    public static int RunLength(ReadOnlySpan<NGram> sorted, NGram gram)
    {
        int length = 0;
        while (length < sorted.Length && sorted[length].Bits == gram.Bits)
        {
            length++;
        }

        return length;
    }

    /// <summary>The numbers of the words.</summary>
    public int[] ToWords()
    {
        var words = new int[Length];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = (int)((uint)(Bits >> (32 * i)) - 1);
        }

        return words;
    }

    public int CompareTo(NGram other) => Bits.CompareTo(other.Bits);

    public override int GetHashCode()
    {
        ulong mixed = ((ulong)Bits * 0x9E3779B97F4A7C15) ^ ((ulong)(Bits >> 64) * 0xC2B2AE3D27D4EB4F);
        return (int)(mixed >> 32) ^ (int)mixed;
    }
}
