using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ShowTell.Cli.Support;
using ShowTell.Data.Import;
using Spectre.Console;

namespace ShowTell.Cli;

/// <summary><c>showtell data import</c>: makes a dataset folder of a caption file and a folder of photos.</summary>
internal sealed class DataImportCommand
{
    private static readonly JsonSerializerOptions s_json = new(Json.Options)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Argument<string> _captions = new("CAPTIONS") { Description = ImportFlags.CaptionFiles };
    private readonly Option<string> _photos = Options.Path("--photos", "DIR", "The folder of the photos.");
    private readonly Option<string> _out = Options.Path("--out", "FOLDER", "The dataset folder to make.");
    private readonly ImportFlags _flags = new();
    private readonly Option<ulong> _seed = Options.Seed();
    private readonly Option<bool> _json = Options.Json();

    public Command Create()
    {
        _photos.Required = true;
        _out.Required = true;
        var command = new CommandWithExamples(
            "import",
            "Make a dataset folder of captions and photos.",
            "showtell data import captions_train2014.json --photos photos --out coco",
            "showtell data import captions.csv --photos photos --vocabulary 1000 --out mine")
        {
            _captions, _photos, _out,
        };
        _flags.AddTo(command);
        command.Add(_seed);
        command.Add(_json);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_captions) is { Tokens: [{ Value: "" }] })
            {
                result.AddError($"CAPTIONS is empty. {_captions.Description}");
            }
        });
        command.SetAction(Run);
        return command;
    }

    private Task<int> Run(ParseResult result, CancellationToken cancellation)
    {
        string folder = result.GetRequiredValue(_out);
        TextWriter output = result.InvocationConfiguration.Output;
        bool isJson = result.GetValue(_json);
        ImportOptions options = _flags.Read(
            result, result.GetRequiredValue(_captions), result.GetRequiredValue(_photos), result.GetValue(_seed));
        ImportSummary summary = isJson
            ? DatasetImport.Run(options, folder, cancellation: cancellation)
            : Import(options, folder, output, cancellation);
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(summary, s_json));
        }
        else
        {
            Print(output, summary);
            output.WriteLine($"dataset: {folder}");
        }

        return Task.FromResult(App.Success);
    }

    /// <summary>Imports with a progress bar on a terminal.</summary>
    public static ImportSummary Import(
        ImportOptions options, string folder, TextWriter output, CancellationToken cancellation) =>
        !Terminal.IsInteractive(output)
            ? DatasetImport.Run(options, folder, cancellation: cancellation)
            : Terminal.For(output).Progress().Start(context =>
            {
                ProgressTask bar = context.AddTask("reading captions", maxValue: 1);
                return DatasetImport.Run(options, folder, share => bar.Value = share, cancellation);
            });

    public static void Print(TextWriter output, ImportSummary summary)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("");
        foreach (ImportedSplit split in summary.Splits)
        {
            table.AddColumn(new TableColumn(split.Split).RightAligned());
        }

        void AddRow(string what, Func<ImportedSplit, FormattableString> value) =>
            table.AddRow(
                [what, .. summary.Splits.Select(split => value(split).ToString(CultureInfo.InvariantCulture))]);
        AddRow("photos", split => $"{split.Photos:N0}");
        AddRow("captions", split => $"{split.Captions:N0}");
        AddRow("left out: too many words", split => $"{split.TooLong:N0}");
        AddRow("left out: no word", split => $"{split.Empty:N0}");
        AddRow("unknown words", split => $"{100 * split.UnknownShare:F1}%");
        Terminal.For(output).Write(table);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"vocabulary: {summary.Words:N0} words"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"photos in neither split, left out: {summary.Unassigned:N0}"));
        PrintNames(output, "photos missing from the folder, left out", summary.MissingPhotos);
        PrintNames(output, "listed photos without captions", summary.WithoutCaptions);
    }

    private static void PrintNames(TextWriter output, string what, NamedCount names)
    {
        string more = names.Count > names.First.Count ? ", ..." : "";
        string shown = names.Count == 0 ? "" : $" ({string.Join(", ", names.First)}{more})";
        output.WriteLine(Terminal.Plain(
            string.Create(CultureInfo.InvariantCulture, $"{what}: {names.Count:N0}{shown}")));
    }
}
