using ShowTell.Data;
using ShowTell.Files;

namespace ShowTell.Datasets;

/// <summary>
/// Reads and writes the vocabulary file of a dataset folder, in the format of the CS231n exercises: JSON with
/// <c>idx_to_word</c>, the list of tokens, and <c>word_to_idx</c>, the id of each token.
/// </summary>
internal static class VocabularyFile
{
    private const long MaxBytes = 64L << 20;
    private const int MaxWords = 1_000_000;

    /// <summary>Reads a vocabulary.</summary>
    /// <exception cref="DataException">The file is missing, too large, not JSON, or inconsistent.</exception>
    public static Vocabulary Load(string path)
    {
        using JsonDocument document = InputFile.ParseJson(path, MaxBytes, maxDepth: 4);
        try
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("idx_to_word", out JsonElement words)
                || !document.RootElement.TryGetProperty("word_to_idx", out JsonElement ids)
                || words.ValueKind != JsonValueKind.Array
                || ids.ValueKind != JsonValueKind.Object)
            {
                throw new DataException(
                    $"{path}: must be an object with a list \"idx_to_word\" and an object \"word_to_idx\".");
            }

            var vocabulary = new Vocabulary(ReadWords(path, words));
            EnsureConsistent(path, ids, vocabulary);
            return vocabulary;
        }
        catch (DataException exception) when (!exception.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new DataException($"{path}: {exception.Message}", exception);
        }
        catch (InvalidOperationException exception)
        {
            // JSON is decoded only where it is read.
            throw new DataException($"{path}: is not valid UTF-8.", exception);
        }
    }

    /// <summary>Writes a vocabulary.</summary>
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

    private static List<string> ReadWords(string path, JsonElement words)
    {
        if (words.GetArrayLength() > MaxWords)
        {
            throw new DataException(
                $"{path}: \"idx_to_word\" has {words.GetArrayLength()} words; the maximum is {MaxWords}.");
        }

        var tokens = new List<string>(words.GetArrayLength());
        foreach (JsonElement word in words.EnumerateArray())
        {
            tokens.Add(TextOf(word.GetString)
                ?? throw new DataException($"{path}: entry {tokens.Count} of \"idx_to_word\" is not a valid string."));
        }

        return tokens;
    }

    private static void EnsureConsistent(string path, JsonElement ids, Vocabulary vocabulary)
    {
        var isSeen = new bool[vocabulary.Count];
        foreach (JsonProperty entry in ids.EnumerateObject())
        {
            string word = TextOf(() => entry.Name)
                ?? throw new DataException($"{path}: a name in \"word_to_idx\" is not a valid string.");
            int id = -1;
            bool isId = entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out id)
                && (uint)id < (uint)vocabulary.Count;
            if (!isId || vocabulary.Tokens[id] != word)
            {
                string listed = isId
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

    // An unpaired surrogate is valid JSON, but not a valid string: null.
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
