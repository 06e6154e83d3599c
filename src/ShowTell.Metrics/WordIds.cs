namespace ShowTell.Metrics;

/// <summary>
/// Numbers for words: 0 for the first word that is seen, 1 for the next. Scores compare numbers, not text, so that
/// those of a model's own tokens need no text at all. Not thread-safe while words are added.
/// </summary>
public sealed class WordIds
{
    private readonly Dictionary<string, int> _ids;
    private readonly List<string> _words;

    /// <summary>Numbers the words of a list by their places; they must differ from each other.</summary>
    public WordIds(IEnumerable<string>? words = null)
    {
        _words = [.. words ?? []];
        _ids = new Dictionary<string, int>(_words.Count, StringComparer.Ordinal);
        foreach (string word in _words)
        {
            _ids.Add(word, _ids.Count);
        }
    }

    /// <summary>The words in the order of their numbers.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>The number of a word, which is added if it is new.</summary>
    public int Add(string word)
    {
        if (!_ids.TryGetValue(word, out int id))
        {
            id = _words.Count;
            _ids.Add(word, id);
            _words.Add(word);
        }

        return id;
    }

    /// <summary>The numbers of words; new ones are added.</summary>
    public int[] AddAll(IEnumerable<string> words) => [.. words.Select(Add)];
}
