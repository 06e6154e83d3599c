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
    private const int MostWords = 1000;

    private static readonly JsonSerializerOptions s_json = new(Json.Options)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Argument<string> _captions = new("CAPTIONS")
    {
        Description = "COCO's captions JSON, JSON with Karpathy's splits, Flickr8k's or Flickr30k's token file, "
            + "CSV of file,caption, or JSON lines with file and caption.",
    };

    private readonly Option<string> _photos = Options.Path("--photos", "DIR", "The folder of the photos.");
    private readonly Option<string> _out = Options.Path("--out", "FOLDER", "The dataset folder to make.");

    private readonly Option<string> _trainList = Options.Path(
        "--train-list", "FILE", "Names of the train photos, one a line; goes with --val-list.");

    private readonly Option<string> _validationList = Options.Path(
        "--val-list", "FILE", "Names of the validation photos, one a line; goes with --train-list.");

    private readonly Option<double> _fraction = Options.Number(
        "--val-fraction",
        "Share of photos drawn for validation, where neither lists nor CAPTIONS split them.",
        0.1,
        value => value is > 0 and < 1,
        "a number between 0 and 1");

    private readonly Option<int> _minimumCount = Options.Positive(
        "--min-count", "How often a word must occur to get into the vocabulary. [default: 5]", defaultValue: null);

    private readonly Option<int> _vocabulary = Options.Positive(
        "--vocabulary", "Make the vocabulary of the N most frequent words instead.", defaultValue: null);

    private readonly Option<int> _maxWords = Options.Positive(
        "--max-words", "The most words of a caption; longer ones are left out.", 15, MostWords);

    private readonly Option<bool> _keepCase = new("--keep-case") { Description = "Keep upper-case letters." };

    private readonly Option<bool> _keepPunctuation = new("--keep-punctuation") { Description = "Keep punctuation." };

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
            _captions, _photos, _out, _trainList, _validationList, _fraction, _minimumCount, _vocabulary, _maxWords,
            _keepCase, _keepPunctuation, _seed, _json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(_captions) is { Tokens: [{ Value: "" }] })
            {
                result.AddError($"CAPTIONS is empty. {_captions.Description}");
            }
            else if (result.GetResult(_trainList) is null != result.GetResult(_validationList) is null)
            {
                result.AddError("--train-list and --val-list go together: give both, or neither.");
            }
            else if (result.GetResult(_minimumCount) is not null && result.GetResult(_vocabulary) is not null)
            {
                result.AddError("--min-count and --vocabulary exclude each other: give one of them.");
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
        ImportSummary Import(Action<double>? show) =>
            DatasetImport.Run(ReadOptions(result), folder, show, cancellation);
        ImportSummary summary = isJson || !Terminal.IsInteractive(output)
            ? Import(null)
            : Terminal.For(output).Progress().Start(context =>
            {
                ProgressTask bar = context.AddTask("reading captions", maxValue: 1);
                return Import(share => bar.Value = share);
            });
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

    private ImportOptions ReadOptions(ParseResult result)
    {
        bool isSized = result.GetResult(_vocabulary) is not null;
        var options = new ImportOptions
        {
            Captions = result.GetRequiredValue(_captions),
            Photos = result.GetRequiredValue(_photos),
            TrainList = result.GetValue(_trainList),
            ValidationList = result.GetValue(_validationList),
            ValidationFraction = result.GetValue(_fraction),
            Seed = result.GetValue(_seed),
            VocabularyWords = isSized ? result.GetValue(_vocabulary) : null,
            MaxWords = result.GetValue(_maxWords),
            Normalization = new CaptionNormalization(result.GetValue(_keepCase), result.GetValue(_keepPunctuation)),
        };
        return isSized ? options with { MinimumCount = 1 }
            : result.GetResult(_minimumCount) is not null
                ? options with { MinimumCount = result.GetValue(_minimumCount) }
            : options;
    }

    private static void Print(TextWriter output, ImportSummary summary)
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
