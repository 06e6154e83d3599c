using ShowTell.Data;

namespace ShowTell.Datasets.Import;

/// <summary>How captions become ids of a vocabulary.</summary>
/// <param name="Normalization">How they are split into words.</param>
/// <param name="MaxWords">The maximum number of words; longer captions are not used.</param>
/// <param name="Tokens">Whether tokens are words or characters.</param>
public sealed record CaptionEncoding(CaptionNormalization Normalization, int MaxWords, TokenKind Tokens)
{
    /// <summary>Characters that a word is taken to have at most, on average, where tokens are characters.</summary>
    private const int CharactersPerWord = 10;

    private int MaxTokens => Tokens == TokenKind.Word ? MaxWords : MaxWords * CharactersPerWord;

    /// <summary>The tokens of a caption.</summary>
    public string[] TokensOf(string caption)
    {
        string[] words = Normalization.Words(caption);
        return Tokens == TokenKind.Word
            ? words
            : [.. string.Join(' ', words).EnumerateRunes().Select(rune => rune.ToString())];
    }

    /// <summary>Whether a caption of these tokens is too long to be used.</summary>
    public bool IsTooLong(string[] tokens) => tokens.Length > MaxTokens;

    /// <summary>Whether a caption is used: it has tokens, and not too many.</summary>
    public bool IsUsed(string[] tokens) => tokens.Length > 0 && !IsTooLong(tokens);

    /// <summary>The vocabulary of captions.</summary>
    /// <param name="captions">The train captions.</param>
    /// <param name="minCount">The minimum number of occurrences of a token.</param>
    /// <param name="maxWords">The maximum number of tokens; null for no limit.</param>
    internal Vocabulary VocabularyOf(IEnumerable<string> captions, int minCount, int? maxWords) => Vocabulary.OfCounts(
        captions.Select(TokensOf).Where(IsUsed).SelectMany(tokens => tokens)
            .CountBy(token => token, StringComparer.Ordinal),
        minCount,
        maxWords,
        Tokens);

    /// <summary>The width of encoded captions, markers included: that of the longest possible one for words, of the
    /// longest one there is for characters.</summary>
    /// <param name="captions">The captions of all splits.</param>
    internal int WidthOf(IEnumerable<string> captions) => 2 + (Tokens == TokenKind.Word
        ? MaxWords
        : captions.Select(TokensOf).Where(IsUsed).Max(tokens => tokens.Length));

    /// <summary>Encodes the tokens of a caption; markers among them are unknown words.</summary>
    internal static void Encode(string[] tokens, Vocabulary vocabulary, Span<int> ids)
    {
        ids.Fill(vocabulary.NullId);
        ids[0] = vocabulary.StartId;
        for (int i = 0; i < tokens.Length; i++)
        {
            ids[i + 1] = Vocabulary.IsMarker(tokens[i]) ? vocabulary.UnknownId : vocabulary.IdOf(tokens[i]);
        }

        ids[tokens.Length + 1] = vocabulary.EndId;
    }
}
