using ShowTell.Datasets.Features;
using ShowTell.Photos;
using ShowTell.Reporting;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell train</c>: trains a model on a dataset or on photos.</summary>
internal sealed class TrainCommand
{
    private readonly Argument<string> _dataset = NewOption.Argument(
        "DATASET",
        $"{SharedOptions.DatasetDescription} With --captions, a folder of photos, unless they come with the captions.",
        isRequired: false);

    private readonly PhotoFlags _photos = new();
    private readonly Option<string> _features = SharedOptions.Features();
    private readonly Option<string> _out = SharedOptions.ModelToWrite();
    private readonly Option<string> _preset = Preset.Option();
    private readonly ModelFlags _model = new();
    private readonly SolverFlags _solver = new();
    private readonly SelectionFlags _selection = new(limit: 500, beam: 1);

    private readonly Option<int> _maxTrain = NewOption.Positive(
        "--max-train", "Train on N captions, drawn at random. [default: all]");

    private readonly CheckpointFlags _checkpoints = new("loss.svg");

    /// <summary>The run that is repeated; null for none.</summary>
    public RunRecord? Repeats { get; init; }

    /// <summary>The folder of several seeds, of which one is run; null for none.</summary>
    public RunFolder? Seeds { get; init; }

    public Command Create() => new CommandWithExamples(
        "train",
        "Train a captioner and write it as one model file.",
        RunAsync,
        "showtell train scenes --out scenes.safetensors --epochs 5",
        "showtell train coco --out lstm.safetensors --epochs 10 --lr 1e-3",
        "showtell train coco --out rnn.safetensors --recipe exercise --cell rnn",
        "showtell train flickr8k --recipe flickr8k-lstm --out m.safetensors",
        "showtell train photos --captions c.csv --backbone net.onnx --out m.safetensors",
        "showtell train few --recipe small --out m.safetensors",
        "showtell train coco --out m.safetensors --seeds 3",
        "showtell train --resume m-log")
    {
        _dataset, _preset, _features, _out, _maxTrain, NewOption.Seed(), _checkpoints.All, _model.All,
        _solver.All, _selection.All, _photos.All,
    };

    private Task<int> RunAsync(ParseResult result, CancellationToken cancellation) =>
        _checkpoints.Seeds(result) is int count
            ? RunSeedsAsync(result, count, cancellation)
            : Task.FromResult(Run(result, cancellation));

    private async Task<int> RunSeedsAsync(ParseResult result, int count, CancellationToken cancellation)
    {
        string path = result.GetRequiredValue(_out);
        RunOptions options = _checkpoints.Read(result, Path.GetFileName(result.GetValue(_preset)));
        using var folder = new RunFolder(_checkpoints.Folder(result, path), path, options, result.Output());
        string[] words = ResumedRun.WordsOf(result);
        if (_photos.AreGiven(result))
        {
            // Made once: another seed would keep other photos for validation.
            (string name, string? features) = Prepare(result, path, cancellation);
            const string Features = "--features";
            words =
            [
                Path.GetFullPath(name),
                .. _photos.OptionsOnceMade(words).Where(word => !ResumedRun.IsOption(word, Features)),
                $"{Features}={features}",
            ];
        }

        Command one = new TrainCommand { Seeds = folder }.Create();
        return await new SeededRuns(result, count, path, folder, one)
        {
            Words = words,
        }.RunAsync(cancellation);
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.Output();
        string path = result.GetRequiredValue(_out), folder = _checkpoints.Folder(result, path);
        int? maxTrain = result.Given(_maxTrain);
        CaptioningOptions model = _model.Read(result);
        bool keepsBest = _selection.KeepBest(result, all: maxTrain is null);
        SolverOptions solver = _solver.Read(result, keepsBest);
        RunOptions options = _checkpoints.Read(result, Path.GetFileName(result.GetValue(_preset)), Repeats, Seeds);
        using var runFolder = new RunFolder(folder, path, options, output);
        (string name, string? features) = Prepare(result, path, cancellation);
        using LoadedDataset loaded = Load(result, name, features);
        loaded.EnsureKnownWords();
        EnsureGrid(loaded.Captions, model.Architecture);
        loaded.LimitTrain(maxTrain, result.Seed());
        CaptionDataset words = loaded.Captions;
        CaptionDataset dataset = _model.HasCharacters(result) ? words.WithCharacterTokens() : words;
        model = model with { UnknownId = _model.UnknownId(result, dataset.Vocabulary, all: maxTrain is null) };
        CaptionEvaluation? evaluation =
            _selection.IsByScore(result) ? _selection.Evaluation(result, loaded, dataset) : null;
        solver = solver with
        {
            Score = evaluation is null ? null : scored => evaluation.CiderD(scored, dataset.Vocabulary),
        };
        if (options.Resumed?.Epochs is int epochs)
        {
            solver = Resumed(solver, epochs, dataset.Train.Count);
        }

        using var run = new TrainingRun(words, dataset, model, solver, path, runFolder, output)
        {
            Inputs = RunInputs.Of(name, features, evaluation?.References),
            Options = Preset.GivenOptions(result),
            Backbone = _photos.EmbeddedBackbone(result, words),
            KeepBest = keepsBest,
            References = keepsBest ? References(result, loaded, output) : null,
        };
        PrintStart(output, dataset, run.Solver);
        PrintWarnings(output, run.Solver);
        bool finished = run.Train(cancellation);
        output.WriteLine();
        if (Repeats is not null)
        {
            return finished ? App.Success : App.Interrupted;
        }

        run.PrintModel();
        output.WriteLine($"log:   {folder}");
        if (Seeds is not null)
        {
            return finished ? App.Success : App.Interrupted;
        }

        if (!finished)
        {
            output.WriteLine($"Resume: showtell train --resume {Terminal.Quoted(folder)}");
        }

        if (words.PhotoPipeline is not null)
        {
            string backbone = run.Backbone.IsEmpty && _photos.Backbone(result) is string given
                ? $" --backbone {Terminal.Quoted(given)}"
                : "";
            output.WriteLine($"Try:   showtell caption {Terminal.Quoted(path)} photo.jpg{backbone}");
        }

        // A model of a few captions has overfitted: it says nothing sensible about other images.
        string split = maxTrain is null ? "" : " --split train";
        output.WriteLine(
            $"Try:   showtell sample {Terminal.Quoted(path)} {Terminal.Quoted(name)}{split} --count 20 "
            + "--out page.html");
        return finished ? App.Success : App.Interrupted;
    }

