using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Reporting;
using ShowTell.Training;

namespace ShowTell.Cli;

/// <summary><c>showtell train</c>: a dataset in, a model file out.</summary>
internal sealed class TrainCommand
{
    private readonly Argument<string> _dataset = Options.Named(
        "DATASET", $"{Options.DatasetDescription} Or, with --captions, a folder of photos.");

    private readonly PhotoFlags _photos = new();
    private readonly Option<string> _features = Options.Features();
    private readonly Option<string> _out = Options.Path("--out", "FILE", "The model file to write.", isRequired: true);
    private readonly Option<string> _recipe = Recipe.Option();
    private readonly ModelFlags _model = new();
    private readonly SolverFlags _solver = new();
    private readonly SelectionFlags _selection = new();

    private readonly Option<int> _maxTrain = Options.Positive(
        "--max-train", "Train on so many captions, drawn at random. [default: all]");

    private readonly Option<ulong> _seed = Options.Seed();
    private readonly Option<string> _log = Options.Log("loss.svg");

    public Command Create()
    {
        var command = new CommandWithExamples(
            "train",
            "Train a captioner and write it as one model file.",
            Run,
            "showtell train scenes --out scenes.safetensors --epochs 5",
            "showtell train coco --out lstm.safetensors --epochs 10 --lr 1e-3",
            "showtell train coco --out rnn.safetensors --cell rnn --max-train 50",
            "showtell train flickr8k --recipe flickr8k-lstm --out m.safetensors",
            "showtell train photos --captions c.csv --backbone net.onnx --out m.safetensors")
        {
            _dataset, _recipe, _features, _out, _maxTrain, _seed, _log, _model.All, _solver.All, _selection.All,
            _photos.All,
        };
        command.Validators.Add(_photos.Validate);
        return command;
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        string path = result.GetRequiredValue(_out);
        OutputPath.RequireFiles(path);
        int? maxTrain = result.Given(_maxTrain);
        _model.RequireFitting(result);
        _solver.RequireFitting(result);
        _selection.RequireFitting(result);
        Architecture architecture = _model.Architecture(result);
        string name = _photos.Prepare(
            result, result.GetRequiredValue(_dataset), path, architecture, cancellation);
        using var loaded = LoadedDataset.Load(name, Options.IsPca(result, _features));
        ModelFlags.RequireGrid(loaded.Captions, architecture);
        loaded.LimitTrain(maxTrain, Options.SeedOf(result));
        CaptionDataset words = loaded.Captions;
        CaptionDataset dataset = _model.TokensOf(result, words);
        string folder = result.GetValue(_log) ?? LogFolder.Of(path);
        SolverOptions solver = _solver.Read(result, _photos.AreGiven(result)) with
        {
            Score = _selection.Score(result, loaded, dataset),
        };
        using var run = new TrainingRun(words, dataset, _model.Read(result, dataset), solver, path, folder, output)
        {
            Recipe = Path.GetFileName(result.GetValue(_recipe)),
            Options = Recipe.GivenOptions(result),
            Network = _photos.Network(result, words),
            KeepBest = _selection.KeepBest(result, all: maxTrain is null),
        };
        PrintStart(output, dataset, run.Solver);
        bool finished = run.Train(cancellation);
        output.WriteLine();
        run.PrintModel();
        output.WriteLine($"log:   {folder}");

        if (words.PhotoPipeline is not null)
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

    private static void PrintStart(TextWriter output, CaptionDataset dataset, CaptioningSolver solver)
    {
        CaptioningOptions options = solver.Model.Options;
        string tokens = dataset.Vocabulary.Kind == TokenKind.Word ? "words" : "characters";
        output.WriteLine(
            $"data:  {dataset.Train.Count:N0} captions of {dataset.Origin}, {options.VocabularySize:N0} {tokens}, "
            + $"{options.FeatureSize} features an image");
        output.WriteLine(
            $"model: {ModelFacts.Architecture(options)}, {options.ParameterCount:N0} parameters, "
            + $"{solver.IterationsPerEpoch:N0} iterations an epoch");
    }
}
