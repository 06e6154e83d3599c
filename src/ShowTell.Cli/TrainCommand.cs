using System.CommandLine;
using System.Globalization;
using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Training;

namespace ShowTell.Cli;

/// <summary><c>showtell train</c>: a dataset in, a model file out.</summary>
internal sealed class TrainCommand
{
    /// <summary>An epoch's weights are written to the model file as it ends, but not more often than this.</summary>
    private static readonly TimeSpan s_saveInterval = TimeSpan.FromSeconds(30);

    private readonly Argument<string> _dataset = Options.Dataset();
    private readonly Option<string> _out = new("--out") { Description = "The model file to write.", Required = true, HelpName = "FILE" };
    private readonly Option<string> _cell = Options.OneOf("--cell", "The recurrent layer.", "lstm", "rnn", "lstm");
    private readonly Option<int> _hidden = Options.Positive("--hidden", "Elements of the hidden state.", 512);
    private readonly Option<int> _wordVector = Options.Positive("--wordvec", "Elements of a word's vector.", 256);
    private readonly Option<string> _tokens = Options.OneOf("--tokens", "What captions are made of.", "word", "word", "char");
    private readonly Option<int> _batch = Options.Positive("--batch", "Captions of a minibatch.", 25);
    private readonly Option<int> _epochs = Options.Positive("--epochs", "How often every caption is seen.", 50);
    private readonly Option<string> _optimizer =
        Options.OneOf("--optimizer", "The update rule.", "adam", "sgd", "momentum", "rmsprop", "adam");

    private readonly Option<double> _learningRate =
        Options.Number("--lr", "Learning rate.", 5e-3, value => value > 0 && double.IsFinite(value), "a number above 0");

    private readonly Option<double> _decay = Options.Number(
        "--lr-decay", "What the learning rate is multiplied by after every epoch.", 0.95, value => value is > 0 and <= 1, "a number above 0, at most 1");

    private readonly Option<int> _maxTrain = Options.Positive("--max-train", "Train on so many captions, drawn at random. [default: all]", 0);
    private readonly Option<string?> _keep = new("--keep")
    {
        Description = "Whose epoch's weights to write: the best on validation captions, or the last. [default: best; last with --max-train]",
        HelpName = "best|last",
    };

    private readonly Option<int> _printEvery = Options.Positive("--print-every", "Print a line every so many iterations, where there is no progress bar.", 10);
    private readonly Option<ulong> _seed = Options.Seed();
    private readonly Option<string?> _log = new("--log")
    {
        Description = "Folder for metrics.jsonl and loss.svg. [default: beside the model file, NAME-log]",
        HelpName = "DIR",
    };

