using System.Buffers;
using System.Collections.Frozen;

namespace ShowTell.Metrics;

/// <summary>
/// Splits captions into words as coco-caption does (Chen et al., "Microsoft COCO Captions", 2015): Penn Treebank tokens
/// by the rules of Stanford's PTBTokenizer, in lower case, without punctuation. Scores can be compared with published
/// ones only if captions are split in this way: "it's" is two words, "black-and-white" is one, "Rd." keeps its period.
/// <para>
/// It takes any text, never throws for what is in it, and needs time proportional to its length. What is known to
/// differ from Stanford's tokenizer stands in <c>docs/scores.md</c>.
/// </para>
/// Thread-safe.
/// </summary>
public static class CaptionTokenizer
{
    /// <summary>The name of these rules in signatures of scores.</summary>
    public const string Name = "ptb-coco";

    // A rule sees so many characters at most: no rule can make the time quadratic, and no word of a caption is longer.
    private const int Window = 256;

    // The list has no "-lrb-": tokens were lower-cased before it was applied, so that parentheses stay words.
    private static readonly FrozenSet<string> s_punctuation = new[]
    {
        "''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";",
    }.ToFrozenSet(StringComparer.Ordinal);

    internal static readonly SearchValues<char> AsciiLetters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>The words of a caption, in lower case.</summary>
    public static string[] Tokenize(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);

        // Captions are lines: rules that look ahead see the line's end.
        string text = caption.Replace('\n', ' ') + "\n";
        var tokens = new List<string>(16);
        for (int start = 0; start < text.Length;)
        {
            start = char.IsWhiteSpace(text[start]) ? start + 1 : Next(text, start, tokens);
        }

        return [.. tokens];
    }

    /// <summary>The words of a caption with a space between them.</summary>
    public static string Normalize(string caption) => string.Join(' ', Tokenize(caption));

    private static int Next(string text, int start, List<string> tokens)
    {
        if (PlainWordLength(text, start) is int plain and > 0)
        {
            tokens.Add(text.Substring(start, plain).ToLowerInvariant());
            return start + plain;
        }

        int length = Math.Min(Window, text.Length - start);
        (string token, int taken) = TokenRules.Match(text, start, length);
        string word = token.ToLowerInvariant();
        if (word.Length > 0 && !s_punctuation.Contains(word))
        {
            tokens.Add(word);
        }

        return start + taken;
    }

    /// <summary>
    /// The length of a word that needs no rules: letters up to a space, to a comma before a space, or to the period at
    /// the end. 0 if rules must decide.
    /// </summary>
    private static int PlainWordLength(string text, int start)
    {
        ReadOnlySpan<char> rest = text.AsSpan(start, Math.Min(Window, text.Length - start));
        int length = rest.IndexOfAnyExcept(AsciiLetters);
        if (length <= 0)
        {
            return 0;
        }

        ReadOnlySpan<char> word = rest[..length];
        bool isPlain = rest[length..] switch
        {
            [' ' or '\n', ..] or [',', ' ' or '\n', ..] => true,
            ['.', '\n', ..] => length > 1 && !Abbreviations.Contains(word),
            _ => false,
        };
        return isPlain && !TokenRules.IsContraction(word) ? length : 0;
    }
}
