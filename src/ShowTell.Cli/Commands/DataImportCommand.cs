using ShowTell.Datasets.Import;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell data import</c>: makes a dataset folder from a caption file and a folder of photos.</summary>
internal sealed class DataImportCommand
{
    private readonly Argument<string> _captions = NewOption.Argument("CAPTIONS", ImportFlags.CaptionFiles);
    private readonly Option<string> _photos =
        NewOption.Path("--photos", "DIR", "The folder of the photos.", isRequired: true);

    private readonly Option<string> _out =
        NewOption.Path("--out", "FOLDER", "The dataset folder to make.", isRequired: true);

    private readonly ImportFlags _import = new();
    private readonly Option<bool> _json = SharedOptions.Json();

    public Command Create() => new CommandWithExamples(
        "import",
        "Make a dataset folder from captions and photos.",
        Run,
        "showtell data import captions_train2014.json --photos photos --out coco",
        "showtell data import captions.csv --photos photos --vocabulary 1000 --out mine")
    {
        _captions, _photos, _out, _import.All, NewOption.Seed(), _json,
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        string folder = result.GetRequiredValue(_out);
        bool isJson = result.GetValue(_json);
        ImportOptions options =
            _import.Read(result, result.GetRequiredValue(_captions), result.GetRequiredValue(_photos));
        ImportSummary summary = ImportRun.Import(options, folder, result.Output(), isJson, cancellation);
        if (isJson)
        {
            Json.Print(result.Output(), summary);
        }
        else
        {
            ImportRun.Print(result.Output(), summary);
            result.Output().WriteLine($"dataset: {folder}");
        }

        return App.Success;
    }
}
