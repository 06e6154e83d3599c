using System.IO.Compression;

namespace ShowTell.Metrics;

/// <summary>
/// Synonyms by WordNet 3.0 (Miller, "WordNet: A Lexical Database for English", 1995): words that share a synset, or
/// whose base forms do. The table is a resource of this assembly, written by tools/wordnet.py.
/// </summary>
internal static class WordNet
{
    /// <summary>WordNet's rules of detachment ("morphy") for nouns, verbs, adjectives and adverbs.</summary>
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

    private static readonly PartOfSpeech[] s_partsOfSpeech = Load();

    /// <summary>The synset numbers, sorted, of a lower-case word and its base forms.</summary>
    public static int[] SynsetsOf(string word)
    {
        var found = new SortedSet<int>();
        foreach (PartOfSpeech part in s_partsOfSpeech)
        {
            foreach (string form in part.BaseForms(word).Prepend(word))
            {
                found.UnionWith(part.Synsets.GetValueOrDefault(form, []));
            }
        }

        return [.. found];
    }

    private static PartOfSpeech[] Load()
    {
        using var text = new StreamReader(
            new ZLibStream(typeof(WordNet).Assembly.GetManifestResourceStream("wordnet")!, CompressionMode.Decompress),
            Encoding.ASCII);
        while (text.ReadLine() is { Length: > 0 })
        {
            // The license.
        }

        int number = 0;
        return
        [
            .. s_endings.Select(endings =>
                new PartOfSpeech(ReadSynsets(text, ref number), ReadExceptions(text), endings)),
        ];
    }

    private static Dictionary<string, int[]> ReadSynsets(StreamReader text, ref int number)
    {
        var synsets = new Dictionary<string, int[]>(StringComparer.Ordinal);
        for (; text.ReadLine() is { Length: > 0 } line; number++)
        {
            foreach (string word in line.Split(' '))
            {
                synsets[word] = [.. synsets.GetValueOrDefault(word, []), number];
            }
        }

        return synsets;
    }

    private static Dictionary<string, string[]> ReadExceptions(StreamReader text)
    {
        var exceptions = new Dictionary<string, string[]>(StringComparer.Ordinal);
        while (text.ReadLine() is { Length: > 0 } line)
        {
            string[] forms = line.Split(' ');
            exceptions.Add(forms[0], forms[1..]);
        }

        return exceptions;
    }

    /// <summary>A part of speech: nouns, verbs, adjectives or adverbs.</summary>
    private sealed record PartOfSpeech(
        Dictionary<string, int[]> Synsets,
        Dictionary<string, string[]> Exceptions,
        (string Ending, string Base)[] Endings)
    {
        public IEnumerable<string> BaseForms(string word) =>
            Exceptions.GetValueOrDefault(word) ?? Endings
                .Where(ending =>
                    word.Length > ending.Ending.Length && word.EndsWith(ending.Ending, StringComparison.Ordinal))
                .Select(ending => word[..^ending.Ending.Length] + ending.Base);
    }
}
