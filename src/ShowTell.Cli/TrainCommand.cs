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
    /// <summary>Beyond this a single matrix of the model would be too large for an array.</summary>
    private const int GreatestSize = 16_384;

    private readonly Argument<string> _dataset = Options.Named(
        "DATASET", $"{Options.DatasetDescription} Or, with --captions, a folder of photos.");

    private readonly PhotoFlags _photos = new();
    private readonly Option<string> _features = Options.Features();
    private readonly Option<string> _out = Options.Path("--out", "FILE", "The model file to write.");
    private readonly Option<string> _architecture = Options.OneOf(
        "--architecture",
        "recurrent|attention",
        "The network: attention looks at the places of a grid word by word.",
        "recurrent",
        "recurrent",
        "attention");

    private readonly Option<string> _cell =
        Options.OneOf("--cell", "rnn|lstm|gru", "The recurrent layer.", "lstm", "rnn", "lstm", "gru");

    private readonly Option<int> _layers = Options.Positive(
        "--layers", "Recurrent layers, one upon the other.", 1, CaptioningOptions.MostLayers);

    private readonly Option<int> _hidden =
        Options.Positive("--hidden", "Elements of the hidden state.", 512, GreatestSize);

    private readonly Option<int> _wordVector =
        Options.Positive("--wordvec", "Elements of a word's vector.", 256, GreatestSize);

    private readonly Option<bool> _imageCell = new("--image-cell")
    {
        Description = "Let the first cell state of an LSTM come from the image too, not only the hidden state.",
    };

    private readonly Option<bool> _tieEmbeddings = new("--tie-embeddings")
    {
        Description = "Score words with their own vectors; --wordvec must be --hidden.",
    };

    private readonly Option<double> _dropout = Share("--dropout", "Dropout between layers and before the scores.");
    private readonly Option<double> _featureDropout = Share("--feature-dropout", "Dropout of the images' features.");
    private readonly Option<double> _embeddingDropout = Share("--embedding-dropout", "Dropout of the words' vectors.");
    private readonly Option<double> _labelSmoothing = Share(
        "--label-smoothing", "Share of the right word that the loss spreads over all words.");

    private readonly Option<string> _tokens =
        Options.OneOf("--tokens", "word|char", "What captions are made of.", "word", "word", "char");

    private readonly Option<int> _batch = Options.Positive(
        "--batch", "Captions of a minibatch. [default: 25; 64 with --captions]", defaultValue: null);

    private readonly Option<int> _epochs = Options.Positive(
        "--epochs", "How often every caption is seen. [default: 50; 8 with --captions]", null, greatest: 10_000);

    private readonly Option<string> _optimizer = Options.OneOf(
        "--optimizer",
        "RULE",
        "The update rule: sgd, momentum, rmsprop or adam.",
        defaultValue: "adam",
        "sgd",
        "momentum",
        "rmsprop",
        "adam");

    private readonly Option<double> _learningRate = Options.Number(
        "--lr",
        "Learning rate. [default: 5e-3 with adam, 1e-2 with another rule; 1e-3 with --captions]",
        defaultValue: null,
        value => value > 0 && double.IsFinite(value),
        "a number above 0");

    private readonly Option<double> _decay = Options.Number(
        "--lr-decay",
        "Factor of the learning rate after every epoch. [default: 0.95; 0.8 with --captions]",
        defaultValue: null,
        value => value is > 0 and <= 1,
        "a number above 0, at most 1");

    private readonly Option<int> _maxTrain = Options.Positive(
        "--max-train", "Train on so many captions, drawn at random. [default: all]", defaultValue: null);

    private readonly Option<string> _keep = Options.OneOf(
        "--keep",
        "best|last",
        "The epoch whose weights are kept: the best on validation captions, or the last. "
        + "[default: best; last with --max-train]",
        defaultValue: null,
        "best",
        "last");

    private readonly Option<int> _printEvery =
        Options.Positive("--print-every", "Iterations from line to line, where there is no progress bar.", 10);

    private readonly Option<ulong> _seed = Options.Seed();
    private readonly Option<string> _log = Options.Path(
        "--log", "DIR", "Folder for metrics.jsonl and loss.svg. [default: beside FILE, its name with -log]");

    public static Command Create()
    {
        var train = new TrainCommand();
        train._out.Required = true;
        var command = new CommandWithExamples(
            "train",
            "Train a captioner and write it as one model file.",
            "showtell train scenes --out scenes.safetensors --epochs 5",
            "showtell train coco --out lstm.safetensors --epochs 10 --lr 1e-3",
            "showtell train coco --out rnn.safetensors --cell rnn --max-train 50",
            "showtell train photos --captions c.csv --backbone net.onnx --out m.safetensors")
        {
            train._dataset, train._features, train._out,
            train._architecture, train._cell, train._layers, train._hidden, train._wordVector,
            train._imageCell, train._tieEmbeddings, train._dropout, train._featureDropout, train._embeddingDropout,
            train._labelSmoothing, train._tokens,
            train._batch, train._epochs, train._optimizer, train._learningRate, train._decay, train._maxTrain,
            train._keep, train._printEvery, train._seed, train._log,
        };
        train._photos.AddTo(command);
        command.SetAction((result, cancellation) => Task.FromResult(train.Run(result, cancellation)));
        return command;
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        string path = result.GetRequiredValue(_out);
        OutputPath.RequireFile(path);
        int? maxTrain = Given(result, _maxTrain);
        RequireFitting(result);
        Architecture architecture = ArchitectureOf(result);
        string name = _photos.Prepare(
            result, result.GetRequiredValue(_dataset), path, architecture, result.GetValue(_seed), cancellation);
        using LoadedDataset loaded = LoadedDataset.Load(name, Options.IsPca(result, _features));
        RequireGrid(loaded.Captions, architecture);
        loaded.LimitTrain(maxTrain, result.GetValue(_seed));
        CaptionDataset words = loaded.Captions;
        CaptionDataset dataset = result.GetValue(_tokens) == "char" ? words.WithCharacterTokens() : words;
        string folder = result.GetValue(_log)
            ?? Path.Combine(Path.GetDirectoryName(path) ?? "", $"{Path.GetFileNameWithoutExtension(path)}-log");
        using var run = new TrainingRun(words, dataset, Request(result), path, folder, output)
        {
            Network = _photos.Network(result, words),
            KeepBest = (result.GetValue(_keep) ?? (maxTrain is null ? "best" : "last")) == "best",
        };
        PrintStart(output, dataset, run.Solver);
        bool finished = run.Train(cancellation);
        output.WriteLine();
        run.PrintModel();
        output.WriteLine($"log:   {folder}");

        if (words.PhotoRecipe is not null)
        {
            string network = run.Network.IsEmpty && _photos.Backbone(result) is string given
                ? $" --backbone {Terminal.Quoted(given)}"
                : "";
            output.WriteLine($"Try:   showtell caption {Terminal.Quoted(path)} photo.jpg{network}");
        }

        // Few captions are learned by heart: of other images such a model knows nothing.
        string split = maxTrain is null ? "" : " --split train";
        output.WriteLine(
            $"Try:   showtell sample {Terminal.Quoted(path)} {Terminal.Quoted(name)}{split} --count 20 "
            + "--out page.html");
        return finished ? App.Success : App.Interrupted;
    }

    private TrainingRequest Request(ParseResult result) => new()
    {
        Architecture = ArchitectureOf(result),
        Cell = Enum.Parse<CellKind>(result.GetRequiredValue(_cell), ignoreCase: true),
        HiddenSize = result.GetValue(_hidden),
        WordVectorSize = result.GetValue(_wordVector),
        Layers = result.GetValue(_layers),
        ImageCell = result.GetValue(_imageCell),
        TieEmbeddings = result.GetValue(_tieEmbeddings),
        Solver = new SolverOptions
        {
            UpdateRule = Enum.Parse<UpdateRule>(result.GetRequiredValue(_optimizer), ignoreCase: true),
            LearningRate = Given(result, _learningRate)
                ?? (_photos.AreGiven(result) ? 1e-3 : result.GetValue(_optimizer) == "adam" ? 5e-3 : 1e-2),
            LearningRateDecay = Given(result, _decay) ?? (_photos.AreGiven(result) ? 0.8 : 0.95),
            BatchSize = Given(result, _batch) ?? (_photos.AreGiven(result) ? 64 : 25),
            Epochs = Given(result, _epochs) ?? (_photos.AreGiven(result) ? 8 : 50),
            Seed = result.GetValue(_seed),
            Regularization = new Regularization
            {
                Dropout = result.GetValue(_dropout),
                FeatureDropout = result.GetValue(_featureDropout),
                EmbeddingDropout = result.GetValue(_embeddingDropout),
                LabelSmoothing = result.GetValue(_labelSmoothing),
            },
            PrintEvery = result.GetValue(_printEvery),
        },
    };

    private static T? Given<T>(ParseResult result, Option<T> option)
        where T : struct => result.GetResult(option) is null ? null : result.GetValue(option);

    private static Option<double> Share(string name, string description) => Options.Number(
        name, description, 0, value => value is >= 0 and < 1, "a number from 0 to below 1");

    private Architecture ArchitectureOf(ParseResult result) =>
        Enum.Parse<Architecture>(result.GetRequiredValue(_architecture), ignoreCase: true);

    private static void RequireGrid(CaptionDataset dataset, Architecture architecture)
    {
        if (architecture == Architecture.Attention && dataset.Places == 1)
        {
            throw new DataException(
                $"{dataset.Train.Features.Origin}: has one vector an image; --architecture attention needs features of "
                + "the places of a grid. Make them by: "
                + "showtell features DATASET --backbone NET --grid 7 --standardize");
        }
    }

    private void RequireFitting(ParseResult result)
    {
        if (ArchitectureOf(result) == Architecture.Attention
            && (result.GetValue(_cell) != "lstm" || result.GetValue(_layers) > 1 || result.GetValue(_imageCell)))
        {
            throw new ShowTellException(
                "--architecture attention is one layer of an LSTM whose states begin with the image: "
                + "it excludes --cell, --layers and --image-cell.");
        }

        if (result.GetValue(_tieEmbeddings) && result.GetValue(_wordVector) != result.GetValue(_hidden))
        {
            throw new ShowTellException(string.Create(
                CultureInfo.InvariantCulture,
                $"--tie-embeddings needs --wordvec and --hidden to be the same; they are "
                + $"{result.GetValue(_wordVector)} and {result.GetValue(_hidden)}."));
        }

        if (result.GetValue(_imageCell) && result.GetValue(_cell) != "lstm")
        {
            throw new ShowTellException($"--image-cell needs --cell lstm; it is {result.GetValue(_cell)}.");
        }
    }

    private static void PrintStart(TextWriter output, CaptionDataset dataset, CaptioningSolver solver)
    {
        CaptioningOptions options = solver.Model.Options;
        string tokens = dataset.Vocabulary.Kind == TokenKind.Word ? "words" : "characters";
        string layers = options.Architecture == Architecture.Attention ? $" with attention to {options.Places} places"
            : options.Layers > 1 ? $", {options.Layers} layers" : "";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"data:  {dataset.Train.Count:N0} captions of {dataset.Origin}, {options.VocabularySize:N0} {tokens}, "
            + $"{options.FeatureSize} features an image"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"model: {options.Cell.ToString().ToUpperInvariant()}{layers}, {options.ParameterCount:N0} parameters, "
            + $"{solver.IterationsPerEpoch:N0} iterations an epoch"));
    }
}