    public static Command Create()
    {
        var train = new TrainCommand();
        train._maxTrain.DefaultValueFactory = null!;
        train._keep.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: not ("best" or "last") and var value }, ..])
            {
                result.AddError($"--keep is \"{value}\"; one of best, last was expected.");
            }
        });
        var command = new Command(
            "train",
            """
            Train a captioner and write it as one model file.

            Examples:
              showtell train scenes --out scenes.safetensors --epochs 5
              showtell train coco_captioning --out lstm.safetensors --epochs 10 --lr 1e-3 --batch 128
              showtell train coco_captioning --out small.safetensors --cell rnn --max-train 50
            """)
        {
            train._dataset, train._out, train._cell, train._hidden, train._wordVector, train._tokens, train._batch,
            train._epochs, train._optimizer, train._learningRate, train._decay, train._maxTrain, train._keep,
            train._printEvery, train._seed, train._log,
        };
        command.SetAction((result, cancellation) => Task.FromResult(train.Run(result, cancellation)));
        return command;
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        string path = result.GetRequiredValue(_out);
        RequireWritable(path);
        ulong seed = result.GetValue(_seed);
        int? maxTrain = result.GetResult(_maxTrain) is null ? null : result.GetValue(_maxTrain);
        bool keepBest = (result.GetValue(_keep) ?? (maxTrain is null ? "best" : "last")) == "best";
        using LoadedDataset loaded = LoadedDataset.Load(result.GetRequiredValue(_dataset), maxTrain, seed);
        CaptionDataset words = loaded.Captions;
        CaptionDataset dataset = result.GetValue(_tokens) == "char" ? words.WithCharacterTokens() : words;
        TrainingRequest request = Request(result, output);
        CaptioningSolver solver = Trainer.Create(dataset, request);
        PrintStart(output, dataset, solver);

        string name = Path.GetFileNameWithoutExtension(path);
        string folder = result.GetValue(_log) ?? Path.Combine(Path.GetDirectoryName(path) ?? "", $"{name}-log");
        using var log = new TrainingLog(folder);
        var saver = new ModelSaver(path, solver, words, dataset, request, keepBest);
        bool finished;
        try
        {
            finished = Trainer.Train(
                solver,
                output,
                progress =>
                {
                    log.Report(progress, solver);
                    if (progress.IsEndOfEpoch)
                    {
                        saver.SaveAtMostEvery(s_saveInterval);
                    }
                },
                cancellation);
        }
        catch (TrainingDivergedException error) when (solver.BestEpoch > 0)
        {
            saver.SaveBest();
            throw new TrainingDivergedException($"{error.Message} The weights of epoch {solver.BestEpoch} are in {path}.", error);
        }

        if (!finished && solver.LossHistory.Count == 0)
        {
            throw new OperationCanceledException(cancellation);
        }

        log.DrawPlot(solver);
        int epoch = saver.Save();
        output.WriteLine(finished ? "" : $"Stopped after {solver.LossHistory.Count} iterations.");
        output.WriteLine($"model   {path} (weights after epoch {epoch}{Loss(solver, epoch)})");
        output.WriteLine($"log     {folder}");
        output.WriteLine($"Try: showtell sample {path} {result.GetValue(_dataset)} --split val --count 20 --out page.html");
        return finished ? 0 : 130;
    }

    private TrainingRequest Request(ParseResult result, TextWriter output) => new()
    {
        Cell = Enum.Parse<CellKind>(result.GetRequiredValue(_cell), ignoreCase: true),
        HiddenSize = result.GetValue(_hidden),
        WordVectorSize = result.GetValue(_wordVector),
        Solver = new SolverOptions
        {
            UpdateRule = Enum.Parse<UpdateRule>(result.GetRequiredValue(_optimizer), ignoreCase: true),
            LearningRate = result.GetValue(_learningRate),
            LearningRateDecay = result.GetValue(_decay),
            BatchSize = result.GetValue(_batch),
            Epochs = result.GetValue(_epochs),
            Seed = result.GetValue(_seed),
            Log = Terminal.IsInteractive(output) ? null : output,
            PrintEvery = result.GetValue(_printEvery),
        },
    };

    /// <summary>Hours of training must not end with a file that cannot be written.</summary>
    private static void RequireWritable(string path)
    {
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;
            Directory.CreateDirectory(folder);
            using var probe = new FileStream(
                Path.Combine(folder, $".{Guid.NewGuid():N}.probe"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ShowTellException($"{path}: cannot be written: {error.Message}", error);
        }

        if (Directory.Exists(path))
        {
            throw new ShowTellException($"{path}: is a folder; --out takes the name of a file.");
        }
    }

    private static void PrintStart(TextWriter output, CaptionDataset dataset, CaptioningSolver solver)
    {
        CaptioningOptions options = solver.Model.Options;
        string tokens = dataset.Vocabulary.Kind == TokenKind.Word ? "words" : "characters";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{dataset.Train.Count:N0} captions of {dataset.Origin}, {options.VocabularySize:N0} {tokens}, {options.FeatureSize} features; {options.Cell.ToString().ToUpperInvariant()} with {options.ParameterCount:N0} parameters; {solver.IterationsPerEpoch:N0} iterations an epoch"));
    }

    private static string Loss(CaptioningSolver solver, int epoch) =>
        epoch > 0 && epoch <= solver.ValidationLossHistory.Count
            ? string.Create(CultureInfo.InvariantCulture, $", validation loss {solver.ValidationLossHistory[epoch - 1]:F3}")
            : "";
}
