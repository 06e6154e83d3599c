using ShowTell.Backbones;
using ShowTell.Datasets;
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

    private readonly Option<string[]> _captions = NewOption.Repeated(
        "--captions", "FILE", "Captions of a folder of photos: " + ImportFlags.CaptionFiles + " May be repeated.");

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

    /// <summary>The dataset to train on and the file of its features, null for any; one of photos is made first, unless
    /// it exists.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="name">A dataset, or a folder of photos; null if the captions come with photos.</param>
    /// <param name="model">The model file to write.</param>
    /// <param name="architecture">The decoder; attention and transformers take a grid, by default of 7 x 7 regions.
    /// </param>
    /// <param name="hasCharacters">Whether tokens are characters.</param>
    /// <param name="mirror">Whether mirror images are needed.</param>
    /// <param name="cancellation">Ends the work; features computed so far are kept.</param>
    public (string Folder, string? Features) Prepare(
        ParseResult result,
        string? name,
        string model,
        Architecture architecture,
        bool hasCharacters,
        bool mirror,
        CancellationToken cancellation)
    {
        if (result.GetValue(_captions) is not { Length: > 0 } captions)
        {
            return name is null
                ? throw new ShowTellException($"DATASET is missing: {SharedOptions.DatasetDescription}")
                : (name, null);
        }

        string folder = result.GetValue(_data)
            ?? Path.Combine(Path.GetDirectoryName(model) ?? "", $"{Path.GetFileNameWithoutExtension(model)}-data");
        using PhotoEncoder encoder = _features.LoadEncoder(
            result, architecture == Architecture.Recurrent ? null : AttentionGridSide);
        ImportOptions import = _import.Read(result, captions, name, hasCharacters);
        if (ResumedRun.IsIn(result) && FeatureExtraction.IsDataset(folder)
            && ImportRun.DifferenceOf(import, folder) is string difference)
        {
            throw new IncompatibleException(
                $"{folder}: was imported with {difference}, so that the run cannot be resumed. Restore the captions, "
                + "or start another run.");
        }

        Import(import, folder, result.Output(), cancellation);
        FeatureExtractionOptions options = _features.ReadOptions(result) with
        {
            Standardize = true,
            Mirror = mirror,
        };
        (FeatureExtractionSummary summary, _) = FeatureRun.Extract(
            result.InvocationConfiguration,
            isSilent: false,
            show => FeatureExtraction.OfDataset(encoder, folder, options, show, cancellation));
        return (folder, Path.GetFileName(summary.Files[0]));
    }

    /// <summary>The options of a command line without those that made a dataset of photos, which is there.</summary>
    /// <param name="words">The words of the command line.</param>
    public string[] OptionsOnceMade(string[] words)
    {
        bool isEmbedding = Array.Exists(words, word => ResumedRun.IsOption(word, _embed.Name));
        Option[] dropped = isEmbedding ? [.. All.Except([_embed, _features.Backbone])] : [.. All];
        return
        [
            .. words.Where(word => word.StartsWith("--", StringComparison.Ordinal)
                && !Array.Exists(dropped, option => ResumedRun.IsOption(word, option.Name))),
        ];
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

    /// <summary>Imports the dataset, unless it is there. One of the same photos is made again if captions or options
    /// changed: its features stay.</summary>
    private static void Import(ImportOptions options, string folder, TextWriter output, CancellationToken cancellation)
    {
        bool exists = FeatureExtraction.IsDataset(folder);
        if (exists)
        {
            EnsureSamePhotos(options, folder);
            if (ImportRun.DifferenceOf(options, folder) is not string difference)
            {
                output.WriteLine($"dataset: {folder}, up to date");
                return;
            }

            output.WriteLine($"dataset: {folder} was imported with {difference}; it is imported again");
        }

        ImportRun.Print(
            output, ImportRun.Import(options, folder, isReplacing: exists, output, isSilent: false, cancellation));
        output.WriteLine($"dataset: {folder}");
    }

    private static void EnsureSamePhotos(ImportOptions options, string folder)
    {
        if (!DatasetManifest.IsIn(folder))
        {
            throw new DataException(
                $"{folder}: was imported by an earlier version. Delete it, or choose another folder with --data.");
        }

        string photos = DatasetManifest.Load(folder).Photos;
        if (options.Photos is string given && Path.GetFullPath(given) != photos)
        {
            throw new DataException(
                $"{folder}: holds the captions of photos in {photos}, not in {given}. Delete it, or choose another "
                + "folder with --data.");
        }
    }
}
