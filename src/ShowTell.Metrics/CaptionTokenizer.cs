using System.Buffers;
using System.Collections.Frozen;

namespace ShowTell.Metrics;

/// <summary>
/// Splits captions into words as coco-caption does (Chen et al., "Microsoft COCO Captions", 2015): Penn Treebank tokens
/// by the rules of Stanford's PTBTokenizer, in lower case, without punctuation. Published scores are of captions split
/// this way: "it's" is two words, "black-and-white" is one, "Rd." keeps its period.
/// <para>
/// Accepts any text, in time proportional to its length. <c>docs/scores.md</c> lists the known differences from
/// Stanford's tokenizer.
/// </para>
/// Thread-safe.
/// </summary>
public static class CaptionTokenizer
{
    /// <summary>The tokenizer's name in score signatures.</summary>
    public const string Name = "ptb-coco";

    // The maximum number of characters that a rule sees, so that no rule takes quadratic time.
    private const int Window = 256;

    // As in coco-caption, "-lrb-" is not punctuation: parentheses stay words.
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

        // A caption is one line: rules that look ahead see its end.
        string text = caption.Replace('\n', ' ') + "\n";
        var tokens = new List<string>(16);
        for (int start = 0; start < text.Length;)
        {
            start = char.IsWhiteSpace(text[start]) ? start + 1 : Next(text, start, tokens);
        }

        return [.. tokens];
    }

    /// <summary>The words of a caption, joined by spaces.</summary>
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
    /// The length of a word that needs no rules: letters up to a space, a comma before a space, or the final period. 0
    /// if the rules must decide.
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
