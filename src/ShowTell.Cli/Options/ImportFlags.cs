using ShowTell.Datasets.Import;

namespace ShowTell.Cli.Options;

/// <summary>The options that say how captions and photos become a dataset.</summary>
internal sealed class ImportFlags
{
    public const string CaptionFiles =
        "JSON (COCO, Karpathy, BLIP, a list or lines of objects), CSV or TSV, Flickr8k's or Flickr30k's token file, a "
        + "folder with photo.txt beside photo.jpg, WebDataset shards (00000..00009.tar), or Parquet.";

    private static readonly ImportOptions s_defaults = new() { Captions = [] };

    private readonly Option<string> _trainList = NewOption.Path(
        "--train-list", "FILE", "Names of the training photos, one per line; goes with --val-list.");

    private readonly Option<string> _validationList = NewOption.Path(
        "--val-list", "FILE", "Names of the validation photos, one per line; goes with --train-list.");

    private readonly Option<string> _testList = NewOption.Path(
        "--test-list", "FILE", "Names of the test photos, one per line; goes with --train-list.");

    private readonly Option<double> _fraction = NewOption.Number(
        "--val-fraction",
        "Share of photos drawn for validation, if neither lists nor the captions' source split them.",
        s_defaults.ValidationFraction);

    private readonly Option<int> _minCount = NewOption.Positive(
        "--min-count", "Minimum number of times a word must occur to get into the vocabulary. [default: 1 to "
        + "5, by the number of captions]");

    private readonly Option<int> _vocabulary = NewOption.Positive(
        "--vocabulary", "Take the N most frequent words as the vocabulary instead.");

    private readonly Option<int> _maxWords = NewOption.Positive(
        "--max-words",
        "Maximum number of words in a caption; longer ones are left out.",
        s_defaults.MaxWords,
        ImportOptions.MaxCaptionWords);

    private readonly Option<bool> _keepCase = NewOption.Flag("--keep-case", "Keep upper-case letters.");

    private readonly Option<bool> _keepPunctuation = NewOption.Flag("--keep-punctuation", "Keep punctuation.");

    private readonly Option<string> _photoColumn = NewOption.Path(
        "--photo-column", "NAME", "The column or field that names the photo, by its name or number.");

    private readonly Option<string[]> _captionColumns = NewOption.Repeated(
        "--caption-column", "NAME", "A column or field of captions, by its name or number. May be repeated.");

    private readonly Option<string> _encoding = NewOption.Path(
        "--encoding",
        "NAME",
        "The encoding of text files, such as windows-1252. [default: UTF-8, or UTF-16 with a byte order mark]");

    public ImportFlags()
    {
        _trainList.Needing(_validationList);
        _validationList.Needing(_trainList);
        _testList.Needing(_trainList);
        _minCount.Excluding(_vocabulary);
        _fraction.Check(
            result => result.GetValueOrDefault<double>() is > 0 and < 1,
            result => $"--val-fraction is {result.Tokens[0].Value}; a number between 0 and 1 was expected.");
    }

    public IEnumerable<Option> All =>
    [
        _trainList, _validationList, _testList, _fraction, _minCount, _vocabulary, _maxWords, _keepCase,
        _keepPunctuation, _photoColumn, _captionColumns, _encoding,
    ];

    /// <summary>How to import captions and photos.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="captions">The captions.</param>
    /// <param name="photos">The photo folder; null if the captions come with photos.</param>
    /// <param name="hasCharacters">Whether tokens are characters.</param>
    public ImportOptions Read(ParseResult result, string[] captions, string? photos, bool hasCharacters) => new()
    {
        Captions = captions,
        Photos = photos,
        File = new CaptionFileOptions
        {
            Encoding = result.GetValue(_encoding) is string name ? EncodingOf(name) : null,
            PhotoColumn = result.GetValue(_photoColumn),
            CaptionColumns = result.GetValue(_captionColumns) ?? [],
        },
        TrainList = result.GetValue(_trainList),
        ValidationList = result.GetValue(_validationList),
        TestList = result.GetValue(_testList),
        ValidationFraction = result.GetValue(_fraction),
        Seed = result.Seed(),
        VocabularyWords = result.Given(_vocabulary),
        MinimumCount = result.Given(_minCount),
        MaxWords = result.GetValue(_maxWords),
        Tokens = hasCharacters ? TokenKind.Character : TokenKind.Word,
        Normalization = new CaptionNormalization(result.GetValue(_keepCase), result.GetValue(_keepPunctuation)),
    };

    private static Encoding EncodingOf(string name)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        string known = name.ToLowerInvariant() switch
        {
            "latin-1" or "latin1" => "iso-8859-1",
            "cp1252" or "ansi" => "windows-1252",
            "utf8" => "utf-8",
            "utf16" or "utf-16-le" => "utf-16",
            "utf-16-be" => "utf-16BE",
            string other => other,
        };
        try
        {
            return Encoding.GetEncoding(known, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException)
        {
            throw new ShowTellException(
                $"--encoding is \"{name}\"; a name such as utf-16, windows-1252, shift_jis or gb18030 was expected.");
        }
    }
}
