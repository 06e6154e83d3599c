namespace ShowTell.Cli.Options;

/// <summary>The options that say which images are captioned and how their captions are scored.</summary>
/// <param name="beam">The default beam width.</param>
/// <param name="withEnsemble">Whether several models may decode together.</param>
internal sealed class EvaluationFlags(int beam = 1, bool withEnsemble = true)
{
    private readonly Argument<string> _dataset = SharedOptions.Dataset();
    private readonly Option<string> _split = SharedOptions.Split("val");
    private readonly Option<int> _limit = SharedOptions.Limit(
        "Images to caption, at most, drawn at random. [default: all that have captions]");

    private readonly Option<string> _references = SharedOptions.References();
    private readonly Option<int> _bootstrap = SharedOptions.Bootstrap();
    private readonly DecodingFlags _decoding = new(beam: beam, withNBest: false, withEnsemble: withEnsemble);

    public Argument<string> Dataset => _dataset;

    public IEnumerable<Option> All => [_references, NewOption.Seed(), _bootstrap, .. OfModels];

    /// <summary>The options that say which images are captioned and how; the others are of scoring.</summary>
    public IEnumerable<Option> OfModels => [_split, _limit, .. _decoding.All];

    /// <summary>The file of reference captions; null if it was not given.</summary>
    public string? References(ParseResult result) => result.GetValue(_references);

    /// <summary>Opens models and dataset.</summary>
    /// <exception cref="ShowTellException">They cannot be read, or are incompatible.</exception>
    public EvaluationRun Load(ParseResult result, string model) =>
        Load(result, model, result.GetRequiredValue(_dataset));

    /// <summary>Opens models and a dataset.</summary>
    /// <exception cref="ShowTellException">They cannot be read, or are incompatible.</exception>
    public EvaluationRun Load(ParseResult result, string model, string name)
    {
        (ModelBundle[] ensemble, DecodingOptions decoding) = _decoding.Load(result, model);
        var dataset = LoadedDataset.LoadOf(model, ensemble[0], name);
        try
        {
            CaptionSplit split = dataset.Captions.Split(result.GetRequiredValue(_split));
            ReferenceCaptions references = dataset.References(split, result.GetValue(_references));
            return new EvaluationRun(
                ensemble,
                dataset,
                split,
                new CaptionEvaluation(split, references, decoding, result.Given(_limit), result.Seed()));
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    public ScoringOptions ReadScoring(ParseResult result) => new()
    {
        BootstrapSamples = result.GetValue(_bootstrap),
        Seed = result.Seed(),
    };
}
