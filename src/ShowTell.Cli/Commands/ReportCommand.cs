using ShowTell.Diagnostics;
using ShowTell.Reporting;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell report</c>: a page about a trained model.</summary>
internal sealed class ReportCommand
{
    private const int DefaultBeam = 3;
    private const int MaxPhotos = 100;

    private readonly Argument<string> _model = NewOption.Argument(
        "MODEL", "A model file written by showtell train, or the log folder of its training.");

    private readonly Option<string> _out =
        NewOption.Path("--out", "PAGE", "The page to write, such as report.html.", isRequired: true);

    private readonly Option<string> _log = NewOption.ExistingFolder(
        "--log", "Log folder of the training. [default: the model's name with -log, next to MODEL, if it exists]");

    private readonly Option<int> _count = NewOption.Positive(
        "--count", "Photos per group: the best, the worst, and others.", 6, MaxPhotos);

    private readonly PictureFlags _pictures = new(hasOldName: false);
    private readonly Option<string> _backbone = NewOption.ExistingFile(
        "--backbone",
        "NET",
        "The backbone, for occlusion maps. [default: the one in or next to MODEL, if the model has no attention]");

    private readonly EvaluationFlags _evaluation = new(DefaultBeam);

    public Command Create() => new CommandWithExamples(
        "report",
        "Write a page about a model: its training, its scores, photos, where it attends, its words.",
        RunAsync,
        "showtell report lstm.safetensors flickr8k --out report.html",
        "showtell report lstm-log flickr8k --out report.html --count 12",
        "showtell report lstm.safetensors coco --out r.html --backbone vgg16.onnx")
    {
        _model, _evaluation.Dataset, _out, _log, _count, _pictures.All, _backbone, _evaluation.All,
    };

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.Output();
        string page = result.GetRequiredValue(_out), named = result.GetRequiredValue(_model);
        OutputPath.EnsurePageWritable(page);
        bool isLog = Directory.Exists(named);
        string model = isLog ? TrainingLog.ModelOf(named) : named;
        string log = result.GetValue(_log) ?? (isLog ? named : TrainingLog.FolderOf(model));
        using EvaluationRun run = _evaluation.Load(result, model);
        TrainingCurves? curves = ReadCurves(output, log, run.Model.Training);
        using var review = new PhotoReview(
            model, run.Ensemble, run.Split, run.Evaluation.Decoding, result.GetValue(_backbone));
        ScoringOptions scoring = _evaluation.ReadScoring(result) with { Metrics = CaptionMetrics.All };
        EvaluationResult evaluated = run.Evaluate(scoring, output, isSilent: false, cancellation);
        (CaptionSet captions, CaptionScores scores) = evaluated;
        var images = run.Evaluation.Images.ToDictionary(image => image.Name, image => image.Image);
        bool?[] truths =
            [.. scores.Images.Select(name => run.Dataset.IsTrue(run.Split, images[name], captions.Of(name)[0]))];
        TrainingRecord training = run.Model.Training;
        new ModelReport
        {
            Title = Path.GetFileNameWithoutExtension(model),
            Summary = Summary(run, scores),
            ModelFacts = ModelFacts.OfModel(run.Model),
            TrainingFacts = ModelFacts.OfTraining(training),
            Options = training.Options,
            Curves = curves,
            Course = TrainingCourse.Judge(training with
            {
                ValidationLosses = training.ValidationLosses ?? curves?.ValidationLosses,
            }),
            Scores = scores,
            Confidence = run.Evaluation.EvaluateConfidence(run.Model, evaluated),
            TrueShare = truths.Contains(null) ? null : truths.Average(isTrue => isTrue == true ? 1.0 : 0),
            Statistics = new(
                [.. scores.Images.Select(name => captions.Of(name)[0])],
                [.. scores.Images.Select(run.Evaluation.References.Captions.Of)]),
            Groups = await GroupsAsync(result, run, review, scores, images, truths, cancellation),
            MapsMissing = review.MapsMissing,
        }.Save(page);
        if (run.SelectionNote is string note)
        {
            output.WriteLine(note);
        }

        output.WriteLine($"page: {page}");
        return App.Success;
    }

    /// <summary>The curves of a model's own run; those of another one would mislead.</summary>
    private static TrainingCurves? ReadCurves(TextWriter output, string log, TrainingRecord training)
    {
        TrainingCurves? curves = TrainingCurves.Read(Path.Combine(log, TrainingCurves.FileName));
        if (curves is null || RunRecord.Read(log)?.Id is not string id || id == training.RunId)
        {
            return curves;
        }

        output.WriteLine(
            $"warning: {log}: is the log of another run ({id}) than the model's ({training.RunId ?? "unknown"}); its "
            + "curves are left out. Name the model's log with --log.");
        return null;
    }

    /// <summary>The photos with the best, the worst and other captions.</summary>
    private async Task<ReportGroup[]> GroupsAsync(
        ParseResult result,
        EvaluationRun run,
        PhotoReview review,
        CaptionScores scores,
        Dictionary<string, int> images,
        bool?[] truths,
        CancellationToken cancellation)
    {
        IReadOnlyList<double> cider = scores.CiderD.PerImage;
        var choice = PhotoChoice.Of(cider, result.GetValue(_count), result.Seed());
        int[] chosen = [.. choice.Best, .. choice.Worst, .. choice.Random];
        int[] rows = [.. chosen.Select(index => images[scores.Images[index]])];
        IReadOnlyList<Picture> pictures = await _pictures.LoadAsync(result, run.Dataset, run.Split, rows, cancellation);
        ReportPhoto[] photos = Terminal.Watch(result.Output(), "reviewing", isSilent: false, progress =>
        {
            var reviewed = new ReportPhoto[chosen.Length];
            for (int i = 0; i < reviewed.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                int index = chosen[i];
                reviewed[i] = review.Review(rows[i], pictures[i], cider[index], cancellation) with
                {
                    References = [.. run.Evaluation.References.Captions.Of(scores.Images[index]).Distinct()],
                    IsTrue = truths[index],
                };
                progress?.Invoke((i + 1.0) / reviewed.Length);
            }

            return reviewed;
        });
        int best = choice.Best.Count, worst = choice.Worst.Count;
        return
        [
            new ReportGroup("Best by CIDEr-D", photos[..best]),
            new ReportGroup("Worst by CIDEr-D", photos[best..(best + worst)]),
            new ReportGroup("Others, drawn at random", photos[(best + worst)..]),
        ];
    }

    private static string Summary(EvaluationRun run, CaptionScores scores)
    {
        (TrainingRecord training, CaptioningOptions model) = (run.Model.Training, run.Model.Model.Options);
        string together = run.Ensemble.Length > 1 ? $", decoding together with {run.Ensemble.Length - 1} more" : "";
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(run.Dataset.Captions.Origin));
        return $"{ModelFacts.Architecture(model)}, {CaptioningParameters.CountOf(model):N0} parameters, "
            + $"trained on {training.TrainCaptions:N0} captions of {training.Dataset}{together}. "
            + $"Scores are of {scores.Images.Count:N0} {run.Split.Name} images of {name}"
            + (run.IsEpochChosenOnSplit ? ", which chose the model's epoch: they flatter it." : ".");
    }
}
