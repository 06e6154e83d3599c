using System.Text.Json.Nodes;
using ShowTell.Confidence;
using ShowTell.Files;

namespace ShowTell.Cli.Output;

/// <summary>Scores as a table, as JSON and as a file.</summary>
internal static class ScoreReport
{
    /// <summary>Writes a JSON object per line: an image, its caption, the caption's scores, and its confidence if there
    /// is one. Without a path, writes nothing.</summary>
    public static void WritePerImage(
        string? path, CaptionScores scores, CaptionSet candidates, EvaluatedConfidence? confidence = null)
    {
        if (path is null)
        {
            return;
        }

        var lines = new StringBuilder();
        for (int i = 0; i < scores.Images.Count; i++)
        {
            string image = scores.Images[i];
            var line = new JsonObject();
            bool isFile = candidates.Key == ImageKey.File;
            bool isNumber = long.TryParse(image, NumberStyles.None, CultureInfo.InvariantCulture, out long id);
            line.Add(isFile ? "file" : "image_id", !isFile && isNumber ? id : image);
            line.Add("caption", candidates.Of(image)[0]);
            foreach (CaptionScore score in scores.Scores)
            {
                line.Add(score.Name, score.PerImage[i]);
            }

            if (confidence is not null)
            {
                CaptionAssessment assessed = confidence.ByImage[image];
                line.Add("confidence", assessed.Confidence);
                line.Add("isPhoto", assessed.IsPhoto);
            }

            lines.Append(line.ToJsonString(Json.Options)).Append('\n');
        }

        AtomicFile.WriteText(path, lines.ToString());
    }

    /// <summary>Prints scores as JSON, or as a table with their intervals and figures of variety.</summary>
    /// <param name="output">Receives them.</param>
    /// <param name="isJson">Whether to print JSON.</param>
    /// <param name="scores">The scores.</param>
    /// <param name="seconds">How long it took.</param>
    /// <param name="ofWhich">Which images they are, after their number.</param>
    /// <param name="errors">The candidates that are errors; null where there can be none.</param>
    /// <param name="isChosenHere">Whether the model's epoch was chosen on these images; null without a model.</param>
    /// <param name="confidence">The confidence of the captions; null if there is none.</param>
    public static void Print(
        TextWriter output,
        bool isJson,
        CaptionScores scores,
        double seconds,
        string ofWhich,
        IReadOnlyCollection<string>? errors = null,
        bool? isChosenHere = null,
        EvaluatedConfidence? confidence = null)
    {
        if (isJson)
        {
            JsonObject json = ToJson(scores, seconds);
            if (errors is not null)
            {
                json.Add("errors", new JsonArray([.. errors.Select(error => JsonValue.Create(error))]));
            }

            if (isChosenHere is bool isChosen)
            {
                json.Add("epochChosenOnSplit", isChosen);
            }

            if (confidence is not null)
            {
                json.Add("confidence", JsonSerializer.SerializeToNode(confidence.Calibration, Json.Options));
                json.Add("notPhotos", confidence.NotPhotos);
            }

            output.WriteLine(json.ToJsonString(Json.Options));
            return;
        }

        Table table = Terminal.NumberTable("", "score", "95% interval");
        foreach (CaptionScore score in scores.Scores)
        {
            table.AddRow(
                score.DisplayName,
                $"{score.Value:F4}",
                score.Interval is ConfidenceInterval interval ? $"{interval.Low:F4} - {interval.High:F4}" : "");
        }

        Terminal.For(output).Write(table);
        CaptionVariety variety = scores.Variety;
        output.WriteLine($"images: {scores.Images.Count:N0}{ofWhich}, in {seconds:F1} s");
        if (errors?.Count > 0)
        {
            output.WriteLine(Terminal.Plain(DescribeErrors(errors)));
        }

        if (scores.EmptyReferences > 0)
        {
            output.WriteLine($"references without words, left out: {scores.EmptyReferences:N0}");
        }

        output.WriteLine(
            $"words: {scores.CandidateLength:N0}; in the references closest in length: {scores.ReferenceLength:N0}");
        output.WriteLine(
            $"distinct captions: {variety.DistinctCaptions:N0}; mean length: {variety.MeanLength:F1} words");
        output.WriteLine(
            $"vocabulary size: {variety.Vocabulary:N0}; distinct-1: {variety.Distinct1:F3}; "
            + $"distinct-2: {variety.Distinct2:F3}");
        output.WriteLine($"incomplete captions (\"... with a\"): {100 * variety.OpenEndings:F1}%");
        output.WriteLine($"captions without words: {100 * variety.Empty:F1}%");
        if (variety.InTraining is double share)
        {
            output.WriteLine($"captions copied from the training set: {100 * share:F1}%");
        }

        if (confidence is not null)
        {
            Print(output, confidence);
        }

        output.WriteLine($"signature: {scores.Signature}");
    }

