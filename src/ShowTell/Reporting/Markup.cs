using System.Globalization;
using System.Text;
using System.Xml;

namespace ShowTell.Reporting;

/// <summary>Text and numbers as they may stand in HTML and in SVG.</summary>
internal static class Markup
{
    /// <summary>
    /// Text for an element or a quoted attribute. Characters that XML forbids, even as references, become U+FFFD.
    /// </summary>
    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            bool isPair = i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]);
            if (isPair)
            {
                encoded.Append(text, i++, 2);
                continue;
            }

            _ = text[i] switch
            {
                '&' => encoded.Append("&amp;"),
                '<' => encoded.Append("&lt;"),
                '>' => encoded.Append("&gt;"),
                '"' => encoded.Append("&quot;"),
                '\'' => encoded.Append("&#39;"),
                char c => encoded.Append(XmlConvert.IsXmlChar(c) ? c : '\uFFFD'),
            };
        }

        return encoded.ToString();
    }

    /// <summary>A coordinate, to a tenth of a pixel.</summary>
    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
