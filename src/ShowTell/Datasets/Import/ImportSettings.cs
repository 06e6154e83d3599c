using ShowTell.Data;

namespace ShowTell.Datasets.Import;

/// <summary>The import options that determine a dataset's splits and tokens, as <c>dataset.json</c> records
/// them.</summary>
/// <param name="MinimumCount">The minimum number of occurrences of a word; null for the default.</param>
/// <param name="VocabularyWords">The maximum number of words; null for no limit.</param>
/// <param name="MaxWords">The maximum number of words of a caption.</param>
/// <param name="Tokens">Whether tokens are words or characters.</param>
/// <param name="KeepCase">Whether captions keep upper-case letters.</param>
/// <param name="KeepPunctuation">Whether captions keep punctuation.</param>
/// <param name="ValidationFraction">The fraction of photos of a random validation split.</param>
/// <param name="Seed">The seed of a random split.</param>
public sealed record ImportSettings(
    int? MinimumCount,
    int? VocabularyWords,
    int MaxWords,
    TokenKind Tokens,
    bool KeepCase,
    bool KeepPunctuation,
    double ValidationFraction,
    ulong Seed)
{
    /// <summary>How captions become tokens.</summary>
    internal CaptionEncoding Encoding => new(new CaptionNormalization(KeepCase, KeepPunctuation), MaxWords, Tokens);

    /// <summary>The settings of options.</summary>
    public static ImportSettings Of(ImportOptions options) => new(
        options.MinimumCount,
        options.VocabularyWords,
        options.MaxWords,
        options.Tokens,
        options.Normalization.KeepCase,
        options.Normalization.KeepPunctuation,
        options.ValidationFraction,
        options.Seed);

    /// <summary>Names the first option that differs, with its new value and its old one; null if none does.</summary>
    public (string Option, object? Other, object? Own)? DifferenceOf(ImportSettings other)
    {
        (string Option, object? Other, object? Own)[] options =
        [
            (nameof(MinimumCount), other.MinimumCount, MinimumCount),
            (nameof(VocabularyWords), other.VocabularyWords, VocabularyWords),
            (nameof(MaxWords), other.MaxWords, MaxWords),
            (nameof(Tokens), other.Tokens, Tokens),
            (nameof(KeepCase), other.KeepCase, KeepCase),
            (nameof(KeepPunctuation), other.KeepPunctuation, KeepPunctuation),
            (nameof(ValidationFraction), other.ValidationFraction, ValidationFraction),
            (nameof(Seed), other.Seed, Seed),
        ];
        int index = Array.FindIndex(options, option => !Equals(option.Own, option.Other));
        return index < 0 ? null : options[index];
    }
}
