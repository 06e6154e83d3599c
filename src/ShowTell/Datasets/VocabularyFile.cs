using ShowTell.Data;
using ShowTell.Datasets.Import;
using ShowTell.Files;

namespace ShowTell.Datasets;

/// <summary>
/// The vocabulary file of a dataset folder, as the CS231n exercises have it: JSON with
/// <c>idx_to_word</c>, a list of words, and <c>word_to_idx</c>, the same the other way round.
/// </summary>
internal static class VocabularyFile
{
    private const long MaxBytes = 64L << 20;
    private const int MaxWords = 1_000_000;

    /// <exception cref="DataException">The file is missing, too large, no JSON, or contradicts itself.</exception>
    public static Vocabulary Load(string path)
    {
        using JsonDocument document = Parse(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("idx_to_word", out JsonElement words)
            || !document.RootElement.TryGetProperty("word_to_idx", out JsonElement ids)
            || words.ValueKind != JsonValueKind.Array
            || ids.ValueKind != JsonValueKind.Object)
        {
            throw new DataException(
                $"{path}: must be an object with a list \"idx_to_word\" and an object \"word_to_idx\".");
        }

        try
        {
            var vocabulary = new Vocabulary(ReadWords(path, words));
            CheckIds(path, ids, vocabulary);
            return vocabulary;
        }
        catch (DataException exception) when (!exception.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new DataException($"{path}: {exception.Message}", exception);
        }
    }

    public static void Save(Vocabulary vocabulary, string path) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteStartArray("idx_to_word");
        foreach (string token in vocabulary.Tokens)
        {
            json.WriteStringValue(token);
        }

        json.WriteEndArray();
        json.WriteStartObject("word_to_idx");
        foreach ((int id, string token) in vocabulary.Tokens.Index())
        {
            json.WriteNumber(token, id);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static JsonDocument Parse(string path) => CaptionFile.Read(path, stream => stream.Length <= MaxBytes
        ? JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 4 })
        : throw new DataException($"{path}: has {stream.Length} bytes; a vocabulary has at most {MaxBytes}."));

    private static List<string> ReadWords(string path, JsonElement words)
    {
        if (words.GetArrayLength() > MaxWords)
        {
            throw new DataException(
                $"{path}: \"idx_to_word\" has {words.GetArrayLength()} words; at most {MaxWords} are read.");
        }

        var tokens = new List<string>(words.GetArrayLength());
        foreach (JsonElement word in words.EnumerateArray())
        {
            tokens.Add(TextOf(word.GetString)
                ?? throw new DataException($"{path}: entry {tokens.Count} of \"idx_to_word\" is no text."));
        }

        return tokens;
    }

    private static void CheckIds(string path, JsonElement ids, Vocabulary vocabulary)
    {
        var isSeen = new bool[vocabulary.Count];
        foreach (JsonProperty entry in ids.EnumerateObject())
        {
            string word = TextOf(() => entry.Name)
                ?? throw new DataException($"{path}: a name in \"word_to_idx\" is no text.");
            int id = -1;
            bool isId = entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out id);
            if (!isId || (uint)id >= (uint)vocabulary.Count || vocabulary.Tokens[id] != word)
            {
                string listed = isId && (uint)id < (uint)vocabulary.Count
                    ? $"has \"{vocabulary.Tokens[id]}\" there"
                    : $"has ids 0 to {vocabulary.Count - 1}";
                throw new DataException(
                    $"{path}: \"word_to_idx\" gives \"{word}\" the id {entry.Value.GetRawText()}, "
                    + $"but \"idx_to_word\" {listed}.");
            }

            isSeen[id] = true;
        }

        int missing = Array.IndexOf(isSeen, false);
        if (missing >= 0)
        {
            throw new DataException(
                $"{path}: \"word_to_idx\" lacks \"{vocabulary.Tokens[missing]}\", "
                + $"which is word {missing} of \"idx_to_word\".");
        }
    }

    // Half a surrogate pair is valid JSON, but no text.
    private static string? TextOf(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
