namespace ShowTell.Metrics;

/// <summary>How two words match.</summary>
internal enum WordMatch
{
    None,
    Stem,
    Synonym,
    Exact,
}

/// <summary>What METEOR knows of each word id: its stem, its synsets, whether it is a function word.</summary>
internal sealed class MeteorLexicon
{
    private readonly (int Stem, int[] Synsets, bool IsFunctionWord)[] _entries;

    public MeteorLexicon(WordIds words)
    {
        var stems = new WordIds();
        _entries =
        [
            .. words.Words.Select(word => (
                stems.Add(EnglishStemmer.Stem(word)), WordNet.SynsetsOf(word), FunctionWords.Contains(word))),
        ];
    }

    public bool IsFunctionWord(int word) => _entries[word].IsFunctionWord;

    public WordMatch Compare(int left, int right)
    {
        if (left == right)
        {
            return WordMatch.Exact;
        }

        (int leftStem, int[] leftSynsets, _) = _entries[left];
        (int rightStem, int[] rightSynsets, _) = _entries[right];
        return Intersect(leftSynsets, rightSynsets) ? WordMatch.Synonym
            : leftStem == rightStem ? WordMatch.Stem
            : WordMatch.None;
    }

    private static bool Intersect(int[] left, int[] right)
    {
        for (int i = 0, j = 0; i < left.Length && j < right.Length;)
        {
            int order = left[i].CompareTo(right[j]);
            if (order == 0)
            {
                return true;
            }

            i += order < 0 ? 1 : 0;
            j += order > 0 ? 1 : 0;
        }

        return false;
    }
}
