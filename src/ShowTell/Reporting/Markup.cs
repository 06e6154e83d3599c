using System.Text.RegularExpressions;

namespace ShowTell.Reporting;

/// <summary>Text and numbers for HTML and SVG.</summary>
internal static partial class Markup
{
    /// <summary>Escapes text for an element or a quoted attribute. Characters that XML forbids become U+FFFD.</summary>
    public static string Encode(string text) => Forbidden().Replace(text, "\uFFFD")
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal);

    /// <summary>A coordinate, to a tenth of a pixel.</summary>
    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    // Control characters, unpaired surrogates, and two noncharacters.
    [GeneratedRegex(@"[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])"
        + @"|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]")]
    private static partial Regex Forbidden();
}
