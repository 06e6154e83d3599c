using System.Text.RegularExpressions;

namespace ShowTell.Reporting;

/// <summary>Text and numbers for HTML and SVG.</summary>
internal static partial class Markup
{
    /// <summary>
    /// Escapes text for an element or a quoted attribute. Characters that XML forbids, other control characters, and
    /// what turns the direction of text around become U+FFFD.
    /// </summary>
    public static string Encode(string text) => Forbidden().Replace(text, "\uFFFD")
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal);

    /// <summary>A coordinate, to a tenth of a pixel.</summary>
    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    // Control characters, embeddings and overrides of direction, unpaired surrogates, and two noncharacters.
    [GeneratedRegex(@"[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]"
        + @"|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]")]
    private static partial Regex Forbidden();
}
