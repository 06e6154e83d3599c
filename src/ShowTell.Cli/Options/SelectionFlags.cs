namespace ShowTell.Cli.Options;

/// <summary>The options of training that say which epoch's weights are kept.</summary>
internal sealed class SelectionFlags
{
    private readonly Option<string> _keep = NewOption.OneOf(
        "--keep",
        "best|last",
        "The epoch whose weights are kept: the best on validation captions, or the last. "
        + "[default: best; last with --max-train]");

    private readonly Option<string> _select = NewOption.OneOf(
        "--select",
        "loss|cider",
        "What makes an epoch the best: the lowest loss on validation captions, or the highest CIDEr-D of captions "
        + "generated for validation images.",
        "loss");

    private readonly Option<int> _limit;
    private readonly Option<int> _beam;
    private readonly Option<string> _references = SharedOptions.References();
    private readonly bool _isCiderOnly;

    /// <param name="limit">The default maximum number of validation images to caption.</param>
    /// <param name="beam">The default beam that they are captioned with.</param>
    /// <param name="isCiderOnly">Whether epochs are always compared by CIDEr-D, and the best one is kept.</param>
    public SelectionFlags(int limit, int beam, bool isCiderOnly = false)
    {
        _isCiderOnly = isCiderOnly;
        _limit = NewOption.Positive(
            "--select-images", "Validation images to caption after every epoch, at most.", limit);
        _beam = NewOption.Positive(
            "--select-beam", "Beam width for these captions; 1 is greedy.", beam, SharedOptions.MaxBeam);
        if (!isCiderOnly)
        {
            _limit.Needing(_select, "cider");
            _beam.Needing(_select, "cider");
            _references.Needing(_select, "cider");
        }
    }

    public IEnumerable<Option> All =>
        [.. _isCiderOnly ? Array.Empty<Option>() : [_keep, _select], _limit, _beam, _references];

    /// <summary>Whether the best weights are kept; by default not where the model is to overfit a few captions.
    /// </summary>
    public bool KeepBest(ParseResult result, bool all) =>
        (result.GetValue(_keep) ?? (all ? "best" : "last")) == "best";

    /// <summary>Whether epochs are compared by their captions' CIDEr-D rather than by their loss.</summary>
    public bool IsByScore(ParseResult result) => _isCiderOnly || result.GetValue(_select) == "cider";

    /// <summary>The references of the validation split.</summary>
    /// <exception cref="DataException">Their file is missing or damaged.</exception>
    public ReferenceCaptions References(ParseResult result, LoadedDataset loaded) =>
        loaded.References(loaded.Captions.Validation, result.GetValue(_references));

    /// <summary>The evaluation that compares epochs; <paramref name="dataset"/> is the loaded one, or has its captions
    /// in characters.</summary>
    public CaptionEvaluation Evaluation(ParseResult result, LoadedDataset loaded, CaptionDataset dataset) => new(
        dataset.Validation,
        References(result, loaded),
        new DecodingOptions { Beam = result.GetValue(_beam), MaxLength = dataset.Train.CaptionWidth - 1 }
            .Of(dataset.Vocabulary, with: [], without: [Vocabulary.Unknown]),
        result.GetValue(_limit),
        result.Seed());
}
