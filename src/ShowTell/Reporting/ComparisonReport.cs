using ShowTell.Metrics;
using static ShowTell.Reporting.Markup;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>A photo of a <see cref="ComparisonReport"/> with the captions of two systems.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Label">The picture's name.</param>
/// <param name="Captions">Each system's name, its caption, and the caption's CIDEr-D.</param>
public sealed record ComparedPhoto(
    Picture Picture, string Label, IReadOnlyList<(string System, string Caption, double CiderD)> Captions)
{
    /// <summary>The picture's URL; a link if it is http or https.</summary>
    public string? Link { get; init; }

    /// <summary>The references.</summary>
    public IReadOnlyList<string> References { get; init; } = [];
}

/// <summary>
/// A page that compares the captions of several systems with those of the first: scores, differences with their
/// intervals and p-values, and photos where they differ most. A self-contained HTML file.
/// </summary>
public sealed record ComparisonReport
{
    /// <summary>What is compared and on which images, in a sentence or two.</summary>
    public required string Summary { get; init; }

    /// <summary>The systems' names, the first one's first.</summary>
    public required IReadOnlyList<string> Systems { get; init; }

    /// <summary>The comparison of each other system with the first.</summary>
    public required IReadOnlyList<PairedComparison> Comparisons { get; init; }

    /// <summary>The photos where each other system differs most from the first.</summary>
    public required IReadOnlyList<IReadOnlyList<ComparedPhoto>> Photos { get; init; }

    /// <summary>Writes the page as a file.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public void Save(string path) => Page.Save(path, WriteTo);

    /// <summary>Writes the page.</summary>
    public void WriteTo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        string title = string.Join(" and ", Systems);
        Page.Begin(writer, $"{title}: comparison", PageStyle.ModelReport);
        writer.Write($"""
            <header>
            <p class="kicker">Comparison</p>
            <h1>{Encode(title)}</h1>
            <p class="lead">{Encode(Summary)}</p>
            </header>
            <main>
            <section id="scores">
            <h2>Scores</h2>

            """);
        WriteScores(writer);
        writer.Write("</section>\n");
        for (int i = 0; i < Comparisons.Count; i++)
        {
            WriteComparison(writer, i);
        }

        writer.Write("</main>\n");
        Page.End(writer);
    }

    private void WriteScores(TextWriter writer)
    {
        CaptionScores[] all = [Comparisons[0].First, .. Comparisons.Select(comparison => comparison.Other)];
        WriteTable(
            writer,
            ["score, 95% interval", .. Systems],
            all[0].Scores.Select((score, row) => (string[])[
                score.DisplayName,
                .. all.Select(scores => Invariant($"{scores.Scores[row].Value:F4}")
                    + (scores.Scores[row].Interval is ConfidenceInterval interval ? $" ({Range(interval)})" : "")),
            ]));
        writer.Write(
            $"""<p class="signature"><span>Signature</span> <code>{Encode(all[0].Signature)}</code></p>{'\n'}""");
    }

    private void WriteComparison(TextWriter writer, int index)
    {
        (PairedComparison comparison, string first, string other) =
            (Comparisons[index], Systems[0], Systems[index + 1]);
        string[] names = [.. comparison.First.Scores.Select(score => score.DisplayName)];
        ScoreDifference cider = comparison["CIDEr"];
        writer.Write(Invariant($"""
            <section id="system-{index + 1}">
            <h2>{Encode(other)} against {Encode(first)}</h2>
            <p>By the CIDEr-D of single photos, {Encode(other)} is better on {cider.Wins:N0}, {Encode(first)} on
            {cider.Losses:N0}, and {cider.Ties:N0} are ties. Intervals are those of the paired bootstrap, p-values of
            approximate randomization: how often a difference as large comes by chance.</p>
            <div class="columns">

            """));
        WriteTable(
            writer,
            ["score", "difference", "95% interval", "p"],
            comparison.Differences.Zip(names, (difference, name) => (string[])[
                name,
                Invariant($"{difference.Value:+0.0000;-0.0000;0.0000}"),
                difference.Interval is ConfidenceInterval interval ? Range(interval) : "",
                Invariant($"{difference.PValue:F4}"),
            ]));
        string plot = new IntervalPlot
        {
            Title = "Differences with 95% intervals",
            XLabel = "below zero: worse; above zero: better",
            Rows =
            [
                .. comparison.Differences.Zip(names, (difference, name) => (
                    name, difference.Value, difference.Interval?.Low ?? difference.Value,
                    difference.Interval?.High ?? difference.Value)),
            ],
        }.ToSvg();
        writer.Write($"""<div class="plots"><div>{plot}</div></div>{'\n'}</div>{'\n'}""");
        if (Photos[index].Count > 0)
        {
            writer.Write("<h3>Photos where they differ most</h3>\n" + """<div class="photos">""" + "\n");
            foreach (ComparedPhoto photo in Photos[index])
            {
                WritePhoto(writer, photo);
            }

            writer.Write("</div>\n");
        }

        writer.Write("</section>\n");
    }

    private static void WritePhoto(TextWriter writer, ComparedPhoto photo)
    {
        writer.Write(
            $"""<article class="photo">{'\n'}{Page.Image(Thumbnail.Of(photo.Picture), photo.Label)}{'\n'}""");
        writer.Write("""<div class="text">""" + "\n");
        foreach ((string system, string caption, double ciderD) in photo.Captions)
        {
            writer.Write(Invariant($"""
                <h4>{Encode(system)}</h4>
                <p class="caption" dir="auto">{Page.Caption(caption)}</p>
                <p class="numbers"><span>CIDEr-D <b>{ciderD:F2}</b></span></p>

                """));
        }

        if (photo.References.Count > 0)
        {
            writer.Write("<h4>References</h4>\n" + Page.References(photo.References));
        }

        writer.Write($"""<p class="label">{Page.Link(photo.Link, photo.Label)}</p>{'\n'}""" + "</div>\n</article>\n");
    }

    private static void WriteTable(TextWriter writer, IEnumerable<string> head, IEnumerable<string[]> rows)
    {
        writer.Write("""<div class="scroll"><table>""" + "\n<thead><tr>");
        writer.Write(string.Concat(head.Select(name => $"""<th scope="col">{Encode(name)}</th>""")));
        writer.Write("</tr></thead>\n<tbody>\n");
        foreach (string[] row in rows)
        {
            writer.Write($"""<tr><th scope="row">{Encode(row[0])}</th>""");
            writer.Write(string.Concat(row.Skip(1).Select(value => $"<td>{Encode(value)}</td>")) + "</tr>\n");
        }

        writer.Write("</tbody>\n</table></div>\n");
    }

    private static string Range(ConfidenceInterval interval) =>
        Invariant($"{interval.Low:0.0000;-0.0000;0.0000} to {interval.High:0.0000;-0.0000;0.0000}");
}
