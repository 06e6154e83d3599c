using static ShowTell.Reporting.Markup;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>Writes the photos of a <see cref="ModelReport"/> as HTML.</summary>
internal static class ModelReportPhotos
{
    /// <summary>Explains a kind of heat map in a sentence.</summary>
    public static string Explain(WordMapKind kind) => kind switch
    {
        WordMapKind.Attention =>
            "Attention maps show the attention weights with which each word was decoded: the picture is brightest "
            + "where the weight is highest. The number is the highest weight of a region.",
        _ =>
            "Occlusion maps show which parts of the picture a word depends on: a gray patch is moved over the picture, "
            + "which is brightest where covering it makes the word least probable. The number is by how much.",
    };

    /// <summary>Writes a photo.</summary>
    public static void Write(TextWriter writer, ReportPhoto photo)
    {
        string truth = photo.IsTrue == false ? " wrong" : "";
        writer.Write(Invariant($"""
            <article class="photo{truth}">
            {Page.Image(photo.Picture, photo.Label)}
            <div class="text">
            <p class="caption" dir="auto">{Page.Badge(photo.IsTrue)}{Page.Caption(photo.Caption)}</p>
            <p class="numbers"><span>CIDEr-D <b>{photo.CiderD:F2}</b></span>
            <span>probability <b>{Percent(photo.Probability)}</b></span></p>

            """));
        if (photo.References.Count > 0)
        {
            writer.Write("<h4>References</h4>\n" + Page.References(photo.References));
        }

        writer.Write($"""<p class="label">{Page.Link(photo.Link, photo.Label)}</p>{'\n'}</div>{'\n'}""");
        if (photo.Alternatives.Count > 0)
        {
            WriteAlternatives(writer, photo);
        }

        foreach (WordMaps maps in photo.Maps)
        {
            WriteMaps(writer, photo, maps);
        }

        writer.Write("</article>\n");
    }

    private static void WriteAlternatives(TextWriter writer, ReportPhoto photo)
    {
        (string Caption, double Probability)[] all = [(photo.Caption, photo.Probability), .. photo.Alternatives];
        double max = all.Max(one => one.Probability);
        writer.Write("""<div class="found"><h4>Found by beam search</h4>""" + "\n" + """<ol class="others">""");
        foreach ((string caption, double probability) in all)
        {
            double width = max > 0 ? 100 * probability / max : 0;
            writer.Write(Invariant($"""
                <li><span class="share"><span class="bar" style="width:{width:0.#}%"></span></span>
                <span class="percent">{Percent(probability)}</span>
                <span class="what" dir="auto">{Page.Caption(caption)}</span></li>
                """));
        }

        writer.Write("</ol></div>\n");
    }

    private static void WriteMaps(TextWriter writer, ReportPhoto photo, WordMaps maps)
    {
        string title = maps.Kind == WordMapKind.Attention ? "Attention, word by word" : "Occlusion, word by word";
        Picture? input = photo.Input ?? (photo.Picture.Missing is null ? photo.Picture : null);
        string ground = input is null ? " empty" : "";
        string style = input is null ? "" : $""" style="--view:url({input.ToDataUri()})" """;
        writer.Write($"""<details><summary>{title}</summary><div class="maps{ground}"{style}>{'\n'}""");
        if (input is not null)
        {
            string uniform = maps.Kind == WordMapKind.Attention && maps.Words.Count > 0
                ? $"uniform: {Percent(1.0 / maps.Words[0].Map.Values.Length)}"
                : "";
            writer.Write(
                $"""<figure><div class="map"></div><figcaption><b>the picture</b> <span>{uniform}</span>"""
                + "</figcaption></figure>\n");
        }

        foreach ((string word, HeatMap map, string note) in maps.Words)
        {
            string overlay = map.ToPicture().ToDataUri(), alt = Encode(Describe(word, map));
            writer.Write($"""
                <figure><div class="map"><img src="{overlay}" alt="{alt}"/></div>
                <figcaption><b>{Encode(word)}</b> <span>{Encode(note)}</span></figcaption></figure>

                """);
        }

        writer.Write("</div></details>\n");
    }

    private static string Describe(string word, HeatMap map)
    {
        Matrix<float> values = map.Values;
        int max = Enumerable.Range(0, values.Length).MaxBy(region => values.Span[region]);
        return Invariant(
            $"{word}: highest in row {1 + (max / values.Columns)}, column {1 + (max % values.Columns)} of ")
            + Invariant($"{values.Rows} x {values.Columns}");
    }

    /// <summary>A percentage with two significant digits, as HTML: probabilities of captions are small.</summary>
    private static string Percent(double share)
    {
        double percent = 100 * share;
        int power = percent > 0 ? (int)Math.Floor(Math.Log10(percent)) : 0;
        return percent switch
        {
            0 or >= 10 => Invariant($"{percent:0}%"),
            >= 1 => Invariant($"{percent:0.0}%"),
            >= 1e-3 => Invariant($"{(decimal)percent:G2}%"),
            _ => Invariant($"{percent / Math.Pow(10, power):0.0}·10<sup>{power}</sup>%"),
        };
    }
}
