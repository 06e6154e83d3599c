using ShowTell.Captioning;

namespace ShowTell.Cli.Options;

/// <summary>The options that say how captions are decoded.</summary>
/// <param name="hasUnknown">Whether captions may have &lt;UNK&gt; by default; --no-unknown turns it off.</param>
/// <param name="beam">The default beam width; 1 if words are sampled.</param>
/// <param name="withNBest">Whether an image may have several captions.</param>
/// <param name="withEnsemble">Whether several models may decode together.</param>
internal sealed class DecodingFlags(
    bool hasUnknown = false, int beam = 1, bool withNBest = true, bool withEnsemble = true)
{
    private const int MaxCaptionWords = 10_000;

    private static readonly DecodingOptions s_defaults = new();

    private readonly Option<int> _beam = NewOption.Positive(
        "--beam", "Beam width: partial captions searched at once; 1 is greedy.", beam, SharedOptions.MaxBeam);

    private readonly Option<double> _lengthPenalty = NewOption.Number(
        "--length-penalty",
        "Rank captions by log p / length^X: higher values favor longer captions.",
        s_defaults.LengthPenalty);

    private readonly Option<string> _rank = NewOption.OneOf(
        "--rank",
        "confidence|probability",
        "How the captions of a beam are ranked: by their confidence, which compares them with those of similar "
        + "training photos, or by --length-penalty. [default: confidence, if the model has one]");

    private readonly Option<int> _groups = NewOption.Positive(
        "--groups", "Split the beam into groups that avoid each other's words.", 1, SharedOptions.MaxBeam);

    private readonly Option<double> _diversity = NewOption.Number(
        "--diversity", "How strongly groups avoid each other's words.", s_defaults.DiversityStrength);

    private readonly Option<double> _temperature = NewOption.Number(
        "--temperature", "Sample words at random; below 1 favors probable words.");

    private readonly Option<int> _topK = NewOption.Positive("--top-k", "Sample from the N most probable words only.");

    private readonly Option<double> _topP = NewOption.Number(
        "--top-p", "Sample from the most probable words whose probabilities add up to X.");

    private readonly Option<int> _noRepeat = NewOption.Positive(
        "--no-repeat", "No sequence of N words occurs twice in a caption.");

    private readonly Option<int> _minWords = NewOption.Positive(
        "--min-words", "Minimum number of words in a caption.", max: MaxCaptionWords);

    private readonly Option<int> _maxWords = NewOption.Positive(
        "--max-words", "Maximum number of words in a caption. [default: as in training]", max: MaxCaptionWords);

    private readonly Option<string[]> _with = NewOption.Repeated(
        "--with", "WORD", "A word that captions must have; may be repeated.");

    private readonly Option<string[]> _without = NewOption.Repeated(
        "--without", "WORD", "A word that captions must not have; may be repeated.");

    private readonly Option<bool> _unknown = NewOption.Flag(
        hasUnknown ? "--no-unknown" : "--unknown",
        (hasUnknown ? "No caption has" : "Captions may have") + " <UNK>, the token of words outside the vocabulary.");

    private readonly Option<int> _nBest = NewOption.Positive(
        "--n-best", "Captions for each image, best first.", 1, SharedOptions.MaxBeam);

    private readonly Option<string[]> _ensemble = NewOption.Repeated(
        "--ensemble", "MODEL", "Another model that decodes together with the first; may be repeated.");

    public IEnumerable<Option> All =>
    [
        _beam, _rank, _lengthPenalty, _groups, _diversity, _temperature, _topK, _topP, _noRepeat, _minWords, _maxWords,
        _with, _without, _unknown, .. withNBest ? [_nBest] : Array.Empty<Option>(),
        .. withEnsemble ? [_ensemble] : Array.Empty<Option>(),
    ];

    /// <summary>The options of a captioner of photos.</summary>
    public CaptionerOptions ReadCaptioner(ParseResult result) => new()
    {
        Decoding = Read(result),
        With = result.GetValue(_with) ?? [],
        Without = Without(result),
        AllowUnknown = AllowsUnknown(result),
        RankByConfidence = RanksByConfidence(result),
        Ensemble = result.GetValue(_ensemble) ?? [],
    };

    /// <summary>A model with those that decode together with it, and how; by default captions are at most as long as
    /// in the first model's training.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    /// <exception cref="IncompatibleException">Options or models are incompatible.</exception>
    public (ModelBundle[] Ensemble, DecodingOptions Options) Load(ParseResult result, string model)
    {
        DecodingOptions options = Read(result);
        options.Validate();
        ModelBundle bundle = ModelBundle.Load(model);
        ModelBundle[] ensemble = ModelEnsemble.Load(model, bundle, result.GetValue(_ensemble) ?? []);
        options = options.Of(bundle.Vocabulary, result.GetValue(_with) ?? [], Without(result));
        options = options with
        {
            MaxLength = options.MaxLength ?? bundle.Training.CaptionWidth - 1,
            Ranking = RanksByConfidence(result) ? bundle.Ranking : null,
        };
        return (ensemble, options);
    }

    private bool RanksByConfidence(ParseResult result) => result.GetValue(_rank) != "probability";

    private bool AllowsUnknown(ParseResult result) => hasUnknown != result.GetValue(_unknown);

    private string[] Without(ParseResult result) =>
        [.. result.GetValue(_without) ?? [], .. AllowsUnknown(result) ? [] : new[] { Vocabulary.Unknown }];

    private DecodingOptions Read(ParseResult result)
    {
        bool isSampling = Array.Exists<Option>([_temperature, _topK, _topP], result.IsGiven);
        return new DecodingOptions
        {
            Beam = isSampling && !result.IsGiven(_beam) ? 1 : result.GetValue(_beam),
            LengthPenalty = result.GetValue(_lengthPenalty),
            DiverseGroups = result.GetValue(_groups),
            DiversityStrength = result.GetValue(_diversity),
            Temperature = result.Given(_temperature),
            TopK = result.Given(_topK),
            TopP = result.Given(_topP),
            Seed = result.Seed(),
            NoRepeatNGram = result.Given(_noRepeat) ?? s_defaults.NoRepeatNGram,
            MinLength = 1 + (result.Given(_minWords) ?? 0), // The end token counts.
            MaxLength = 1 + result.Given(_maxWords),
            Captions = result.Given(_nBest) ?? s_defaults.Captions,
        };
    }
}