    /// <summary>Prints the reliability diagram as a table, and what it costs to answer only where it is sure.</summary>
    private static void Print(TextWriter output, EvaluatedConfidence confidence)
    {
        const int Bar = 40;
        Calibration calibration = confidence.Calibration;
        output.WriteLine(
            $"confidence: AUROC {calibration.Auroc:F3}, calibration error {calibration.CalibrationError:F3}; good is a "
            + $"CIDEr-D of at least {CaptionConfidence.GoodScore:F1}");
        Table table = Terminal.NumberTable("confidence", "captions", "good", "");
        foreach (ReliabilityBin bin in calibration.Bins.Where(bin => bin.Count > 0))
        {
            int good = (int)Math.Round(Bar * bin.Good), expected = (int)Math.Round(Bar * bin.Confidence);
            string bar = new string('█', good).PadRight(Bar);
            bar = $"{bar[..Math.Min(expected, Bar - 1)]}│{bar[(Math.Min(expected, Bar - 1) + 1)..]}";
            table.AddRow(
                $"{bin.Low:F1} - {bin.High:F1}", $"{bin.Count:N0}", $"{100 * bin.Good:F0}%", bar);
        }

        Terminal.For(output).Write(table);
        output.WriteLine(string.Join("; ", new[] { 0.25, 0.5, 0.75, 1 }.Select(calibration.At).Select(point =>
            $"{100 * (1 - point.Risk):F0}% of the surest {100 * point.Coverage:F0}% are good "
            + $"(confidence from {point.Threshold:F2})")));
        output.WriteLine($"taken for no photo: {100 * confidence.NotPhotos:F1}%");
    }

    /// <summary>How many candidates are errors, and the first of them.</summary>
    public static string DescribeErrors(IReadOnlyCollection<string> errors)
    {
        const int MaxShown = 5;
        string first = string.Join("; ", errors.Take(MaxShown)) + (errors.Count > MaxShown ? "; ..." : "");
        return $"{errors.Count:N0} {(errors.Count == 1 ? "candidate is an error" : "candidates are errors")}: {first}";
    }

    /// <summary>The scores, by COCO's names, and everything measured with them.</summary>
    public static JsonObject ToJson(CaptionScores scores, double? seconds = null)
    {
        var json = new JsonObject();
        foreach (CaptionScore score in scores.Scores)
        {
            json.Add(score.Name, score.Value);
        }

        json.Add("intervals", new JsonObject(scores.Scores
            .Where(score => score.Interval is not null)
            .Select(score => KeyValuePair.Create<string, JsonNode?>(
                score.Name, new JsonArray(score.Interval!.Value.Low, score.Interval.Value.High)))));
        json.Add("images", scores.Images.Count);
        json.Add("candidateLength", scores.CandidateLength);
        json.Add("referenceLength", scores.ReferenceLength);
        json.Add("emptyReferences", scores.EmptyReferences);
        json.Add("variety", JsonSerializer.SerializeToNode(scores.Variety, Json.Options));
        json.Add("signature", scores.Signature);
        if (seconds is double time)
        {
            json.Add("seconds", Math.Round(time, 3));
        }

        return json;
    }
}
