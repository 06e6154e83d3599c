using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ShowTell.Files;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell evaluate</c>: captions the images of a dataset with a model and scores the captions.</summary>
internal sealed partial class EvaluateCommand
{
    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly EvaluationFlags _evaluation = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly Option<string> _perImage = NewOption.Path(
        "--per-image", "FILE", "Also write the caption and scores of each image, a JSON object per line.");

    private readonly Option<string> _results = NewOption.Path(
        "--results", "FILE", "Also write the captions as COCO results JSON.");

    public Command Create() => new CommandWithExamples(
        "evaluate",
        "Caption the images of a dataset and score the captions: BLEU, METEOR, ROUGE-L, CIDEr-D.",
        Run,
        "showtell evaluate lstm.safetensors flickr8k --beam 3",
        "showtell evaluate lstm.safetensors coco --references captions_val2014.json --json",
        "showtell evaluate lstm.safetensors flickr8k --per-image scores.jsonl --results results.json")
    {
        _model, _evaluation.Dataset, _json, _perImage, _results, _evaluation.All,
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        bool isJson = result.GetValue(_json);
        OutputPath.EnsureResultsWritable(result.GetValue(_perImage), result.GetValue(_results));
        long start = Stopwatch.GetTimestamp();
        using EvaluationRun run = _evaluation.Load(result, result.GetRequiredValue(_model));
        EvaluationResult evaluated =
            run.Evaluate(_evaluation.ReadScoring(result), result.Output(), isJson, cancellation);
        (CaptionSet captions, CaptionScores scores) = evaluated;
        EvaluatedConfidence? confidence = run.Evaluation.EvaluateConfidence(run.Model, evaluated);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        ScoreReport.WritePerImage(result.GetValue(_perImage), scores, captions, confidence);
        if (result.GetValue(_results) is string results)
        {
            WriteResults(results, captions);
        }

        ScoreReport.Print(
            result.Output(), isJson, scores, seconds, $" of {run.Split.Name}", isChosenHere: run.IsEpochChosenOnSplit,
            confidence: confidence);
        if (!isJson && run.SelectionNote is string note)
        {
            result.Output().WriteLine(note);
        }

        return App.Success;
    }

    /// <summary>image_id is the COCO id if the name contains one, else the name; score accepts both.</summary>
    private static void WriteResults(string path, CaptionSet captions)
    {
        var results = new JsonArray();
        foreach (string image in captions.Images)
        {
            Match coco = CocoName().Match(image);
            results.Add(new JsonObject
            {
                ["image_id"] = coco.Success
                    ? long.Parse(coco.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                    : image,
                ["caption"] = captions.Of(image)[0],
            });
        }

        AtomicFile.WriteText(path, results.ToJsonString(Json.Options) + "\n");
    }

    /// <summary>COCO_val2014_000000000042.jpg, or 000000000042.jpg.</summary>
    [GeneratedRegex(@"^(?:COCO_\w+_)?(\d{12})\.jpg$")]
    private static partial Regex CocoName();
}
