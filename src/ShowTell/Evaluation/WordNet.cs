using System.Collections.Frozen;
using System.Globalization;

namespace ShowTell.Evaluation;

/// <summary>
/// Which words mean the same, by WordNet 3 (Miller, "WordNet: A Lexical Database for English", 1995): words of a common
/// synset, or whose base forms are. Read from WordNet's own files, Debian's <c>wordnet-base</c>. Immutable and
/// thread-safe.
/// </summary>
public sealed class WordNet
{
    /// <summary>Where Debian's <c>wordnet-base</c> puts the files.</summary>
    public const string DefaultFolder = "/usr/share/wordnet";

    private const long MaxFileBytes = 64 << 20;

    private static readonly string[] s_kinds = ["noun", "verb", "adj", "adv"];

    /// <summary>Endings of inflected words by kind, and those of their base forms (WordNet's morphy).</summary>
    private static readonly (string Ending, string Base)[][] s_endings =
    [
        [
            ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
            ("ies", "y"),
        ],
        [("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")],
        [("er", ""), ("est", ""), ("er", "e"), ("est", "e")],
        [],
    ];

    private readonly FrozenDictionary<string, int[]>[] _synsets;
    private readonly FrozenDictionary<string, string[]>[] _exceptions;

    private WordNet(FrozenDictionary<string, int[]>[] synsets, FrozenDictionary<string, string[]>[] exceptions) =>
        (_synsets, _exceptions) = (synsets, exceptions);

    /// <summary>Reads WordNet if its files are there; null if there is no such folder.</summary>
    /// <exception cref="DataException">The folder is there, but a file is missing or damaged.</exception>
    public static WordNet? TryLoad(string folder = DefaultFolder) => Directory.Exists(folder) ? Load(folder) : null;

    /// <summary>Reads WordNet.</summary>
    /// <param name="folder">The folder of <c>index.noun</c>, <c>noun.exc</c> and the like.</param>
    /// <exception cref="DataException">A file is missing or damaged.</exception>
    public static WordNet Load(string folder) => new(
        [.. s_kinds.Select((kind, number) => ReadIndex(Path.Combine(folder, $"index.{kind}"), number))],
        [.. s_kinds.Select(kind => ReadExceptions(Path.Combine(folder, $"{kind}.exc")))]);

    /// <summary>The synsets of a word in lower case and of its base forms, sorted; empty if there are none.</summary>
    public int[] SynsetsOf(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        var found = new SortedSet<int>();
        for (int kind = 0; kind < _synsets.Length; kind++)
        {
            foreach (string form in BaseForms(word, kind).Prepend(word))
            {
                found.UnionWith(_synsets[kind].GetValueOrDefault(form, []));
            }
        }

        return [.. found];
    }

    private IEnumerable<string> BaseForms(string word, int kind) =>
        _exceptions[kind].GetValueOrDefault(word) ?? s_endings[kind]
            .Where(ending =>
                word.Length > ending.Ending.Length && word.EndsWith(ending.Ending, StringComparison.Ordinal))
            .Select(ending => word[..^ending.Ending.Length] + ending.Base);

    // lemma, kind, synsets, p, p pointer symbols, senses, tagged senses, offsets of the synsets.
    private static FrozenDictionary<string, int[]> ReadIndex(string path, int kind)
    {
        var synsets = new Dictionary<string, int[]>(StringComparer.Ordinal);
        foreach (string line in ReadLines(path))
        {
            int space = Math.Max(0, line.IndexOf(' ', StringComparison.Ordinal));
            if (line.StartsWith(' ') || line.AsSpan(0, space).Contains('_'))
            {
                continue; // The licence, or a phrase.
            }

            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            bool isGood = fields.Length > 3
                && int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
                && count > 0
                && fields.Length - count > 3;
            int[] offsets = isGood
                ? [.. fields.Skip(fields.Length - int.Parse(fields[2], CultureInfo.InvariantCulture)).Select(Offset)]
                : [-1];
            synsets[fields.Length > 0 ? fields[0] : ""] = !offsets.Contains(-1)
                ? offsets
                : throw new DataException($"{path}: \"{line}\" is no line of WordNet's index: the file is damaged.");
        }

        return synsets.ToFrozenDictionary(StringComparer.Ordinal);

        // Offsets repeat from kind to kind; they are below 2^28.
        int Offset(string field) =>
            int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int offset) && offset < 1 << 28
                ? (kind << 28) | offset
                : -1;
    }

    private static FrozenDictionary<string, string[]> ReadExceptions(string path) => ReadLines(path)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(fields => fields.Length > 1)
        .GroupBy(fields => fields[0], fields => fields.Skip(1), StringComparer.Ordinal)
        .ToFrozenDictionary(
            group => group.Key, group => group.SelectMany(forms => forms).ToArray(), StringComparer.Ordinal);

    private static string[] ReadLines(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MaxFileBytes
                ? File.ReadAllLines(path)
                : throw new DataException($"{path}: has more than {MaxFileBytes} bytes; it is no file of WordNet.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: a file of WordNet was expected: {error.Message}", error);
        }
    }
}
