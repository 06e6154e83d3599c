using ShowTell.Backbones;
using ShowTell.Datasets.Features;

namespace ShowTell.Cli.Support;

/// <summary>The options that say how photos become features.</summary>
internal sealed class FeatureFlags
{
    private const int MostThreads = 1024;
    private const int MostInBatch = 1024;

    private readonly Option<string> _output = Options.Path(
        "--output", "NAME", "The tensor of the network to take, an inner one included. [default: its output]");

    private readonly Option<bool> _half = new("--float16") { Description = "Store features in 16 bits, not 32." };

    private readonly Option<string> _preprocessing = Options.Path(
        "--preprocessing",
        "PRESET|FILE.json",
        "How photos are prepared: torchvision, timm, model-zoo, caffe, keras or keras-caffe, or a JSON file. "
        + "[default: as the network says]");

    private readonly Option<int> _threads = Options.Positive(
        "--threads", "Threads, each with photos of its own. [default: one for each processor]", null, MostThreads);

    private readonly Option<int> _photoBatch = Options.Positive(
        "--photo-batch", "Photos that a thread gives the network at once.", 1, MostInBatch);

    public Option<string> Backbone { get; } = Options.Path(
        "--backbone", "NET.onnx", "The network from photos to features, an ONNX file that holds its weights.");

    /// <summary>Principal components to reduce features to.</summary>
    public Option<int> Components { get; } = Options.Positive(
        "--pca", "Reduce features to N principal components.");

    /// <summary>Whether the places of the grid are kept; 0 for all of them.</summary>
    public Option<int> Grid { get; } = Options.OptionalPositive(
        "--grid",
        "SIDE",
        "Keep the features of each place, instead of their mean; with SIDE, averaged to a grid of SIDE x SIDE places.");

    /// <summary>All but the network.</summary>
    public IEnumerable<Option> Others => [_output, Grid, Components, _half, _preprocessing, _threads, _photoBatch];

    /// <summary>Loads the network; without --grid, with a grid of that side, or none.</summary>
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
            Preprocessing = preprocessing is null ? null
                : isFile ? BackbonePreprocessing.Load(preprocessing)
                : BackbonePreprocessing.Preset(preprocessing),
        };
        return new PhotoEncoder(ShowTell.Backbones.Backbone.Load(result.GetRequiredValue(Backbone), options));
    }

    /// <summary>What is done to the network's features.</summary>
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
