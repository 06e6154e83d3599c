using System.CommandLine;
using System.CommandLine.Parsing;
using ShowTell.Data.Import;

namespace ShowTell.Cli.Support;

/// <summary>The options that say which captions become a dataset, and how.</summary>
internal sealed class ImportFlags
{
    public const string CaptionFiles =
        "COCO's captions JSON, JSON with Karpathy's splits, Flickr8k's or Flickr30k's token file, CSV of file,caption, "
        + "or JSON lines with file and caption.";

    private const int MostWords = 1000;

    private readonly Option<string> _trainList = Options.Path(
        "--train-list", "FILE", "Names of the train photos, one a line; goes with --val-list.");

    private readonly Option<string> _validationList = Options.Path(
        "--val-list", "FILE", "Names of the validation photos, one a line; goes with --train-list.");

    private readonly Option<double> _fraction = Options.Number(
        "--val-fraction",
        "Share of photos drawn for validation, where neither lists nor the caption file split them.",
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

    public IReadOnlyList<Option> All =>
    [
        _trainList, _validationList, _fraction, _minimumCount, _vocabulary, _maxWords, _keepCase, _keepPunctuation,
    ];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Add(option);
        }

        command.Validators.Add(Validate);
    }

    /// <summary>What the command line asks for.</summary>
    public ImportOptions Read(ParseResult result, string captions, string photos, ulong seed)
    {
        bool isSized = result.GetResult(_vocabulary) is not null;
        var options = new ImportOptions
        {
            Captions = captions,
            Photos = photos,
            TrainList = result.GetValue(_trainList),
            ValidationList = result.GetValue(_validationList),
            ValidationFraction = result.GetValue(_fraction),
            Seed = seed,
            VocabularyWords = isSized ? result.GetValue(_vocabulary) : null,
            MaxWords = result.GetValue(_maxWords),
            Normalization = new CaptionNormalization(result.GetValue(_keepCase), result.GetValue(_keepPunctuation)),
        };
        return isSized ? options with { MinimumCount = 1 }
            : result.GetResult(_minimumCount) is not null
                ? options with { MinimumCount = result.GetValue(_minimumCount) }
            : options;
    }

    private void Validate(CommandResult result)
    {
        if (result.GetResult(_trainList) is null != result.GetResult(_validationList) is null)
        {
            result.AddError("--train-list and --val-list go together: give both, or neither.");
        }
        else if (result.GetResult(_minimumCount) is not null && result.GetResult(_vocabulary) is not null)
        {
            result.AddError("--min-count and --vocabulary exclude each other: give one of them.");
        }
    }
}
