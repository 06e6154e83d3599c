using System.Text.RegularExpressions;

namespace ShowTell.Reporting;

/// <summary>Text and numbers as they may stand in HTML and in SVG.</summary>
internal static partial class Markup
{
    /// <summary>
    /// Text for an element or a quoted attribute. Characters that XML forbids, even as references, become U+FFFD.
    /// </summary>
    public static string Encode(string text) => Forbidden().Replace(text, "\uFFFD")
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal);

    /// <summary>A coordinate, to a tenth of a pixel.</summary>
    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    // Control characters, halves of surrogate pairs, and two that are no characters.
    [GeneratedRegex(@"[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])"
        + @"|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]")]
    private static partial Regex Forbidden();
}
