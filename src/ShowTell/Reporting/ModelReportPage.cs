using ShowTell.Confidence;
using ShowTell.Diagnostics;
using ShowTell.Evaluation;
using ShowTell.Metrics;
using static ShowTell.Reporting.Markup;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>Writes a <see cref="ModelReport"/> as HTML, well-formed as XML too.</summary>
internal sealed class ModelReportPage(ModelReport report, TextWriter writer)
{
    private static readonly string[] s_tiles = ["CIDEr", "Bleu_4", "METEOR", "ROUGE_L"];

    public void Write()
    {
        Page.Begin(writer, $"{report.Title}: model report", PageStyle.ModelReport);
        WriteHead();
        writer.Write("<main>\n");
        WriteSection("scores", "Scores", WriteScores);
        if (report.Confidence is EvaluatedConfidence confidence)
        {
            WriteSection("confidence", "Confidence", () => WriteConfidence(confidence));
        }

        WriteSection("training", "Training", WriteTraining);
        WriteSection("photos", "Photos", WritePhotos);
        WriteSection("words", "Words and lengths", WriteWords);
        WriteSection("model", "Model", () => WriteList(report.ModelFacts));
        writer.Write("</main>\n");
        Page.End(writer);
    }

    private void WriteSection(string id, string title, Action writeContent)
    {
        writer.Write($"""<section id="{id}">{'\n'}<h2>{title}</h2>{'\n'}""");
        writeContent();
        writer.Write("</section>\n");
    }

    private void WriteHead()
    {
        writer.Write($"""
            <header>
            <p class="kicker">Model report</p>
            <h1>{Encode(report.Title)}</h1>
            <p class="lead">{Encode(report.Summary)}</p>
            <dl class="tiles">

            """);
        foreach (CaptionScore score in s_tiles.SelectMany(name => report.Scores.Scores.Where(one => one.Name == name)))
        {
            WriteTile(score.DisplayName, Invariant($"{score.Value:F3}"), Interval(score, "F3"));
        }

        CaptionVariety variety = report.Scores.Variety;
        int images = report.Scores.Images.Count;
        if (report.TrueShare is double share)
        {
            WriteTile("true captions", Invariant($"{100 * share:F1}%"), Invariant($"of {images:N0}"));
        }

        double distinct = 100.0 * variety.DistinctCaptions / images;
        WriteTile("distinct captions", Invariant($"{distinct:F0}%"), Invariant($"of {images:N0}"));
        WriteTile(
            "distinct words", Invariant($"{variety.Vocabulary:N0}"), Invariant($"{variety.MeanLength:F1} per caption"));
        writer.Write("""
            </dl>
            <nav aria-label="On this page"><a href="#scores">Scores</a>
            """ + (report.Confidence is null ? "" : """ <a href="#confidence">Confidence</a>""") + """
             <a href="#training">Training</a>
            <a href="#photos">Photos</a> <a href="#words">Words</a> <a href="#model">Model</a></nav>
            </header>

            """);
    }

    private void WriteTile(string name, string value, string note) => writer.Write(
        $"""<div><dt>{Encode(name)}</dt><dd class="value">{Encode(value)}</dd>"""
        + $"""<dd class="note">{Encode(note)}</dd></div>{'\n'}""");

    private void WriteScores()
    {
        writer.Write("""
            <div class="columns">
            <div class="scroll"><table>
            <thead>
            <tr><th scope="col">score</th><th scope="col">value</th><th scope="col">95% interval</th></tr>
            </thead>
            <tbody>

            """);
        foreach (CaptionScore score in report.Scores.Scores)
        {
            writer.Write(
                $"""<tr><th scope="row">{Encode(score.DisplayName)}</th><td>{Invariant($"{score.Value:F4}")}</td>"""
                + $"<td>{Interval(score, "F4")}</td></tr>\n");
        }

        writer.Write("</tbody>\n</table></div>\n<div>\n");
        CaptionVariety variety = report.Scores.Variety;
        WriteList([
            ("images", Invariant($"{report.Scores.Images.Count:N0}")),
            ("distinct captions", Invariant($"{variety.DistinctCaptions:N0}")),
            ("words per caption, mean", Invariant($"{variety.MeanLength:F1}")),
            ("distinct words", Invariant($"{variety.Vocabulary:N0}")),
            ("distinct-1, distinct-2", Invariant($"{variety.Distinct1:F3}, {variety.Distinct2:F3}")),
            ("incomplete captions", Invariant($"{100 * variety.OpenEndings:F1}%")),
            ("captions without words", Invariant($"{100 * variety.Empty:F1}%")),
            .. variety.InTraining is double share
                ? [("captions from the training set", Invariant($"{100 * share:F1}%"))]
                : Array.Empty<(string, string)>(),
        ]);
        writer.Write($"""
            </div>
            </div>
            <p class="signature"><span>Signature</span> <code>{Encode(report.Scores.Signature)}</code></p>

            """);
    }

    private void WriteConfidence(EvaluatedConfidence confidence)
    {
        Calibration calibration = confidence.Calibration;
        RiskCoverage half = calibration.At(0.5);
        writer.Write(Invariant($"""
            <p>The confidence of a caption is the predicted probability that it is good: that its CIDEr-D is at least
            {CaptionConfidence.GoodScore:0.0}. Of all captions {100 * calibration.GoodFraction:F0}% are good, of the
            surer half {100 * (1 - half.Risk):F0}%.</p>

            """));
        WritePlots([
            CalibrationPlots.Reliability(calibration).ToSvg(), CalibrationPlots.RiskCoverage(calibration).ToSvg(),
        ]);
        WriteList([
            ("AUROC", Invariant($"{calibration.Auroc:F3}")),
            ("expected calibration error", Invariant($"{calibration.CalibrationError:F3}")),
            ("Brier score", Invariant($"{calibration.BrierScore:F3}")),
            ("images taken for no photo", Invariant($"{100 * confidence.NotPhotos:F1}%")),
        ]);
    }

