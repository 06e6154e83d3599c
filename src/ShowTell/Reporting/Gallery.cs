using ShowTell.Interop;
using static ShowTell.Reporting.Markup;

namespace ShowTell.Reporting;

/// <summary>One picture of a <see cref="Gallery"/> with its captions.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Label">What the picture is called.</param>
public sealed record GalleryCard(Picture Picture, string Label)
{
    /// <summary>The caption that a model gave it, if one did.</summary>
    public string? Caption { get; init; }

    /// <summary>Whether <see cref="Caption"/> is true of the picture; null where nobody can tell.</summary>
    public bool? IsTrue { get; init; }

    /// <summary>The captions that people, or the picture's maker, gave it.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>Where the picture comes from. Only http and https addresses become links.</summary>
    public string? Link { get; init; }
}

/// <summary>
/// A page of captioned pictures: one HTML file that needs nothing else, runs no script and asks no server for anything.
/// It fits laptop and phone, light and dark.
/// </summary>
public sealed record Gallery
{
    private const string ContentPolicy =
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    /// <summary>What the page shows.</summary>
    public required string Title { get; init; }

    /// <summary>The one line to remember, such as <c>true captions: 487 / 500 (97.4%)</c>.</summary>
    public string? Headline { get; init; }

    /// <summary>Small facts, such as the model's name and the seed.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];

    /// <summary>A plot above the pictures.</summary>
    public LinePlot? Plot { get; init; }

    /// <summary>The pictures.</summary>
    public IReadOnlyList<GalleryCard> Cards { get; init; } = [];

    /// <summary>Writes the page as a file.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        WriteTo(writer);
    });

    /// <summary>Writes the page, one card after the other.</summary>
    public void WriteTo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy"
             content="{ContentPolicy}">
            <title>{Encode(Title)}</title>
            <style>{GalleryStyle.Css}</style>
            </head>
            <body>
            <header>
            <h1>{Encode(Title)}</h1>

            """);
        if (Headline is not null)
        {
            writer.Write($"""<p class="headline">{Encode(Headline)}</p>{'\n'}""");
        }

        if (Facts.Count > 0)
        {
            writer.Write("""<dl class="facts">""");
            foreach ((string name, string value) in Facts)
            {
                writer.Write($"<div><dt>{Encode(name)}</dt><dd>{Encode(value)}</dd></div>");
            }

            writer.Write("</dl>\n");
        }

        writer.Write("</header>\n<main>\n");
        if (Plot is not null)
        {
            writer.Write($"""<div class="plot">{Plot.ToSvg()}</div>{'\n'}""");
        }

        WriteFilter(writer);
        writer.Write("""<ul class="cards">""" + "\n");
        foreach (GalleryCard card in Cards)
        {
            WriteCard(writer, card);
        }

        writer.Write("</ul>\n</main>\n<footer>Made with ShowTell</footer>\n</body>\n</html>\n");
    }

    /// <summary>
    /// A choice of all, true or false captions, where there are both. The style sheet acts on it; no script does.
    /// </summary>
    private void WriteFilter(TextWriter writer)
    {
        int right = Cards.Count(card => card.IsTrue == true);
        int wrong = Cards.Count(card => card.IsTrue == false);
        if (right == 0 || wrong == 0)
        {
            return;
        }

        writer.Write("<fieldset><legend>Captions to show</legend>");
        WriteChoice("all", "All", Cards.Count, " checked");
        WriteChoice("right", "True", right);
        WriteChoice("wrong", "False", wrong);
        writer.Write("</fieldset>\n");

        void WriteChoice(string id, string text, int count, string state = "") => writer.Write(
            $"""<input type="radio" name="show" id="show-{id}"{state}>"""
            + $"""<label for="show-{id}">{text} <b>{count}</b></label>""");
    }

    private static void WriteCard(TextWriter writer, GalleryCard card)
    {
        string truth = card.IsTrue switch { true => " right", false => " wrong", null => "" };
        string alt = card.Picture.Missing is null ? card.Label : $"{card.Label}: {card.Picture.Missing}";
        writer.Write(
            $"""<li class="card{truth}"><img src="{card.Picture.ToDataUri()}" alt="{Encode(alt)}" decoding="async">""");
        writer.Write("""<div class="text">""");
        if (card.Caption is not null)
        {
            string caption = card.Caption.Length == 0 ? """<i>empty caption</i>""" : Encode(card.Caption);
            writer.Write($"""<p class="caption" dir="auto">{Badge(card.IsTrue)}{caption}</p>""");
        }

        if (card.References.Count > 0)
        {
            writer.Write("""<ul class="references">""");
            foreach (string reference in card.References)
            {
                writer.Write($"""<li dir="auto">{Encode(reference)}</li>""");
            }

            writer.Write("</ul>");
        }

        bool isWeb = Uri.TryCreate(card.Link, UriKind.Absolute, out Uri? link) && link.Scheme is "http" or "https";
        string label = isWeb
            ? $"""<a href="{Encode(link!.AbsoluteUri)}" rel="noopener noreferrer">{Encode(card.Label)}</a>"""
            : Encode(card.Label);
        writer.Write($"""<p class="label">{label}</p></div></li>{'\n'}""");
    }

    private static string Badge(bool? isTrue) => isTrue switch
    {
        true => Badge("true", "M5.5 10.5l3 3 6-6.5"),
        false => Badge("false", "M6.5 6.5l7 7M13.5 6.5l-7 7"),
        null => "",
    };

    private static string Badge(string name, string stroke) =>
        $"""<svg class="badge" viewBox="0 0 20 20" role="img"><title>{name}</title>"""
        + $"""<circle cx="10" cy="10" r="10"/><path d="{stroke}"/></svg>""";
}