    /// <summary>The references to fit the confidence to; null if they are missing, which is no reason not to train.
    /// </summary>
    private ReferenceCaptions? References(ParseResult result, LoadedDataset loaded, TextWriter output)
    {
        try
        {
            return _selection.References(result, loaded);
        }
        catch (DataException error)
        {
            output.WriteLine($"warning: no confidence will be fitted: {error.Message}");
            return null;
        }
    }

    /// <summary>The dataset and the file of its features, null for any; one of photos is made first.</summary>
    private (string Folder, string? Features) Prepare(
        ParseResult result, string path, CancellationToken cancellation) => _photos.Prepare(
        result, result.GetValue(_dataset), path, _model.Read(result).Architecture, _model.HasCharacters(result),
        _solver.Read(result, keepsBest: true).Mirror, cancellation);

    /// <summary>Opens the dataset; if it is a folder of photos, names the option that was forgotten.</summary>
    private LoadedDataset Load(ParseResult result, string name, string? features)
    {
        try
        {
            return LoadedDataset.Load(name, features ?? result.GetValue(_features));
        }
        catch (DataException error) when (!_photos.AreGiven(result) && !FeatureExtraction.IsDataset(name))
        {
            string? hint = File.Exists(name)
                ? $"To train on photos, give their folder, and this file with --captions {Terminal.Quoted(name)}."
                : Directory.Exists(name) && PhotoFiles.In(name, isRecursive: true).Length > 0
                ? "It holds photos: to train on them, name their captions with --captions FILE."
                : null;
            throw hint is null ? error : new DataException($"{error.Message} {hint}", error);
        }
    }

    /// <summary>The options of a resumed run: what followed from its number of epochs stays as it was.</summary>
    private static SolverOptions Resumed(SolverOptions options, int epochs, int captions)
    {
        SolverOptions before = (options with { Epochs = epochs }).For(captions);
        return before with { Epochs = options.Epochs ?? epochs };
    }

    private static void EnsureGrid(CaptionDataset dataset, Architecture architecture)
    {
        if (architecture == Architecture.Attention && dataset.Regions == 1)
        {
            throw new DataException(
                $"{dataset.Train.Features.Origin}: has one vector per image; --architecture attention needs features "
                + "of a grid. Compute them with: showtell features DATASET --backbone NET --grid 7 --standardize");
        }
    }

    private static void PrintStart(TextWriter output, CaptionDataset dataset, CaptioningSolver solver)
    {
        CaptioningOptions options = solver.Model.Options;
        string tokens = dataset.Vocabulary.Kind == TokenKind.Word ? "words" : "characters";
        output.WriteLine(
            $"data:  {dataset.Train.Count:N0} captions of {dataset.Origin}, {options.VocabularySize:N0} {tokens}, "
            + $"{options.FeatureSize} features per image");
        output.WriteLine(
            $"model: {ModelFacts.Architecture(options)}, {CaptioningParameters.CountOf(options):N0} parameters, "
            + $"{solver.Options.Epochs} epochs of {solver.IterationsPerEpoch:N0} iterations");
    }

    /// <summary>Warns of values that suit longer runs.</summary>
    private static void PrintWarnings(TextWriter output, CaptioningSolver solver)
    {
        SolverOptions options = solver.Options;
        const string Advice = "leave it out, and it follows from the run's length; small sets have --preset small.";
        if (options.WarmupIterations > solver.Iterations / 2)
        {
            output.WriteLine(
                $"warning: --warmup {options.WarmupIterations} is most of the run's {solver.Iterations:N0} iterations: "
                + Advice);
        }

        if (1 / (1 - options.AverageDecay) > solver.Iterations)
        {
            output.WriteLine(
                $"warning: --average {options.AverageDecay} averages over more than the run's {solver.Iterations:N0} "
                + $"iterations: {Advice}");
        }
    }
}
