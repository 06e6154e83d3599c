using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Evaluation;
using ShowTell.Models;

namespace ShowTell.Cli.Support;

/// <summary>The options of training that say which epoch's weights are kept.</summary>
internal sealed class SelectionFlags
{
    /// <summary>The widest beam that validation images are captioned with.</summary>
    public const int WidestBeam = 100;

    /// <summary>Validation images that are captioned where nothing else is said.</summary>
    private const int DefaultImages = 500;

    private readonly Option<string> _keep = Options.OneOf(
        "--keep",
        "best|last",
        "The epoch whose weights are kept: the best on validation captions, or the last. "
        + "[default: best; last with --max-train]");

    private readonly Option<string> _select = Options.OneOf(
        "--select",
        "loss|cider",
        "What the best epoch has: the least loss on validation captions, or the greatest CIDEr-D of the model's own "
        + "captions of validation images.",
        "loss");

    private readonly Option<int> _images = Options.Positive(
        "--select-images", $"Images that --select cider captions, at most. [default: {DefaultImages}]");

    private readonly Option<int> _beam = Options.Positive(
        "--select-beam", "Beam that it captions them with. [default: 1, greedy]", null, WidestBeam);

    private readonly Option<string> _references = Options.References();

    public IEnumerable<Option> All => [_keep, _select, _images, _beam, _references];

    /// <summary>Checks that the options fit each other.</summary>
    /// <exception cref="IncompatibleException">They do not.</exception>
    public void RequireFitting(ParseResult result)
    {
        Option[] others = [_images, _beam, _references];
        if (result.GetValue(_select) != "cider"
            && others.FirstOrDefault(option => result.GetResult(option) is not null) is Option given)
        {
            throw new IncompatibleException($"{given.Name} goes with --select cider.");
        }
    }

    /// <summary>Whether the best weights are kept; usually not where a few captions are learned by heart.</summary>
    public bool KeepBest(ParseResult result, bool all) =>
        (result.GetValue(_keep) ?? (all ? "best" : "last")) == "best";

    /// <summary>How good a model is; null to go by the loss.</summary>
    public Func<CaptioningModel<float>, double>? Score(
        ParseResult result, LoadedDataset loaded, CaptionDataset dataset)
    {
        if (result.GetValue(_select) != "cider")
        {
            return null;
        }

        CaptionEvaluation evaluation = Evaluation(
            loaded,
            dataset,
            result.GetValue(_references),
            result.Given(_beam) ?? 1,
            result.Given(_images) ?? DefaultImages,
            Options.SeedOf(result));
        return model => evaluation.CiderD(model, dataset.Vocabulary);
    }

    /// <summary>What tells how good an epoch is: validation images to caption, and how; <paramref name="dataset"/> is
    /// the loaded one, or has its captions in characters.</summary>
    public static CaptionEvaluation Evaluation(
        LoadedDataset loaded, CaptionDataset dataset, string? references, int beam, int images, ulong seed) => new(
            dataset.Validation,
            loaded.References(dataset.Validation, references),
            new DecodingOptions { Beam = beam, MaxLength = dataset.Train.CaptionWidth - 1 }
                .Of(dataset.Vocabulary, with: [], without: [Vocabulary.Unknown]),
            images,
            seed);
}
