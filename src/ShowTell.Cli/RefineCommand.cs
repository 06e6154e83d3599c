using System.CommandLine;
using System.Globalization;
using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Training;

namespace ShowTell.Cli;

/// <summary><c>showtell refine</c>: trains a model further on the score of its own captions.</summary>
internal sealed class RefineCommand
{
    private const int MostSamples = 100;

    private readonly Argument<string> _model = Options.Model();
    private readonly Argument<string> _dataset = Options.Dataset();
    private readonly Option<string> _out = Options.Path("--out", "FILE", "The model file to write.");
    private readonly Option<int> _epochs = Options.Positive("--epochs", "How often every image is seen.", 5);
    private readonly Option<double> _learningRate = Options.Number(
        "--lr", "Learning rate of Adam.", 5e-5, value => value > 0 && double.IsFinite(value), "a number above 0");

    private readonly Option<int> _batch = Options.Positive("--batch", "Images of a step.", 20);
    private readonly Option<int> _samples = Options.Positive(
        "--samples", "Captions drawn for an image at a step, 2 at least.", 5, MostSamples);

    private readonly Option<double> _share = Options.Number(
        "--xe-share",
        "Share of the loss that is cross-entropy on true captions.",
        0.1,
        value => value is >= 0 and < 1,
        "a number from 0 to below 1");

    private readonly Option<double> _clip = Options.Number(
        "--clip",
        "The greatest norm of all gradients together.",
        1,
        value => value > 0 && double.IsFinite(value),
        "a number above 0");

    private readonly Option<int> _images = Options.Positive(
        "--select-images",
        "Validation images that are captioned after every epoch, at most.",
        SelectionFlags.DefaultImages);

    private readonly Option<int> _beam = Options.Positive(
        "--select-beam", "Beam that they are captioned with.", 1, SelectionFlags.WidestBeam);

    private readonly Option<string> _references = Options.References();
    private readonly Option<ulong> _seed = Options.Seed();
    private readonly Option<int> _printEvery = Options.Positive("--print-every", "Iterations from line to line.", 10);

    public Command Create()
    {
        _out.Required = true;
        var command = new CommandWithExamples(
            "refine",
            "Train a model further on the CIDEr-D of its own captions (self-critical training).",
            "showtell refine lstm.safetensors flickr8k --out better.safetensors",
            "showtell refine m.safetensors flickr8k --out better.safetensors --epochs 10")
        {
            _model, _dataset, _out, _epochs, _learningRate, _batch, _samples, _share, _clip, _images, _beam,
            _references, _seed, _printEvery,
        };
        command.SetAction((result, cancellation) => Task.FromResult(Run(result, cancellation)));
        return command;
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        string path = result.GetRequiredValue(_out), model = result.GetRequiredValue(_model);
        OutputPath.RequireFile(path);
        SelfCriticalOptions options = Read(result);
        ModelBundle bundle = ModelBundle.Load(model);
        if (bundle.Vocabulary.Kind != TokenKind.Word)
        {
            throw new PairingException($"{model}: says characters; a model of words is needed, which CIDEr can score.");
        }

        using LoadedDataset loaded = LoadedDataset.LoadFor(bundle, result.GetRequiredValue(_dataset));
        loaded.RequireFits(model, bundle);
        loaded.LimitTrain(bundle.Training.TrainCaptions, bundle.Training.Seed);
        CaptionDataset dataset = loaded.Captions;
        var training = new SelfCriticalTraining(bundle.Model, dataset, options with
        {
            Score = SelectionFlags.Cider(
                loaded,
                dataset,
                result.GetValue(_references),
                result.GetValue(_beam),
                result.GetValue(_images),
                options.Seed),
        });
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"data:  {dataset.Train.CaptionedImages().Count:N0} images of {dataset.Origin}, "
            + $"{training.IterationsPerEpoch:N0} iterations an epoch"));
        return Train(result, training, bundle, options, cancellation);
    }

    private int Train(
        ParseResult result,
        SelfCriticalTraining training,
        ModelBundle bundle,
        SelfCriticalOptions options,
        CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        string path = result.GetRequiredValue(_out);
        int printEvery = result.GetValue(_printEvery);
        bool finished = training.Train(
            progress =>
            {
                Print(output, progress, training, printEvery);
                if (progress.IsEndOfEpoch && training.BestEpoch == progress.Epoch)
                {
                    Save(path, training, bundle, options);
                }
            },
            cancellation);
        if (!finished && training.BestEpoch == 0)
        {
            throw new OperationCanceledException(cancellation);
        }

        if (training.BestEpoch == 0)
        {
            Save(path, training, bundle, options);
        }

        string which = training.BestEpoch == 0
            ? $"the weights of {result.GetValue(_model)}, as no epoch made them better"
            : $"weights of epoch {training.BestEpoch}";
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"model: {path} ({which}, score {training.ScoreHistory[training.BestEpoch]:F4}, "
            + $"before {training.ScoreHistory[0]:F4})"));
        return finished ? App.Success : App.Interrupted;
    }

    private SelfCriticalOptions Read(ParseResult result)
    {
        int samples = result.GetValue(_samples);
        return samples == 1
            ? throw new PairingException("--samples is 1; 2 at least are needed, for each is compared with the others.")
            : new SelfCriticalOptions
            {
                Samples = samples,
                CrossEntropyShare = result.GetValue(_share),
                BatchSize = result.GetValue(_batch),
                Epochs = result.GetValue(_epochs),
                LearningRate = result.GetValue(_learningRate),
                ClipNorm = result.GetValue(_clip),
                Seed = result.GetValue(_seed),
            };
    }

    private static void Print(
        TextWriter output, SelfCriticalProgress progress, SelfCriticalTraining training, int printEvery)
    {
        if (progress.Iteration == 1)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"(Epoch 0) score: {training.ScoreHistory[0]:F4}"));
        }

        if ((progress.Iteration - 1) % printEvery == 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{progress}, {progress.CaptionsPerSecond:F0} captions/s"));
        }

        if (progress.IsEndOfEpoch)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"(Epoch {progress.Epoch}) mean reward: {progress.EpochReward:F4}, score: {progress.Score:F4}"));
        }
    }

    /// <summary>All that was in the model's file stays, but for the weights.</summary>
    private static void Save(
        string path, SelfCriticalTraining training, ModelBundle bundle, SelfCriticalOptions options)
    {
        ModelBundle refined = bundle with
        {
            Model = new CaptioningModel<float>(bundle.Model.Options, training.BestParameters),
        };
        if (training.BestEpoch > 0)
        {
            refined = refined with
            {
                Training = bundle.Training with
                {
                    ValidationLoss = null,
                    Score = training.ScoreHistory[training.BestEpoch],
                    SelfCritical = new SelfCriticalRecord
                    {
                        Epoch = training.BestEpoch,
                        LearningRate = options.LearningRate,
                        BatchSize = options.BatchSize,
                        Samples = options.Samples,
                        CrossEntropyShare = options.CrossEntropyShare,
                        Seed = options.Seed,
                    },
                },
            };
        }

        refined.Save(path);
    }
}
