namespace ShowTell.Cli.Options;

/// <summary>The options that say which images are captioned and how their captions are scored.</summary>
/// <param name="beam">The default beam width.</param>
internal sealed class EvaluationFlags(int beam = 1)
{
    private readonly Argument<string> _dataset = SharedOptions.Dataset();
    private readonly Option<string> _split = SharedOptions.Split("val");
    private readonly Option<int> _limit = SharedOptions.Limit(
        "Images to caption, at most, drawn at random. [default: all that have captions]");

    private readonly Option<string> _references = SharedOptions.References();
    private readonly Option<int> _bootstrap = SharedOptions.Bootstrap();
    private readonly DecodingFlags _decoding = new(beam: beam, withNBest: false);

    public Argument<string> Dataset => _dataset;

    public IEnumerable<Option> All =>
        [_split, _limit, _references, NewOption.Seed(), .. _decoding.All, _bootstrap];

    /// <summary>Opens models and dataset.</summary>
    /// <exception cref="ShowTellException">They cannot be read, or are incompatible.</exception>
    public EvaluationRun Load(ParseResult result, string model)
    {
        (ModelBundle[] ensemble, DecodingOptions decoding) = _decoding.Load(result, model);
        var dataset = LoadedDataset.LoadOf(model, ensemble[0], result.GetRequiredValue(_dataset));
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
