using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Evaluation;
using ShowTell.Metrics;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Reporting;

namespace ShowTell.Cli;

/// <summary><c>showtell report</c>: a page about a trained model.</summary>
internal sealed class ReportCommand
{
    private const int UsualBeam = 3;
    private const int MostPhotos = 100;

    private readonly Argument<string> _model =
        Options.Named("MODEL", "A model file of showtell train, or the log folder of its training.");

    private readonly Argument<string> _dataset = Options.Dataset();
    private readonly Option<string> _out =
        Options.Path("--out", "PAGE", "The page to write, such as report.html.", isRequired: true);
    private readonly Option<string> _log = Options.Path(
        "--log", "DIR", "Log folder of the training. [default: beside MODEL, its name with -log, if it is there]");

    private readonly Option<string> _split = Options.Split("val");
    private readonly Option<int> _images = Options.EvaluatedImages();
    private readonly Option<int> _count = Options.Positive(
        "--count", "Photos to show of the best, of the worst, and of others.", 6, MostPhotos);

    private readonly Option<string> _photos = Options.Pictures("--photos");
    private readonly Option<bool> _offline = Options.Offline();
    private readonly Option<string> _backbone = Options.Path(
        "--backbone",
        "NET",
        "The network that turns photos into features, for maps of what words rest on. [default: for a model without "
        + "attention the one in or beside MODEL]");

    private readonly Option<string> _references = Options.References();
    private readonly Option<ulong> _seed = Options.Seed();
    private readonly ScoringFlags _scoring = new();
    private readonly DecodingFlags _decoding = new(beam: UsualBeam, withNBest: false);

    public Command Create() => new CommandWithExamples(
        "report",
        "Write a page about a model: its training, its scores, photos, where it looks, its words.",
        RunAsync,
        "showtell report lstm.safetensors flickr8k --out report.html",
        "showtell report lstm-log flickr8k --out report.html --count 12",
        "showtell report lstm.safetensors coco --out r.html --backbone vgg16.onnx")
    {
        _model, _dataset, _out, _log, _split, _images, _count, _photos, _offline, _backbone, _references, _seed,
        _decoding.All, _scoring.Bootstrap,
    };

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        string page = result.GetRequiredValue(_out), named = result.GetRequiredValue(_model);
        OutputPath.RequireFiles(page);
        Options.RequirePlaces(result, (_photos, IsFile: false), (_log, IsFile: false), (_backbone, IsFile: true));
        string model = Directory.Exists(named) ? LogFolder.ModelOf(named) : named;
        string log = result.GetValue(_log) ?? (Directory.Exists(named) ? named : LogFolder.Of(model));
        (ModelBundle[] ensemble, DecodingOptions decoding) = _decoding.Load(result, model);
        TrainingCurves? curves = TrainingCurves.Read(Path.Combine(log, TrainingCurves.FileName));
        using var dataset = LoadedDataset.LoadOf(model, ensemble[0], result.GetRequiredValue(_dataset));
        ModelReport report = await GatherAsync(result, model, ensemble, decoding, dataset, cancellation);
        (report with { Curves = curves }).Save(page);
        output.WriteLine($"page: {page}");
        return App.Success;
    }

    private async Task<ModelReport> GatherAsync(
        ParseResult result,
        string model,
        ModelBundle[] ensemble,
        DecodingOptions decoding,
        LoadedDataset dataset,
        CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        ModelBundle bundle = ensemble[0];
        CaptionSplit split = dataset.Captions.Split(result.GetRequiredValue(_split));
        using var review = new PhotoReview(model, ensemble, split, decoding, result.GetValue(_backbone));
        var evaluation = new CaptionEvaluation(
            split,
            dataset.References(split, result.GetValue(_references)),
            decoding,
            result.Given(_images),
            Options.SeedOf(result));
        ScoringOptions scoring = _scoring.Read(result) with
        {
            Metrics = CaptionMetrics.All,
            TrainCaptions = dataset.TrainCaptions(),
        };
        (CaptionSet captions, CaptionScores scores) = Terminal.Watch(
            output,
            "evaluating",
            isSilent: false,
            progress => evaluation.Evaluate(
                [.. ensemble.Select(one => one.Model)], bundle.Vocabulary, scoring, progress, cancellation));
        var gathering = new ReportGathering(dataset, split, evaluation, captions, scores);
        var choice = PhotoChoice.Of(scores.CiderD.PerImage, result.GetValue(_count), Options.SeedOf(result));
        return new ModelReport
        {
            Title = Path.GetFileNameWithoutExtension(model),
            Summary = Summary(bundle, dataset, split, scores, ensemble.Length),
            ModelFacts = ModelFacts.OfModel(bundle),
            TrainingFacts = ModelFacts.OfTraining(bundle.Training),
            Options = bundle.Training.Options,
            Scores = scores,
            TrueShare = gathering.TrueShare(),
            Statistics = gathering.Statistics(),
            Groups = await gathering.GroupsAsync(
                choice, review, result.GetValue(_photos), result.GetValue(_offline), output, cancellation),
            MapsMissing = review.MapsMissing,
        };
    }

    private static string Summary(
        ModelBundle bundle, LoadedDataset dataset, CaptionSplit split, CaptionScores scores, int models)
    {
        (TrainingRecord training, CaptioningOptions network) = (bundle.Training, bundle.Model.Options);
        string together = models > 1 ? $", which decodes with {models - 1} more" : "";
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(dataset.Captions.Origin));
        return $"{ModelFacts.Architecture(network)}, {network.ParameterCount:N0} parameters, "
            + $"trained on {training.TrainCaptions:N0} captions of {training.Dataset}{together}. "
            + $"What follows was measured on {scores.Images.Count:N0} {split.Name} images of {name}.";
    }
}
