using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Datasets.Features;
using ShowTell.Datasets.Import;
using ShowTell.Datasets.Scenes;
using ShowTell.Evaluation;
using ShowTell.Metrics;
using ShowTell.ModelFiles;
using ShowTell.Reporting;

namespace ShowTell.Cli.Support;

/// <summary>A dataset named on the command line: a folder, or <c>scenes</c>, whose pictures are drawn.</summary>
internal sealed class LoadedDataset : IDisposable
{
    private readonly SceneDataset? _scenes;
    private readonly ImportedFolder? _import;

    private LoadedDataset(CaptionDataset captions, SceneDataset? scenes, ImportedFolder? import = null) =>
        (Captions, _scenes, _import) = (captions, scenes, import);

    public CaptionDataset Captions { get; private set; }

    /// <summary>Opens a dataset.</summary>
    /// <param name="name">A folder, or <c>scenes</c>, or <c>scenes:SEED</c>.</param>
    /// <param name="pca">Whether to read a folder's reduced features; null for those that are there.</param>
    public static LoadedDataset Load(string name, bool? pca) => SceneSeed(name) is ulong seed
        ? LoadScenes(seed)
        : new LoadedDataset(
            DatasetFolder.Load(name, new DatasetOptions { PcaFeatures = pca }),
            null,
            FeatureExtraction.IsDataset(name) ? ImportedFolder.Load(name) : null);

    /// <summary>Opens the dataset that a model was trained on, with no more training captions than it saw.</summary>
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
                $"{model}: {error.Message} Give it the dataset that it was trained on, {bundle.Training.Dataset}.",
                error);
        }

        dataset.LimitTrain(bundle.Training.TrainCaptions, bundle.Training.Seed);
        return dataset;
    }

    /// <summary>Opens a dataset with those of its features that a model was trained on.</summary>
    public static LoadedDataset LoadFor(ModelBundle bundle, string name)
    {
        string kind = bundle.Features.Kind;
        DatasetLayout layout = DatasetLayout.Of(name) ?? DatasetLayout.ShowTell;
        return Load(
            name,
            bundle.Features.Photos is PhotoPipeline photos ? photos.Transform?.Components is not null
                : kind == layout.FeatureKind(pca: true) ? true
                : kind == layout.FeatureKind(pca: false) ? false
                : null);
    }

    /// <summary>Draws the scenes of a seed.</summary>
    public static LoadedDataset LoadScenes(ulong seed)
    {
        SceneDataset scenes = SceneDataset.Generate(new SceneOptions { Seed = seed });
        return new LoadedDataset(scenes.Captions, scenes);
    }

    /// <summary>Keeps at most that many training captions: the same ones for the same seed.</summary>
    public void LimitTrain(int? maxTrain, ulong seed)
    {
        if (maxTrain is int count)
        {
            Captions = Captions.WithMaxTrain(count, new SeededRandom(seed));
        }
    }

    /// <summary>
    /// The true captions of a split's images: as people wrote them, where it is known in which file they are.
    /// </summary>
    /// <param name="split">The split.</param>
    /// <param name="file">A caption file; null for the one that the dataset was imported from, if it was.</param>
    public ReferenceCaptions References(CaptionSplit split, string? file)
    {
        file ??= _import?.Captions;
        if (file is null)
        {
            return ReferenceCaptions.OfDataset(split, Captions.Vocabulary);
        }

        return File.Exists(file) ? ReferenceCaptions.OfFile(split, file) : throw new DataException(
            $"{file}: there is no such file; the true captions were expected there. Say where they are by "
            + "--references.");
    }

    /// <summary>The captions of the training split, their words with a space between them.</summary>
    public HashSet<string> TrainCaptions() =>
    [
        .. Captions.Vocabulary.DecodeBatch(Captions.Train.Captions, Captions.Train.CaptionWidth)
            .Distinct().Select(CaptionTokenizer.Normalize),
    ];

    /// <summary>The pictures of images of a split: drawn, from a folder, or from their URLs.</summary>
    public async Task<Picture[]> PicturesAsync(
        CaptionSplit split, IReadOnlyList<int> images, string? folder, bool offline, CancellationToken cancellation)
    {
        if (_scenes is not null)
        {
            IReadOnlyList<Scene> scenes = _scenes.Scenes(split.Name);
            return [.. images.Select(image => Picture.FromSvg(SceneDrawing.ToSvg(scenes[image])))];
        }

        folder ??= Directory.Exists(_import?.Photos) ? _import.Photos : null;
        using PictureDownloader? downloader = offline ? null : new PictureDownloader();
        var finder = new PictureFinder(folder is null ? null : new PictureFolder(folder), downloader);
        return await finder.FindAsync(split, images, cancellation);
    }

    /// <summary>Cards of a page with <see cref="PicturesAsync"/>.</summary>
    public async Task<GalleryCard[]> CardsAsync(
        CaptionSplit split, IReadOnlyList<int> images, string? folder, bool offline, CancellationToken cancellation)
    {
        Picture[] pictures = await PicturesAsync(split, images, folder, offline, cancellation);
        return [.. images.Zip(pictures, (image, picture) => new GalleryCard(picture, split.ImageLabel(image))
        {
            Link = image < split.Urls.Count ? split.Urls[image] : null,
        })];
    }

    /// <summary>Whether a caption is true of an image, where that can be known.</summary>
    public bool? IsTrue(CaptionSplit split, int image, string caption) =>
        _scenes is null ? null : SceneCaptionChecker.IsTrue(caption, _scenes.Scenes(split.Name)[image]);

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
            : throw new DataException($"{name}: the seed of scenes is a whole number from 0 on, as in scenes:7.");
    }

    public void Dispose() => Captions.Dispose();
}
