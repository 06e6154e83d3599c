using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Evaluation;
using ShowTell.Files;
using ShowTell.Metrics;
using ShowTell.ModelFiles;

namespace ShowTell.Cli;

/// <summary><c>showtell evaluate</c>: captions the images of a dataset by a model, and scores the captions.</summary>
internal sealed partial class EvaluateCommand
{
    private readonly Argument<string> _model = Options.Model();
    private readonly Argument<string> _dataset = Options.Dataset();
    private readonly Option<string> _split = Options.Split("val");
    private readonly Option<int> _images = Options.EvaluatedImages();
    private readonly Option<string> _references = Options.References();
    private readonly Option<bool> _json = Options.Json();
    private readonly Option<string> _perImage = Options.Path(
        "--per-image", "FILE", "Also write the caption and the scores of each image, a JSON object a line.");

    private readonly Option<string> _results = Options.Path(
        "--results", "FILE", "Also write the captions as COCO's results JSON.");

    private readonly Option<ulong> _seed = Options.Seed();
    private readonly ScoringFlags _scoring = new();
    private readonly DecodingFlags _decoding = new(withNBest: false);

    public Command Create() => new CommandWithExamples(
        "evaluate",
        "Caption the images of a dataset and score the captions: BLEU, METEOR, ROUGE-L, CIDEr.",
        Run,
        "showtell evaluate lstm.safetensors flickr8k --beam 3",
        "showtell evaluate lstm.safetensors coco --references captions_val2014.json --json",
        "showtell evaluate lstm.safetensors flickr8k --per-image scores.jsonl --results results.json")
    {
        _model, _dataset, _split, _images, _references, _json, _perImage, _results, _seed,
        _decoding.All, _scoring.Bootstrap,
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        OutputPath.RequireFiles(result.GetValue(_perImage), result.GetValue(_results));
        long start = Stopwatch.GetTimestamp();
        string model = result.GetRequiredValue(_model);
        (ModelBundle[] ensemble, DecodingOptions decoding) = _decoding.Load(result, model);
        using var dataset = LoadedDataset.LoadOf(model, ensemble[0], result.GetRequiredValue(_dataset));
        CaptionSplit split = dataset.Captions.Split(result.GetRequiredValue(_split));
        var evaluation = new CaptionEvaluation(
            split,
            dataset.References(split, result.GetValue(_references)),
            decoding,
            result.Given(_images),
            Options.SeedOf(result));
        ScoringOptions scoring = _scoring.Read(result) with { TrainCaptions = dataset.TrainCaptions() };
        (CaptionSet captions, CaptionScores scores) = Terminal.Watch(
            output,
            "evaluating",
            isSilent: result.GetValue(_json),
            progress => evaluation.Evaluate(
                [.. ensemble.Select(one => one.Model)], ensemble[0].Vocabulary, scoring, progress, cancellation));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (result.GetValue(_perImage) is string perImage)
        {
            ScoreReport.WritePerImage(perImage, scores, captions);
        }

        if (result.GetValue(_results) is string results)
        {
            WriteResults(results, captions);
        }

        ScoreReport.Print(output, result.GetValue(_json), scores, seconds, $" of {result.GetValue(_split)}");
        return App.Success;
    }

    /// <summary>Images have COCO's numbers where their names tell, else their names, which score takes too.</summary>
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
