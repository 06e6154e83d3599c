using ShowTell.Backbones;
using ShowTell.Datasets.Features;

namespace ShowTell.Cli.Options;

/// <summary>The options that say how photos become features.</summary>
internal sealed class FeatureFlags
{
    private const int MaxThreads = 1024;
    private const int MaxPhotoBatch = 1024;

    private readonly Option<string> _output = NewOption.Path(
        "--output",
        "NAME",
        "The tensor of the backbone to take, which may be an inner one; or several, with commas, whose features follow "
        + "each other. [default: its output]");

    private readonly Option<bool> _half = NewOption.Flag("--float16", "Store features in 16 bits instead of 32.");

    private readonly Option<string> _preprocessing = NewOption.Path(
        "--preprocessing",
        "PRESET|FILE.json",
        $"How photos are preprocessed: {string.Join(", ", BackbonePreset.Names)}, or a JSON file. "
        + "[default: as the backbone's file or one beside it says]");

    private readonly Option<string> _layout = NewOption.OneOf(
        "--layout",
        "NCHW|NHWC",
        "Whether the tensor has its features before or after its regions. [default: as its shape says]");

    private readonly Option<string> _classToken = NewOption.OneOf(
        "--class-token",
        "keep|drop|only",
        "Keep a vision transformer's class token (and others before the regions') as regions, drop them, or take only "
        + "the class token. [default: drop]");

    private readonly Option<int> _threads = NewOption.Positive(
        "--threads", "Threads; each works on photos of its own. [default: one per processor]", max: MaxThreads);

    private readonly Option<int> _photoBatch = NewOption.Positive(
        "--photo-batch", "Photos in a thread's batch.", 1, MaxPhotoBatch);

    public Option<string> Backbone { get; } = NewOption.Path(
        "--backbone", "NET.onnx", "The backbone that computes features, an ONNX file.");

    /// <summary>Principal components to reduce features to.</summary>
    public Option<int> Components { get; } = NewOption.Positive("--pca", "Reduce features to N principal components.");

    /// <summary>Keeps the regions of the grid, and says how many per side; 0 for all of them.</summary>
    public Option<int> Grid { get; } = NewOption.OptionalPositive(
        "--grid",
        "SIDE",
        "Keep the features of each region instead of their mean; with SIDE, averaged to a grid of SIDE x SIDE.");

    /// <summary>All but the backbone.</summary>
    public IEnumerable<Option> Others => 
        [_output, Grid, _layout, _classToken, Components, _half, _preprocessing, _threads, _photoBatch];

    /// <summary>Loads the backbone; without --grid, with a grid of that side, or none.</summary>
    public PhotoEncoder LoadEncoder(ParseResult result, int? gridSide = null)
    {
        string? preprocessing = result.GetValue(_preprocessing);
        bool isFile = preprocessing is not null
            && (preprocessing.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || File.Exists(preprocessing));
        int? side = result.Given(Grid) ?? gridSide;
        var options = new BackboneOptions
        {
            Output = result.GetValue(_output),
            Grid = side is not null,
            GridSide = side ?? 0,
            Threads = 1, // The encoder has threads of its own, which is faster.
            Preprocessing = isFile ? BackbonePreprocessing.Load(preprocessing!) : null,
            Preset = isFile ? null : preprocessing,
            Layout = result.GetValue(_layout) switch
            {
                null => null,
                "NCHW" => OutputLayout.ChannelsFirst,
                _ => OutputLayout.ChannelsLast,
            },
            ClassToken = result.GetValue(_classToken) is null ? null : result.Parse<ClassToken>(_classToken),
        };
        return new PhotoEncoder(ShowTell.Backbones.Backbone.Load(result.GetRequiredValue(Backbone), options));
    }

    /// <summary>What is done with the backbone's features.</summary>
    public FeatureExtractionOptions ReadOptions(ParseResult result) => new()
    {
        Components = result.Given(Components),
        HalfPrecision = result.GetValue(_half),
        Encoding = new PhotoEncoderOptions
        {
            Threads = result.Given(_threads) ?? 0,
            Batch = result.GetValue(_photoBatch),
        },
    };
}
