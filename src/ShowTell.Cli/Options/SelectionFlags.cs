using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Evaluation;
using ShowTell.Models;

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

    private readonly Option<int> _limit = Limit(500);
    private readonly Option<int> _beam = Beam(1);
    private readonly Option<string> _references = SharedOptions.References();

    public SelectionFlags()
    {
        _limit.Needing(_select, "cider");
        _beam.Needing(_select, "cider");
        _references.Needing(_select, "cider");
    }

    public IEnumerable<Option> All => [_keep, _select, _limit, _beam, _references];

    /// <summary>The maximum number of validation images to caption.</summary>
    public static Option<int> Limit(int defaultValue) => NewOption.Positive(
        "--select-images", "Validation images to caption after every epoch, at most.", defaultValue);

    /// <summary>The beam that validation images are captioned with.</summary>
    public static Option<int> Beam(int defaultValue) => NewOption.Positive(
        "--select-beam", "Beam width for these captions; 1 is greedy.", defaultValue, SharedOptions.MaxBeam);

    /// <summary>Whether the best weights are kept; by default not where the model is to overfit a few captions.
    /// </summary>
    public bool KeepBest(ParseResult result, bool all) =>
        (result.GetValue(_keep) ?? (all ? "best" : "last")) == "best";

    /// <summary>The score of a model, higher being better; null to compare epochs by their loss.</summary>
    public Func<CaptioningModel<float>, double>? Score(
        ParseResult result, LoadedDataset loaded, CaptionDataset dataset)
    {
        if (result.GetValue(_select) != "cider")
        {
            return null;
        }

        CaptionEvaluation evaluation = Evaluation(
            result, loaded, dataset, _references, result.GetValue(_beam), result.GetValue(_limit));
        return model => evaluation.Cider(model, dataset.Vocabulary);
    }

    /// <summary>The evaluation that compares epochs; <paramref name="dataset"/> is the loaded one, or has its captions
    /// in characters.</summary>
    public static CaptionEvaluation Evaluation(
        ParseResult result,
        LoadedDataset loaded,
        CaptionDataset dataset,
        Option<string> references,
        int beam,
        int limit) => new(
            dataset.Validation,
            loaded.References(dataset.Validation, result.GetValue(references)),
            new DecodingOptions { Beam = beam, MaxLength = dataset.Train.CaptionWidth - 1 }
                .Of(dataset.Vocabulary, with: [], without: [Vocabulary.Unknown]),
            limit,
            result.Seed());
}
