using ShowTell.Cli.Support;
using ShowTell.Datasets.Import;

namespace ShowTell.Cli;

/// <summary><c>showtell data import</c>: makes a dataset folder of a caption file and a folder of photos.</summary>
internal sealed class DataImportCommand
{
    private readonly Argument<string> _captions = Options.Named("CAPTIONS", ImportFlags.CaptionFiles);
    private readonly Option<string> _photos =
        Options.Path("--photos", "DIR", "The folder of the photos.", isRequired: true);
    private readonly Option<string> _out =
        Options.Path("--out", "FOLDER", "The dataset folder to make.", isRequired: true);
    private readonly ImportFlags _flags = new();
    private readonly Option<ulong> _seed = Options.Seed();
    private readonly Option<bool> _json = Options.Json();

    public Command Create()
    {
        var command = new CommandWithExamples(
            "import",
            "Make a dataset folder of captions and photos.",
            Run,
            "showtell data import captions_train2014.json --photos photos --out coco",
            "showtell data import captions.csv --photos photos --vocabulary 1000 --out mine")
        {
            _captions, _photos, _out, _flags.All, _seed, _json,
        };
        command.Validators.Add(_flags.Validate);
        return command;
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        string folder = result.GetRequiredValue(_out);
        TextWriter output = result.InvocationConfiguration.Output;
        bool isJson = result.GetValue(_json);
        ImportOptions options =
            _flags.Read(result, result.GetRequiredValue(_captions), result.GetRequiredValue(_photos));
        ImportSummary summary = Import(options, folder, output, isJson, cancellation);
        if (isJson)
        {
            Json.Print(output, summary);
        }
        else
        {
            Print(output, summary);
            output.WriteLine($"dataset: {folder}");
        }

        return App.Success;
    }

    /// <summary>Imports with a progress bar on a terminal.</summary>
    public static ImportSummary Import(
        ImportOptions options, string folder, TextWriter output, bool isSilent, CancellationToken cancellation) =>
        Terminal.Watch(
            output,
            "reading captions",
            isSilent,
            progress => DatasetImport.Run(options, folder, progress, cancellation));

    public static void Print(TextWriter output, ImportSummary summary)
    {
        Terminal.PrintTable(
            output,
            summary.Splits,
            split => split.Split,
            ("photos", split => $"{split.Photos:N0}"),
            ("captions", split => $"{split.Captions:N0}"),
            ("left out: too many words", split => $"{split.TooLong:N0}"),
            ("left out: no word", split => $"{split.Empty:N0}"),
            ("unknown words", split => $"{100 * split.UnknownShare:F1}%"));
        output.WriteLine($"vocabulary: {summary.Words:N0} words");
        output.WriteLine($"photos in neither split, left out: {summary.Unassigned:N0}");
        PrintNames(output, "photos missing from the folder, left out", summary.MissingPhotos);
        PrintNames(output, "listed photos without captions", summary.WithoutCaptions);
    }

    private static void PrintNames(TextWriter output, string what, NamedCount names)
    {
        string more = names.Count > names.First.Count ? ", ..." : "";
        string shown = names.Count == 0 ? "" : $" ({string.Join(", ", names.First)}{more})";
        output.WriteLine(Terminal.Plain($"{what}: {names.Count:N0}{shown}"));
    }
}
