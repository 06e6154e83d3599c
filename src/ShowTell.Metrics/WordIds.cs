namespace ShowTell.Metrics;

/// <summary>
/// Assigns ids to words: 0 to the first word, 1 to the next. Metrics compare ids instead of text, so that a model's
/// token ids can be scored directly. Not thread-safe while words are added.
/// </summary>
public sealed class WordIds
{
    private readonly Dictionary<string, int> _ids;
    private readonly List<string> _words;

    /// <summary>Starts with distinct words, whose ids are their indices.</summary>
    public WordIds(IEnumerable<string>? words = null)
    {
        _words = [.. words ?? []];
        _ids = new Dictionary<string, int>(_words.Count, StringComparer.Ordinal);
        foreach (string word in _words)
        {
            _ids.Add(word, _ids.Count);
        }
    }

    /// <summary>The words in the order of their ids.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>The id of a word, which is added if it is new.</summary>
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

    /// <summary>The ids of words; new words are added.</summary>
    public int[] AddAll(IEnumerable<string> words) => [.. words.Select(Add)];
}
