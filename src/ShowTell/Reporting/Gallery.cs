using static ShowTell.Reporting.Markup;

namespace ShowTell.Reporting;

/// <summary>A picture of a <see cref="Gallery"/> with its captions.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Label">The picture's name.</param>
public sealed record GalleryCard(Picture Picture, string Label)
{
    /// <summary>A model's caption; null for none.</summary>
    public string? Caption { get; init; }

    /// <summary>Whether <see cref="Caption"/> is true of the picture; null if unknown.</summary>
    public bool? IsTrue { get; init; }

    /// <summary>The probability that <see cref="Caption"/> is good, in [0, 1]; null if unknown.</summary>
    public double? Confidence { get; init; }

    /// <summary>The reference captions.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>The picture's URL; a link if it is http or https.</summary>
    public string? Link { get; init; }
}

/// <summary>
/// A page of captioned pictures: a self-contained HTML file without scripts or requests, for laptop and phone, light
/// and dark.
/// </summary>
public sealed record Gallery
{
    /// <summary>The title.</summary>
    public required string Title { get; init; }

    /// <summary>The main result, such as <c>true captions: 487 / 500 (97.4%)</c>.</summary>
    public string? Headline { get; init; }

    /// <summary>Details, such as the model's name and the seed.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];

    /// <summary>A plot above the pictures; null for none.</summary>
    public LinePlot? Plot { get; init; }

    /// <summary>The pictures.</summary>
    public IReadOnlyList<GalleryCard> Cards { get; init; } = [];

    /// <summary>Writes the page as a file.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public void Save(string path) => Page.Save(path, WriteTo);

    /// <summary>Writes the page, one card after the other.</summary>
    public void WriteTo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Page.Begin(writer, Title, PageStyle.Gallery);
        writer.Write($"<header>\n<h1>{Encode(Title)}</h1>\n");
        if (Headline is not null)
        {
            writer.Write($"""<p class="headline">{Encode(Headline)}</p>{'\n'}""");
        }

        writer.Write((Facts.Count > 0 ? Page.Facts(Facts) : "") + "</header>\n<main>\n");
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

        writer.Write("</ul>\n</main>\n");
        Page.End(writer);
    }

    /// <summary>
    /// Radio buttons to show all, true or false captions, if there are both; the style sheet does the filtering.
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
        writer.Write($"""<li class="card{truth}">{Page.Image(card.Picture, card.Label)}""");
        writer.Write("""<div class="text">""");
        if (card.Caption is not null)
        {
            writer.Write(
                $"""<p class="caption" dir="auto">{Page.Badge(card.IsTrue)}{Page.Caption(card.Caption)}</p>""");
        }

        if (card.Confidence is double confidence)
        {
            writer.Write(FormattableString.Invariant($"""<p class="label">confidence {100 * confidence:F0}%</p>"""));
        }

        writer.Write(Page.References(card.References));
        writer.Write($"""<p class="label">{Page.Link(card.Link, card.Label)}</p></div></li>{'\n'}""");
    }
}
