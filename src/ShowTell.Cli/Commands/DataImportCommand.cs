using ShowTell.Datasets;
using ShowTell.Datasets.Import;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell data import</c>: makes a dataset folder from a caption file and a folder of photos.</summary>
internal sealed class DataImportCommand
{
    private readonly Argument<string[]> _captions = NewOption.Files("CAPTIONS", ImportFlags.CaptionFiles);

    private readonly Option<string> _photos = NewOption.Path(
        "--photos", "DIR", "The folder of the photos, unless they come with the captions.");

    private readonly Option<string> _out =
        NewOption.Path("--out", "FOLDER", "The dataset folder to make.", isRequired: true);

    private readonly ImportFlags _import = new();
    private readonly Option<string> _tokens = SharedOptions.Tokens();
    private readonly Option<bool> _replace = NewOption.Flag(
        "--replace", "Replace the captions and the vocabulary of a dataset; features of the same photos stay.");

    private readonly Option<bool> _json = SharedOptions.Json();

    public Command Create() => new CommandWithExamples(
        "import",
        "Make a dataset folder from captions and photos.",
        Run,
        "showtell data import captions_train2014.json --photos photos --out coco",
        "showtell data import captions.csv --photos photos --vocabulary 1000 --out mine",
        "showtell data import photos-with-texts --out mine",
        "showtell data import shards/00000..00009.tar --out mine")
    {
        _captions, _photos, _out, _import.All, _tokens, _replace, NewOption.Seed(), _json,
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        string folder = result.GetRequiredValue(_out);
        bool isJson = result.GetValue(_json);
        ImportOptions options = _import.Read(
            result, result.GetRequiredValue(_captions), result.GetValue(_photos), result.GetValue(_tokens) == "char");
        OutputPath.EnsureNoFile(folder);
        ImportSummary summary = ImportRun.Import(
            options, folder, result.GetValue(_replace), result.Output(), isJson, cancellation);
        if (isJson)
        {
            Json.Print(result.Output(), summary);
        }
        else
        {
            ImportRun.Print(result.Output(), summary);
            result.Output().WriteLine($"dataset: {folder}");
            result.Output().WriteLine(Directory.Exists(Path.Combine(folder, DatasetManifest.FeaturesFolder))
                ? $"Try:     showtell train {Terminal.Quoted(folder)} --out model.safetensors"
                : $"Try:     showtell features {Terminal.Quoted(folder)} --backbone net.onnx");
        }

        return App.Success;
    }
}
