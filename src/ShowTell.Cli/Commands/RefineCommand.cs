namespace ShowTell.Cli.Commands;

/// <summary><c>showtell refine</c>: trains a model further on the CIDEr-D of its own captions.</summary>
internal sealed class RefineCommand
{
    private const int MaxSamples = 100;

    private static readonly SelfCriticalOptions s_defaults = new();

    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Argument<string> _dataset = SharedOptions.Dataset();
    private readonly Option<string> _out = SharedOptions.ModelToWrite();
    private readonly Option<int> _epochs = NewOption.Positive(
        "--epochs", "Passes over all training images.", s_defaults.Epochs);

    private readonly Option<double> _learningRate = NewOption.Number(
        "--lr", "Learning rate of Adam.", s_defaults.LearningRate);

    private readonly Option<int> _batch = NewOption.Positive("--batch", "Images in a step.", s_defaults.BatchSize);

    private readonly Option<int> _samples = NewOption.Positive(
        "--samples", "Captions sampled per image and step, at least 2.", s_defaults.Samples, MaxSamples);

    private readonly Option<double> _temperature = NewOption.Number(
        "--temperature",
        "Temperature of these samples: lower values stay nearer to the captions that the model would generate.",
        s_defaults.Temperature);

    private readonly Option<double> _share = NewOption.Number(
        "--xe-share",
        "Share of the loss that is cross-entropy on reference captions.",
        s_defaults.CrossEntropyShare);

    private readonly Option<double> _clip = NewOption.Number(
        "--clip", "Maximum norm of all gradients together.", s_defaults.ClipNorm);

    private readonly Option<double> _average = NewOption.Number(
        "--average", "Keep a moving average of the weights with this decay; 0 for none.", s_defaults.AverageDecay);

    private readonly Option<bool> _mirror = SharedOptions.Mirror();

    private readonly SelectionFlags _selection = new(limit: 1000, beam: 3, isCiderOnly: true);
    private readonly Option<int> _printEvery = SharedOptions.PrintEvery();
    private readonly CheckpointFlags _checkpoints = new("score.svg");

    /// <summary>The run that is repeated; null for none.</summary>
    public RunRecord? Repeats { get; init; }

    /// <summary>The folder of several seeds, of which one is run; null for none.</summary>
    public RunFolder? Seeds { get; init; }

    public Command Create() => new CommandWithExamples(
        "refine",
        "Train a model further on the CIDEr-D of its own captions (self-critical training).",
        RunAsync,
        "showtell refine lstm.safetensors flickr8k --out better.safetensors",
        "showtell refine m.safetensors flickr8k --out better.safetensors --epochs 10",
        "showtell refine m.safetensors flickr8k --out better.safetensors --seeds 3",
        "showtell refine --resume better-log")
    {
        _model, _dataset, _out, _epochs, _learningRate, _batch, _samples, _temperature, _share, _clip, _average,
        _mirror, _selection.All, NewOption.Seed(), _printEvery, _checkpoints.All,
    };

    private Task<int> RunAsync(ParseResult result, CancellationToken cancellation) =>
        _checkpoints.Seeds(result) is int count
            ? RunSeedsAsync(result, count, cancellation)
            : Task.FromResult(Run(result, cancellation));

    private async Task<int> RunSeedsAsync(ParseResult result, int count, CancellationToken cancellation)
    {
        string path = result.GetRequiredValue(_out);
        RunOptions options = _checkpoints.Read(result, preset: null);
        using var folder = new RunFolder(_checkpoints.Folder(result, path), path, options, result.Output());
        Command one = new RefineCommand { Seeds = folder }.Create();
        return await new SeededRuns(result, count, path, folder, one)
        {
            Words = ResumedRun.WordsOf(result),
        }.RunAsync(cancellation);
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.Output();
        string path = result.GetRequiredValue(_out), model = result.GetRequiredValue(_model);
        string folder = _checkpoints.Folder(result, path);
        SelfCriticalOptions options = Read(result);
        RunOptions runOptions = _checkpoints.Read(result, preset: null, Repeats, Seeds);
        using var runFolder = new RunFolder(folder, path, runOptions, output);
        ModelBundle bundle = ModelBundle.Load(model);
        if (bundle.Vocabulary.Kind != TokenKind.Word)
        {
            throw new IncompatibleException(
                $"{model}: generates characters, but CIDEr-D scores only words: refine a model of words.");
        }

        using var loaded = LoadedDataset.LoadOf(model, bundle, result.GetRequiredValue(_dataset));
        CaptionDataset dataset = loaded.Captions;
        CaptionEvaluation evaluation = _selection.Evaluation(result, loaded, dataset);
        using var run = new SelfCriticalRun(bundle, dataset, options, evaluation, path, runFolder, output)
        {
            PrintEvery = result.GetValue(_printEvery),
            Inputs = RunInputs.Of(result.GetRequiredValue(_dataset), features: null, evaluation.References) with
            {
                OriginalSha256 = RunInputs.HashOf(model),
            },
        };
        SelfCriticalTraining training = run.Training;
        output.WriteLine(
            $"data:  {dataset.Train.CaptionedImages().Count:N0} images of {dataset.Origin}, "
            + $"{training.IterationsPerEpoch:N0} iterations per epoch");
        bool finished = run.Train(cancellation);
        if (Repeats is not null)
        {
            return finished ? App.Success : App.Interrupted;
        }

        string which = training.BestEpoch == 0
            ? $"the weights of {model}, as no epoch improved them"
            : $"weights of epoch {training.BestEpoch}";
        output.WriteLine();
        output.WriteLine(
            $"model: {path} ({which}, CIDEr-D {training.ScoreHistory[training.BestEpoch]:F4}, "
            + $"before {training.ScoreHistory[0]:F4})");
        if (run.Confidence is FittedConfidence confidence)
        {
            output.WriteLine(ConfidenceRun.Describe(confidence));
        }

        output.WriteLine($"log:   {folder}");
        if (!finished && Seeds is null)
        {
            output.WriteLine($"Resume: showtell refine --resume {Terminal.Quoted(folder)}");
        }

        return finished ? App.Success : App.Interrupted;
    }

    private SelfCriticalOptions Read(ParseResult result)
    {
        var options = new SelfCriticalOptions
        {
            Samples = result.GetValue(_samples),
            Temperature = result.GetValue(_temperature),
            CrossEntropyShare = result.GetValue(_share),
            BatchSize = result.GetValue(_batch),
            Epochs = result.GetValue(_epochs),
            LearningRate = result.GetValue(_learningRate),
            ClipNorm = result.GetValue(_clip),
            AverageDecay = result.GetValue(_average),
            Mirror = result.GetValue(_mirror),
            Seed = result.Seed(),
        };
        options.Validate();
        return options;
    }
}
