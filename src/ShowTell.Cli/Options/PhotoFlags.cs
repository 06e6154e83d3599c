using ShowTell.Backbones;
using ShowTell.Datasets.Features;
using ShowTell.Datasets.Import;

namespace ShowTell.Cli.Options;

/// <summary>
/// The options of training on photos. First their captions become a dataset folder and their features go into it. The
/// folder is kept, so that the next training run on the same photos starts at once.
/// </summary>
internal sealed class PhotoFlags
{
    /// <summary>Regions per side: fine enough to tell objects apart, and quick to train on.</summary>
    private const int AttentionGridSide = 7;

    private readonly Option<string> _captions = NewOption.Path(
        "--captions", "FILE", "Captions of a folder of photos: " + ImportFlags.CaptionFiles);

    private readonly Option<string> _data = NewOption.Path(
        "--data", "DIR", "Folder for the dataset of photos. [default: beside FILE, its name with -data]");

    private readonly Option<bool> _embed = NewOption.Flag(
        "--embed-backbone", "Store the backbone in the model file, which then captions photos on its own.");

    private readonly FeatureFlags _features = new();
    private readonly ImportFlags _import = new();

    public PhotoFlags()
    {
        Option<string> backbone = _features.Backbone;
        _captions.Needing(backbone);
        _embed.Needing(backbone);
        backbone.Check(
            result => NewOption.IsGiven(result, _captions) || NewOption.IsGiven(result, _embed),
            _ => "--backbone needs --captions, for photos, or --embed-backbone. A dataset has its features.");
        foreach (Option option in NeedingCaptions)
        {
            option.Needing(_captions);
        }
    }

    public IEnumerable<Option> All => [_captions, _features.Backbone, _embed, .. NeedingCaptions];

    private IEnumerable<Option> NeedingCaptions => [_data, .. _features.Others, .. _import.All];

    /// <summary>Whether to train on photos.</summary>
    public bool AreGiven(ParseResult result) => result.IsGiven(_captions);

    /// <summary>The backbone's file; null if it was not given.</summary>
    public string? Backbone(ParseResult result) => result.GetValue(_features.Backbone);

    /// <summary>The dataset to train on; one of photos is made first, unless it exists.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="name">A dataset, or a folder of photos.</param>
    /// <param name="model">The model file to write.</param>
    /// <param name="architecture">The decoder; attention and transformers take a grid, by default of 7 x 7 regions.
    /// </param>
    /// <param name="cancellation">Ends the work; features computed so far are kept.</param>
    public string Prepare(
        ParseResult result, string name, string model, Architecture architecture, CancellationToken cancellation)
    {
        if (result.GetValue(_captions) is not string captions)
        {
            return name;
        }

        string folder = result.GetValue(_data)
            ?? Path.Combine(Path.GetDirectoryName(model) ?? "", $"{Path.GetFileNameWithoutExtension(model)}-data");
        using PhotoEncoder encoder = _features.LoadEncoder(
            result, architecture == Architecture.Recurrent ? null : AttentionGridSide);
        Import(_import.Read(result, captions, name), folder, result.Output(), cancellation);
        FeatureExtractionOptions options = _features.ReadOptions(result) with { Standardize = true };
        FeatureRun.Extract(
            result.InvocationConfiguration,
            isSilent: false,
            show => FeatureExtraction.OfDataset(encoder, folder, options, show, cancellation));
        return folder;
    }

    /// <summary>The backbone to store in the model file; empty for none.</summary>
    /// <exception cref="IncompatibleException">The dataset's features are not those of the backbone.</exception>
    public ReadOnlyMemory<byte> EmbeddedBackbone(ParseResult result, CaptionDataset dataset)
    {
        if (!result.GetValue(_embed))
        {
            return default;
        }

        string path = result.GetRequiredValue(_features.Backbone);
        if (dataset.PhotoPipeline is not PhotoPipeline pipeline)
        {
            throw new IncompatibleException(
                $"{dataset.Origin}: does not say which backbone computed its features, so none can be stored in the "
                + "model file. Compute them with: showtell features.");
        }

        return Backbones.Backbone.ReadFile(path, pipeline.Sha256);
    }

    private static void Import(ImportOptions options, string folder, TextWriter output, CancellationToken cancellation)
    {
        if (!FeatureExtraction.IsDataset(folder))
        {
            ImportRun.Print(output, ImportRun.Import(options, folder, output, isSilent: false, cancellation));
        }
        else if (ImportedFolder.Load(folder).Fingerprint != options.Fingerprint())
        {
            throw new DataException(
                $"{folder}: holds a dataset made from other captions or photos, or with other options. Delete it, or "
                + "choose another folder with --data.");
        }

        output.WriteLine($"dataset: {folder}");
    }
}
