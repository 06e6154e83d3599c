using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Evaluation;
using ShowTell.ModelFiles;
using ShowTell.Training;

namespace ShowTell.Cli;

/// <summary><c>showtell refine</c>: trains a model further on the score of its own captions.</summary>
internal sealed class RefineCommand
{
    private const int MostSamples = 100;

    private readonly Argument<string> _model = Options.Model();
    private readonly Argument<string> _dataset = Options.Dataset();
    private readonly Option<string> _out = Options.Path("--out", "FILE", "The model file to write.", isRequired: true);
    private readonly Option<int> _epochs = Options.Positive("--epochs", "How often every image is seen.", 3);
    private readonly Option<double> _learningRate =
        Options.Number("--lr", NumberRange.Positive, "Learning rate of Adam.", 5e-5);

    private readonly Option<int> _batch = Options.Positive("--batch", "Images of a step.", 20);
    private readonly Option<int> _samples = Options.Positive(
        "--samples", "Captions drawn for an image at a step, 2 at least.", 5, MostSamples);

    private readonly Option<double> _temperature = Options.Number(
        "--temperature",
        NumberRange.Positive,
        "Temperature that they are drawn at: below 1 nearer to what the model would say.",
        0.6);

    private readonly Option<double> _share = Options.Number(
        "--xe-share", NumberRange.BelowOne, "Share of the loss that is cross-entropy on true captions.", 0.1);

    private readonly Option<double> _clip = Options.Number(
        "--clip", NumberRange.Positive, "The greatest norm of all gradients together.", 1);

    private readonly Option<double> _average = Options.Number(
        "--average", NumberRange.BelowOne, "Keep a moving average of the weights with this decay; 0 for none.", 0.99);

    private readonly Option<int> _images = Options.Positive(
        "--select-images", "Validation images that are captioned after every epoch, at most.", 1000);

    private readonly Option<int> _beam = Options.Positive(
        "--select-beam", "Beam that they are captioned with.", 3, SelectionFlags.WidestBeam);

    private readonly Option<string> _references = Options.References();
    private readonly Option<ulong> _seed = Options.Seed();
    private readonly Option<int> _printEvery = Options.PrintEvery();
    private readonly Option<string> _log = Options.Log("score.svg");

    public Command Create() => new CommandWithExamples(
        "refine",
        "Train a model further on the CIDEr-D of its own captions (self-critical training).",
        Run,
        "showtell refine lstm.safetensors flickr8k --out better.safetensors",
        "showtell refine m.safetensors flickr8k --out better.safetensors --epochs 10")
    {
        _model, _dataset, _out, _epochs, _learningRate, _batch, _samples, _temperature, _share, _clip, _average,
        _images, _beam, _references, _seed, _printEvery, _log,
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        string path = result.GetRequiredValue(_out), model = result.GetRequiredValue(_model);
        OutputPath.RequireFiles(path);
        SelfCriticalOptions options = Read(result);
        ModelBundle bundle = ModelBundle.Load(model);
        if (bundle.Vocabulary.Kind != TokenKind.Word)
        {
            throw new IncompatibleException(
                $"{model}: says characters; a model of words is needed, which CIDEr can score.");
        }

        using var loaded = LoadedDataset.LoadOf(model, bundle, result.GetRequiredValue(_dataset));
        CaptionDataset dataset = loaded.Captions;
        CaptionEvaluation evaluation = SelectionFlags.Evaluation(
            loaded,
            dataset,
            result.GetValue(_references),
            result.GetValue(_beam),
            result.GetValue(_images),
            options.Seed);
        string folder = result.GetValue(_log) ?? LogFolder.Of(path);
        using var run = new RefineRun(bundle, dataset, options, evaluation, path, folder, output)
        {
            PrintEvery = result.GetValue(_printEvery),
        };
        output.WriteLine(
            $"data:  {dataset.Train.CaptionedImages().Count:N0} images of {dataset.Origin}, "
            + $"{run.Training.IterationsPerEpoch:N0} iterations an epoch");
        bool finished = run.Train(cancellation);
        PrintModel(output, run.Training, model, path);
        output.WriteLine($"log:   {folder}");
        return finished ? App.Success : App.Interrupted;
    }

    private static void PrintModel(TextWriter output, SelfCriticalTraining training, string model, string path)
    {
        string which = training.BestEpoch == 0
            ? $"the weights of {model}, as no epoch made them better"
            : $"weights of epoch {training.BestEpoch}";
        output.WriteLine();
        output.WriteLine(
            $"model: {path} ({which}, score {training.ScoreHistory[training.BestEpoch]:F4}, "
            + $"before {training.ScoreHistory[0]:F4})");
    }

    private SelfCriticalOptions Read(ParseResult result)
    {
        int samples = result.GetValue(_samples);
        return samples == 1
            ? throw new IncompatibleException(
                "--samples is 1; 2 at least are needed, for each is compared with the others.")
            : new SelfCriticalOptions
            {
                Samples = samples,
                Temperature = result.GetValue(_temperature),
                CrossEntropyShare = result.GetValue(_share),
                BatchSize = result.GetValue(_batch),
                Epochs = result.GetValue(_epochs),
                LearningRate = result.GetValue(_learningRate),
                ClipNorm = result.GetValue(_clip),
                AverageDecay = result.GetValue(_average),
                Seed = Options.SeedOf(result),
            };
    }
}
