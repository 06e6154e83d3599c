using ShowTell.Backbones;
using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.Datasets.Scenes;
using ShowTell.Reporting;

namespace ShowTell.Cli.Options;

/// <summary>A dataset named on the command line: a folder, or <c>scenes</c>, whose pictures are drawn.</summary>
internal sealed class LoadedDataset : IDisposable
{
    private readonly SceneDataset? _scenes;
    private readonly (string? Photos, string? Captions) _source;

    private LoadedDataset(
        CaptionDataset captions, SceneDataset? scenes, (string? Photos, string? Captions) source = default) =>
        (Captions, _scenes, _source) = (captions, scenes, source);

    public CaptionDataset Captions { get; private set; }

    /// <summary>Opens a dataset.</summary>
    /// <param name="name">A folder, or <c>scenes</c>, or <c>scenes:SEED</c>.</param>
    /// <param name="options">Which features are read.</param>
    public static LoadedDataset Load(string name, DatasetOptions options) => SceneSeed(name) is ulong seed
        ? LoadScenes(seed)
        : new LoadedDataset(DatasetFolder.Load(name, options), null, DatasetFolder.SourceOf(name));

    /// <summary>Opens a dataset.</summary>
    /// <param name="name">A folder, or <c>scenes</c>, or <c>scenes:SEED</c>.</param>
    /// <param name="features">The features, as <see cref="SharedOptions.Features"/> names them; null for the default.
    /// </param>
    public static LoadedDataset Load(string name, string? features) => Load(name, features switch
    {
        "pca" or "raw" => new DatasetOptions { PcaFeatures = features == "pca" },
        _ => new DatasetOptions { Features = features },
    });

    /// <summary>Opens the dataset that a model was trained on, with the training captions that it saw.</summary>
    /// <exception cref="IncompatibleException">The model was not trained on such a dataset.</exception>
    public static LoadedDataset LoadOf(string model, ModelBundle bundle, string name)
    {
        LoadedDataset dataset = LoadFor(bundle, name);
        try
        {
            bundle.EnsureCompatible(dataset.Captions);
        }
        catch (IncompatibleException error)
        {
            dataset.Dispose();
            throw new IncompatibleException(
                $"{model}: {error.Message} " + (bundle.Training.Dataset == NameOf(name)
                    ? $"If {name} is the dataset that it was trained on, it was imported again with other captions or "
                        + "options since, or given other features: restore it, or train again."
                    : $"Use the dataset that it was trained on, {bundle.Training.Dataset}."),
                error);
        }

        dataset.LimitTrain(bundle.Training.TrainCaptions, bundle.Training.Seed);
        return dataset;
    }

    /// <summary>The name of a dataset in model files: that of its folder.</summary>
    public static string NameOf(string dataset) => Directory.Exists(dataset) || dataset.Contains('/')
        ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataset)))
        : dataset;

    /// <summary>Opens a dataset with the kind of features that a model was trained on.</summary>
    public static LoadedDataset LoadFor(ModelBundle bundle, string name)
    {
        string kind = bundle.Features.Kind;
        DatasetLayout layout = DatasetLayout.Of(name) ?? DatasetLayout.Tensors;
        bool? pca = bundle.Features.Photos is PhotoPipeline photos ? photos.Transform?.Components is not null
            : kind == layout.FeatureKind(pca: true) ? true
            : kind == layout.FeatureKind(pca: false) ? false
            : null;
        return Load(name, new DatasetOptions { PcaFeatures = pca, FeatureKind = kind });
    }

    /// <summary>Draws the scenes of a seed.</summary>
    public static LoadedDataset LoadScenes(ulong seed)
    {
        SceneDataset scenes = SceneDataset.Generate(new SceneOptions { Seed = seed });
        return new LoadedDataset(scenes.Captions, scenes);
    }

    /// <summary>Refuses to train where too many words of the train captions are unknown.</summary>
    /// <exception cref="DataException">The model could hardly say anything.</exception>
    public void EnsureKnownWords()
    {
        double share = Captions.Vocabulary.UnknownShare(Captions.Train.Captions);
        if (share > DatasetImport.MaxUnknownShare)
        {
            throw new DataException(
                $"{Captions.Origin}: {100 * share:F0}% of the words of its train captions are "
                + $"{Vocabulary.Unknown}; a useful model needs at most {100 * DatasetImport.MaxUnknownShare:F0}%. "
                + "Import the captions again with a lower --min-count.");
        }
    }

    /// <summary>Keeps at most <paramref name="maxTrain"/> training captions: the same ones for the same seed.</summary>
    public void LimitTrain(int? maxTrain, ulong seed)
    {
        if (maxTrain is int count)
        {
            Captions = Captions.WithMaxTrain(count, new SeededRandom(seed));
        }
    }

    /// <summary>The reference captions of a split's images.</summary>
    /// <param name="split">The split.</param>
    /// <param name="file">
    /// A caption file; null for the captions of an imported dataset as people wrote them, or else the dataset's own
    /// words.
    /// </param>
    public ReferenceCaptions References(CaptionSplit split, string? file)
    {
        file ??= _source.Captions;
        if (file is null)
        {
            return ReferenceCaptions.OfDataset(split, Captions.Vocabulary);
        }

        return Path.Exists(file) ? ReferenceCaptions.OfFile(split, file) : throw new DataException(
            $"{file}: there is no such file of reference captions. Name another with --references.");
    }

    /// <summary>The captions of the training split, their words separated by spaces.</summary>
    public HashSet<string> TrainCaptions() =>
    [
        .. Captions.Vocabulary.DecodeBatch(Captions.Train.Captions, Captions.Train.CaptionWidth)
            .Distinct().Select(CaptionTokenizer.Normalize),
    ];

    /// <summary>The folder of an imported dataset's photos; null if there is none.</summary>
    public string? PhotoFolder => Directory.Exists(_source.Photos) ? _source.Photos : null;

    /// <summary>The picture of a scene; null if the dataset has no scenes.</summary>
    public Picture? DrawScene(CaptionSplit split, int image) =>
        _scenes is null ? null : Picture.FromSvg(SceneDrawing.ToSvg(_scenes.Scenes(split.Name)[image]));

    /// <summary>Whether a caption is true of an image; null if unknown.</summary>
    public bool? IsTrue(CaptionSplit split, int image, string caption) =>
        _scenes is null ? null : SceneCaptionChecker.IsTrue(caption, _scenes.Scenes(split.Name)[image]);

    /// <summary>Images of a split that have captions, in random order.</summary>
    public static int[] DrawImages(CaptionSplit split, int count, ulong seed)
    {
        int[] images = [.. split.CaptionedImages()];
        new SeededRandom(seed).Shuffle<int>(images);
        return images[..Math.Min(count, images.Length)];
    }

    private static ulong? SceneSeed(string name)
    {
        const string Prefix = "scenes:";
        if (Directory.Exists(name) || (name != "scenes" && !name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            return null;
        }

        return name == "scenes" ? new SceneOptions().Seed
            : ulong.TryParse(
                name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed
            : throw new DataException($"{name}: a whole number was expected as the seed of scenes, as in scenes:7.");
    }

    public void Dispose() => Captions.Dispose();
}