    private void WriteTraining()
    {
        IReadOnlyList<LinePlot> plots = report.Curves?.Plots() ?? [];

        // A single plot is placed beside the facts.
        bool isBesideFacts = plots.Count == 1;
        if (report.Curves is TrainingCurves curves)
        {
            string time = curves.Duration is TimeSpan duration
                ? Invariant($" in {(long)duration.TotalHours}:{duration:mm\\:ss}")
                : "";
            string epochs = curves.Epochs == 1 ? "epoch" : "epochs";
            writer.Write(Invariant($"<p>{curves.Epochs:N0} {epochs}, {curves.Iterations:N0} iterations{time}.</p>\n"));
            writer.Write(isBesideFacts ? """<div class="columns">""" + "\n" : "");
            WritePlots(plots.Select(plot => plot.ToSvg()));
        }
        else
        {
            writer.Write("<p>There are no curves: no training log was found beside the model.</p>\n");
        }

        if (report.Course is { Level: not FindingLevel.Skipped } course)
        {
            writer.Write($"<p>{Encode($"{course.Text} {course.Advice}".TrimEnd())}</p>\n");
        }

        WriteList(report.TrainingFacts);
        writer.Write(isBesideFacts ? "</div>\n" : "");
        if (report.Options is { Count: > 0 } options)
        {
            string line = string.Join(' ', options.Select(option => $"--{option.Key} {option.Value}".TrimEnd()));
            writer.Write("<details><summary>Training options</summary>");
            writer.Write($"<p><code>{Encode(line)}</code></p></details>\n");
        }
    }

    private void WritePhotos()
    {
        writer.Write("""<div class="columns">""" + "\n<div>\n");
        writer.Write(
            "<p>Probabilities are of whole captions. Beam search ranks captions by probability and length: the first "
            + "need not be the most probable.</p>\n");
        foreach (WordMapKind kind in report.Groups.SelectMany(group => group.Photos).SelectMany(photo => photo.Maps)
            .Select(maps => maps.Kind).Distinct().Order())
        {
            writer.Write($"<p>{Encode(ModelReportPhotos.Explain(kind))}</p>\n");
        }

        writer.Write(report.MapsMissing is null ? "</div>\n" : $"<p>{Encode(report.MapsMissing)}</p>\n</div>\n");
        if (report.Scores.Scores.FirstOrDefault(score => score.Name == "CIDEr") is CaptionScore cider)
        {
            WritePlots([CaptionStatistics.Scores("CIDEr-D", cider.PerImage).ToSvg()]);
        }

        writer.Write("</div>\n");
        foreach (ReportGroup group in report.Groups.Where(group => group.Photos.Count > 0))
        {
            writer.Write($"<h3>{Encode(group.Title)}</h3>\n" + """<div class="photos">""" + "\n");
            foreach (ReportPhoto photo in group.Photos)
            {
                ModelReportPhotos.Write(writer, photo);
            }

            writer.Write("</div>\n");
        }
    }

    private void WriteWords()
    {
        WritePlots([report.Statistics.Lengths().ToSvg(), report.Statistics.Frequencies().ToSvg()]);
        writer.Write("""<div class="columns">""" + "\n");
        WriteShares("The model's most frequent words", report.Statistics.FrequentWords);
        WriteShares("Words of references that the model never uses", report.Statistics.MissingWords);
        writer.Write("</div>\n");
        writer.Write("<p>Percentage of captions that contain the word; words such as “a” and “of” are left out.</p>\n");
    }

    private void WriteShares(string title, IReadOnlyList<WordShare> shares)
    {
        if (shares.Count == 0)
        {
            return;
        }

        double max = shares.Max(share => Math.Max(share.OfModel, share.OfReferences));
        writer.Write($"""
            <div class="scroll"><table class="shares"><caption>{Encode(title)}</caption>
            <thead><tr><th scope="col">word</th><th scope="col">model</th><th scope="col">references</th></tr></thead>
            <tbody>

            """);
        foreach (WordShare share in shares)
        {
            writer.Write($"""<tr><th scope="row">{Encode(share.Word)}</th>""");
            writer.Write(Cell("model", share.OfModel) + Cell("references", share.OfReferences) + "</tr>\n");
        }

        writer.Write("</tbody></table></div>\n");
        string Cell(string kind, double share)
        {
            string width = Invariant($"{60 * share / max:0.#}%"), text = Invariant($"{100 * share:0.0}%");
            return $"""<td><span class="bar {kind}" style="width:{width}"></span>{text}</td>""";
        }
    }

    private void WritePlots(IEnumerable<string> plots) => writer.Write(
        """<div class="plots">""" + "\n" + string.Concat(plots.Select(plot => $"<div>{plot}</div>\n")) + "</div>\n");

    private void WriteList(IEnumerable<(string Name, string Value)> facts) =>
        writer.Write(Page.Facts(facts, "list", "\n"));

    private static string Interval(CaptionScore score, string format) => score.Interval is ConfidenceInterval interval
        ? $"{interval.Low.ToString(format, CultureInfo.InvariantCulture)} to "
            + interval.High.ToString(format, CultureInfo.InvariantCulture)
        : "";
}
