using System.Text.Json.Nodes;
using ShowTell.Files;
using ShowTell.Metrics;

namespace ShowTell.Cli.Support;

/// <summary>Scores as people, scripts and files get them.</summary>
internal static class ScoreReport
{
    /// <summary>Writes a JSON object a line: an image, its caption, and the scores of it.</summary>
    public static void WritePerImage(string path, CaptionScores scores, CaptionSet candidates)
    {
        var lines = new StringBuilder();
        for (int i = 0; i < scores.Images.Count; i++)
        {
            string image = scores.Images[i];
            var line = new JsonObject();
            bool isNumber = long.TryParse(image, NumberStyles.None, CultureInfo.InvariantCulture, out long id);
            if (candidates.Key == ImageKey.File)
            {
                line.Add("file", image);
            }
            else
            {
                line.Add("image_id", isNumber ? id : image);
            }

            line.Add("caption", candidates.Of(image)[0]);
            foreach (CaptionScore score in scores.Scores)
            {
                line.Add(score.Name, score.PerImage[i]);
            }

            lines.Append(line.ToJsonString(Json.Options)).Append('\n');
        }

        AtomicFile.WriteText(path, lines.ToString());
    }

    /// <summary>Prints scores as JSON, or as a table with their intervals, and what else is known.</summary>
    public static void Print(
        TextWriter output, bool isJson, CaptionScores scores, double seconds, string ofWhich)
    {
        if (isJson)
        {
            output.WriteLine(ToJson(scores, seconds).ToJsonString(Json.Options));
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
        output.WriteLine(
            $"words: {scores.CandidateLength:N0}; of the references closest in length: {scores.ReferenceLength:N0}");
        output.WriteLine(
            $"captions: {variety.DistinctCaptions:N0} different, {variety.MeanLength:F1} words long on average");
        output.WriteLine(
            $"words: {variety.Vocabulary:N0}; distinct-1 {variety.Distinct1:F3}, distinct-2 {variety.Distinct2:F3}");
        output.WriteLine($"captions that break off (\"... with a\"): {100 * variety.OpenEndings:F1}%");
        output.WriteLine($"captions without a word: {100 * variety.Empty:F1}%");
        if (variety.InTraining is double share)
        {
            output.WriteLine($"captions that stand in the training set: {100 * share:F1}%");
        }

        output.WriteLine($"signature: {scores.Signature}");
    }

    /// <summary>The scores and all else that is known, with COCO's names for scores.</summary>
    private static JsonObject ToJson(CaptionScores scores, double seconds)
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
        json.Add("variety", JsonSerializer.SerializeToNode(scores.Variety, Json.Options));
        json.Add("signature", scores.Signature);
        json.Add("seconds", Math.Round(seconds, 3));
        return json;
    }
}
