using ShowTell.Captioning;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.ModelFiles;

namespace ShowTell.Cli.Support;

/// <summary>The options of a command that say how captions are chosen.</summary>
/// <param name="hasUnknown">Whether captions have &lt;UNK&gt; unless it is turned off, rather than the reverse.</param>
/// <param name="beam">The beam where none is given, and words are not drawn.</param>
/// <param name="withNBest">Whether an image may have several captions.</param>
internal sealed class DecodingFlags(bool hasUnknown = false, int beam = 1, bool withNBest = true)
{
    private const int WidestBeam = 1000;
    private const int MostWords = 10_000;

    private readonly Option<int> _beam = Options.Positive(
        "--beam", "Beginnings of a caption that are searched at once; 1 is greedy.", beam, WidestBeam);

    private readonly Option<double> _lengthPenalty = Options.Number(
        "--length-penalty",
        NumberRange.UpTo(10),
        "Rank captions by log p / length^X: the greater, the longer they are. [default: 0.7]");

    private readonly Option<int> _groups = Options.Positive(
        "--groups", "Split the beam into groups that avoid each other's words.", 1, WidestBeam);

    private readonly Option<double> _diversity = Options.Number(
        "--diversity", NumberRange.UpTo(1000), "How much groups avoid words of others. [default: 0.5]");

    private readonly Option<double> _temperature = Options.Number(
        "--temperature", NumberRange.UpTo(1000), "Draw words at random: below 1 more probable ones more often.");

    private readonly Option<int> _topK = Options.Positive("--top-k", "Draw among the N most probable words only.");

    private readonly Option<double> _topP = Options.Number(
        "--top-p", NumberRange.Factor, "Draw among the most probable words that together have the probability X.");

    private readonly Option<int> _noRepeat = Options.Positive(
        "--no-repeat", "No N words in a row stand twice in a caption.");

    private readonly Option<int> _minWords = Options.Positive(
        "--min-words", "The least words of a caption.", greatest: MostWords);

    private readonly Option<int> _maxWords = Options.Positive(
        "--max-words", "The most words of a caption. [default: as many as in training]", greatest: MostWords);

    private readonly Option<string[]> _with = Words("--with", "A word that captions must have; may be repeated.");

    private readonly Option<string[]> _without =
        Words("--without", "A word that captions must not have; may be repeated.");

    private readonly Option<bool> _unknown = new(hasUnknown ? "--no-unknown" : "--unknown")
    {
        Description = (hasUnknown ? "No caption has" : "Captions may have")
            + " <UNK>, the mark of words that the model does not know.",
    };

    private readonly Option<int> _nBest = Options.Positive(
        "--n-best", "Captions for each image, the best first.", 1, WidestBeam);

    private readonly Option<string[]> _ensemble = new("--ensemble")
    {
        HelpName = "MODEL",
        Description = "Another model that decodes together with the first; may be repeated.",
    };

    public IEnumerable<Option> All =>
    [
        _beam, _lengthPenalty, _groups, _diversity, _temperature, _topK, _topP, _noRepeat, _minWords, _maxWords,
        _with, _without, _unknown, .. withNBest ? [_nBest] : Array.Empty<Option>(), _ensemble,
    ];

    /// <summary>What a captioner of photos is to do.</summary>
    /// <exception cref="IncompatibleException">Options contradict each other.</exception>
    public CaptionerOptions ReadCaptioner(ParseResult result) => new()
    {
        Decoding = Read(result),
        With = result.GetValue(_with) ?? [],
        Without = Without(result),
        AllowUnknown = AllowsUnknown(result),
        Ensemble = result.GetValue(_ensemble) ?? [],
    };

    /// <summary>A model with those that decode together with it, and how; no longer captions by default than the
    /// first model was trained on.</summary>
    /// <exception cref="IncompatibleException">Options or models contradict each other.</exception>
    public (ModelBundle[] Ensemble, DecodingOptions Options) Load(ParseResult result, string model)
    {
        DecodingOptions options = Read(result);
        ModelBundle bundle = ModelBundle.Load(model);
        ModelBundle[] ensemble = ModelEnsemble.Load(model, bundle, result.GetValue(_ensemble) ?? []);
        options = options.Of(bundle.Vocabulary, result.GetValue(_with) ?? [], Without(result));
        return (ensemble, options with { MaxLength = options.MaxLength ?? bundle.Training.CaptionWidth - 1 });
    }

    private bool AllowsUnknown(ParseResult result) => hasUnknown != result.GetValue(_unknown);

    private string[] Without(ParseResult result) =>
        [.. result.GetValue(_without) ?? [], .. AllowsUnknown(result) ? [] : new[] { Vocabulary.Unknown }];

    private DecodingOptions Read(ParseResult result)
    {
        var usual = new DecodingOptions();
        bool isDrawn = Array.Exists<Option>(
            [_temperature, _topK, _topP], option => result.GetResult(option) is { Implicit: false });
        var options = new DecodingOptions
        {
            Beam = isDrawn && result.GetResult(_beam) is not { Implicit: false } ? 1 : result.GetValue(_beam),
            LengthPenalty = result.Given(_lengthPenalty) ?? usual.LengthPenalty,
            DiverseGroups = result.GetValue(_groups),
            DiversityStrength = result.Given(_diversity) ?? usual.DiversityStrength,
            Temperature = result.Given(_temperature),
            TopK = result.Given(_topK),
            TopP = result.Given(_topP),
            Seed = Options.SeedOf(result),
            NoRepeatNGram = result.Given(_noRepeat) ?? usual.NoRepeatNGram,
            MinLength = 1 + (result.Given(_minWords) ?? 0),
            MaxLength = 1 + result.Given(_maxWords),
            Captions = result.Given(_nBest) ?? usual.Captions,
        };
        options.Validate();
        return options;
    }

    private static Option<string[]> Words(string name, string description)
    {
        var words = new Option<string[]>(name) { HelpName = "WORD", Description = description };
        words.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
            {
                result.AddError($"{name} is empty; a word was expected.");
            }
        });
        return words;
    }
}
