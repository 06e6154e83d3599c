using ShowTell.Files;
using static ShowTell.Reporting.Markup;

namespace ShowTell.Reporting;

/// <summary>The parts that pages share. A page is a self-contained HTML file without scripts or requests.</summary>
internal static class Page
{
    private const string ContentPolicy =
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    /// <summary>Writes a page as a file, whole or not at all.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public static void Save(string path, Action<TextWriter> write) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        write(writer);
    });

    /// <summary>Writes a page up to the start of its body.</summary>
    /// <param name="writer">The target.</param>
    /// <param name="title">The title.</param>
    /// <param name="css">Styles in addition to the shared ones.</param>
    public static void Begin(TextWriter writer, string title, string css) => writer.Write($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <meta http-equiv="Content-Security-Policy"
         content="{ContentPolicy}"/>
        <title>{Encode(title)}</title>
        <style>{PageStyle.Shared}{css}</style>
        </head>
        <body>

        """);

    /// <summary>Writes the end of a page.</summary>
    public static void End(TextWriter writer) =>
        writer.Write("<footer>Made with ShowTell</footer>\n</body>\n</html>\n");

    /// <summary>A list of names and values as HTML.</summary>
    /// <param name="facts">The names and values.</param>
    /// <param name="kind">The CSS class of the list.</param>
    /// <param name="lineEnd">The end of each line.</param>
    public static string Facts(
        IEnumerable<(string Name, string Value)> facts, string kind = "facts", string lineEnd = "") =>
        $"""<dl class="{kind}">{lineEnd}"""
        + string.Concat(facts.Select(
            fact => $"<div><dt>{Encode(fact.Name)}</dt><dd>{Encode(fact.Value)}</dd></div>{lineEnd}"))
        + "</dl>\n";

    /// <summary>References as HTML; empty if there are none.</summary>
    public static string References(IReadOnlyList<string> references) => references.Count == 0
        ? ""
        : $"""<ul class="references">{string.Concat(references.Select(Item))}</ul>""";

    /// <summary>A picture as HTML.</summary>
    public static string Image(Picture picture, string label)
    {
        string alt = picture.Missing is null ? label : $"{label}: {picture.Missing}";
        return $"""<img src="{picture.ToDataUri()}" alt="{Encode(alt)}" decoding="async"/>""";
    }

    /// <summary>A name, linked to an address if that is an http or https URL.</summary>
    public static string Link(string? address, string name) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? link) && link.Scheme is "http" or "https"
            ? $"""<a href="{Encode(link!.AbsoluteUri)}" rel="noopener noreferrer">{Encode(name)}</a>"""
            : Encode(name);

    /// <summary>The mark before a caption that is known to be true or false; empty if unknown.</summary>
    public static string Badge(bool? isTrue) => isTrue switch
    {
        true => Badge("true", "M5.5 10.5l3 3 6-6.5"),
        false => Badge("false", "M6.5 6.5l7 7M13.5 6.5l-7 7"),
        null => "",
    };

    /// <summary>A model's caption as HTML.</summary>
    public static string Caption(string caption) => caption.Length == 0 ? """<i>empty caption</i>""" : Encode(caption);

    private static string Item(string text) => $"""<li dir="auto">{Encode(text)}</li>""";

    private static string Badge(string name, string stroke) =>
        $"""<svg class="badge" viewBox="0 0 20 20" role="img"><title>{name}</title>"""
        + $"""<circle cx="10" cy="10" r="10"/><path d="{stroke}"/></svg>""";
}
