using System.CommandLine.Parsing;
using ShowTell.Datasets.Import;

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
        NumberRange.BetweenZeroAndOne,
        "Share of photos drawn for validation, where neither lists nor the caption file split them.",
        0.1);

    private readonly Option<int> _minimumCount = Options.Positive(
        "--min-count", "How often a word must occur to get into the vocabulary. [default: 5]");

    private readonly Option<int> _vocabulary = Options.Positive(
        "--vocabulary", "Make the vocabulary of the N most frequent words instead.");

    private readonly Option<int> _maxWords = Options.Positive(
        "--max-words", "The most words of a caption; longer ones are left out.", 15, MostWords);

    private readonly Option<bool> _keepCase = new("--keep-case") { Description = "Keep upper-case letters." };

    private readonly Option<bool> _keepPunctuation = new("--keep-punctuation") { Description = "Keep punctuation." };

    public IEnumerable<Option> All =>
    [
        _trainList, _validationList, _fraction, _minimumCount, _vocabulary, _maxWords, _keepCase, _keepPunctuation,
    ];

    /// <summary>What the command line asks for.</summary>
    public ImportOptions Read(ParseResult result, string captions, string photos)
    {
        var usual = new ImportOptions { Captions = captions, Photos = photos };
        int? words = result.Given(_vocabulary);
        return usual with
        {
            TrainList = result.GetValue(_trainList),
            ValidationList = result.GetValue(_validationList),
            ValidationFraction = result.GetValue(_fraction),
            Seed = Options.SeedOf(result),
            VocabularyWords = words,
            MinimumCount = words is null ? result.Given(_minimumCount) ?? usual.MinimumCount : 1,
            MaxWords = result.GetValue(_maxWords),
            Normalization = new CaptionNormalization(result.GetValue(_keepCase), result.GetValue(_keepPunctuation)),
        };
    }

    public void Validate(CommandResult result)
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
