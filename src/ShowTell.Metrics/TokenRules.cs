using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace ShowTell.Metrics;

/// <summary>
/// The tokens of the Penn Treebank. As in Lex, the rule with the longest match wins, lookahead included, and the first
/// one of equally long matches. Where a pattern looks ahead, its group "t" is the token.
/// </summary>
internal static partial class TokenRules
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_contractions =
        new[] { "cannot", "dunno", "gonna", "gotta", "lemme", "gimme", "wanna", "nno" }
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly Rule[] s_rules =
    [
        new(SplitBeforeLastThree(), Lookahead: 3), new(SplitBeforeLastTwo(), Lookahead: 2),
        new(ProgrammingLanguage()), new(Tag()), new(Entity()),
        new(Word()), new(WordBeforeNot()), new(ApostropheWord()), new(Url()), new(Mail()), new(Handle()),
        new(Auxiliary()), new(Date()), new(Number()), new(Fraction()), new(Special()), new(Slashed()), new(Currency()),
        new(Initials()), new(BeforeNumber()), new(Decade()), new(FileName()), new(Telephone()),
        new(DoubleQuote()), new(Smiley()), new(Ellipsis()), new(Marks()),
        new(Hyphenated()), new(Compound()), new(Ampersand()), new(Quote()), new(Symbol()),
    ];

    /// <summary>Whether a word counts as two, such as "gonna".</summary>
    public static bool IsContraction(ReadOnlySpan<char> word) => s_contractions.Contains(word);

    /// <summary>The token at a position and its length in characters; an empty token of length 1 if no rule matches.
    /// </summary>
    public static (string Token, int Length) Match(string text, int start, int window)
    {
        int longest = AbbreviationLength(text.AsSpan(start, window)), length = longest;
        foreach (Rule rule in s_rules)
        {
            Match match = rule.Pattern.Match(text, start, window);
            if (match.Success && match.Length > longest)
            {
                longest = match.Length;
                length = (match.Groups["t"] is { Success: true } token ? token.Length : match.Length) - rule.Lookahead;
            }
        }

        return length > 0 ? (Normalize(text.Substring(start, length)), length) : ("", 1);
    }

    private static int AbbreviationLength(ReadOnlySpan<char> text)
    {
        int letters = text.IndexOfAnyExcept(CaptionTokenizer.AsciiLetters);
        return letters > 0 && text[letters] == '.' && Abbreviations.Contains(text[..letters]) ? letters + 1 : 0;
    }

    /// <summary>A token in the Penn Treebank's spelling.</summary>
    private static string Normalize(string token)
    {
        switch (token)
        {
            case "\"" or "&quot;":
                return "''";
            case "---" or "----" or "\u2013" or "\u2014" or "\u2015" or "\u0096" or "\u0097":
                return "--";
            case "&lt;" or "&gt;" or "&amp;" or "&apos;" or "&nbsp;":
                return token[1] switch { 'l' => "<", 'g' => ">", 'n' => "", _ => token[2] == 'm' ? "&" : "'" };
        }

        if (Ellipsis().IsMatch(token))
        {
            return "...";
        }

        var result = new StringBuilder(token.Length);
        foreach (char character in token)
        {
            _ = character switch
            {
                '(' => result.Append("-LRB-"),
                ')' => result.Append("-RRB-"),
                '{' => result.Append("-LCB-"),
                '}' => result.Append("-RCB-"),
                '[' => result.Append("-LSB-"),
                ']' => result.Append("-RSB-"),
                '\u2018' or '\u201B' or '\u2039' or '\u0091' => result.Append('`'),
                '\u2019' or '\u203A' or '\u0092' or '\u00B4' => result.Append('\''),
                '\u201C' or '\u00AB' or '\u0093' => result.Append("``"),
                '\u201D' or '\u00BB' or '\u0094' => result.Append("''"),
                '\u00A2' => result.Append("cents"),
                '\u00A3' => result.Append('#'),
                '\u0080' or '\u00A4' or '\u20A0' or '\u20AC' => result.Append('$'),
                '\u00BC' => result.Append("1/4"),
                '\u00BD' => result.Append("1/2"),
                '\u00BE' => result.Append("3/4"),
                '\u2153' => result.Append("1/3"),
                '\u2154' => result.Append("2/3"),
                '\u00AD' => result, // A soft hyphen marks where a word may be broken.
                ' ' or '\t' => result.Append('\u00A0'), // One token: "23 3/4".
                _ => result.Append(character),
            };
        }

        return result.ToString();
    }

    private readonly record struct Rule(Regex Pattern, int Lookahead = 0);
}
