using ShowTell.Datasets.Import;

namespace ShowTell.Cli.Options;

/// <summary>The options that say how captions and photos become a dataset.</summary>
internal sealed class ImportFlags
{
    public const string CaptionFiles =
        "COCO's captions JSON, JSON with Karpathy's splits, Flickr8k's or Flickr30k's token file, CSV of file,caption, "
        + "or JSON lines with file and caption.";

    private const int MaxCaptionWords = 1000;

    private static readonly ImportOptions s_defaults = new() { Captions = "", Photos = "" };

    private readonly Option<string> _trainList = NewOption.Path(
        "--train-list", "FILE", "Names of the training photos, one per line; goes with --val-list.");

    private readonly Option<string> _validationList = NewOption.Path(
        "--val-list", "FILE", "Names of the validation photos, one per line; goes with --train-list.");

    private readonly Option<double> _fraction = NewOption.Number(
        "--val-fraction",
        "Share of photos drawn for validation, if neither lists nor the caption file split them.",
        s_defaults.ValidationFraction);

    private readonly Option<int> _minCount = NewOption.Positive(
        "--min-count", "Minimum number of times a word must occur to get into the vocabulary. [default: 5]");

    private readonly Option<int> _vocabulary = NewOption.Positive(
        "--vocabulary", "Take the N most frequent words as the vocabulary instead.");

    private readonly Option<int> _maxWords = NewOption.Positive(
        "--max-words",
        "Maximum number of words in a caption; longer ones are left out.",
        s_defaults.MaxWords,
        MaxCaptionWords);

    private readonly Option<bool> _keepCase = NewOption.Flag("--keep-case", "Keep upper-case letters.");

    private readonly Option<bool> _keepPunctuation = NewOption.Flag("--keep-punctuation", "Keep punctuation.");

    public ImportFlags()
    {
        _trainList.Needing(_validationList);
        _validationList.Needing(_trainList);
        _minCount.Excluding(_vocabulary);
        _fraction.Check(
            result => result.GetValueOrDefault<double>() is > 0 and < 1,
            result => $"--val-fraction is {result.Tokens[0].Value}; a number between 0 and 1 was expected.");
    }

    public IEnumerable<Option> All =>
    [
        _trainList, _validationList, _fraction, _minCount, _vocabulary, _maxWords, _keepCase, _keepPunctuation,
    ];

    /// <summary>How to import a caption file and a folder of photos.</summary>
    public ImportOptions Read(ParseResult result, string captions, string photos)
    {
        int? words = result.Given(_vocabulary);
        return new ImportOptions
        {
            Captions = captions,
            Photos = photos,
            TrainList = result.GetValue(_trainList),
            ValidationList = result.GetValue(_validationList),
            ValidationFraction = result.GetValue(_fraction),
            Seed = result.Seed(),
            VocabularyWords = words,
            MinimumCount = words is null ? result.Given(_minCount) ?? s_defaults.MinimumCount : 1,
            MaxWords = result.GetValue(_maxWords),
            Normalization = new CaptionNormalization(result.GetValue(_keepCase), result.GetValue(_keepPunctuation)),
        };
    }
}
