using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Files;

namespace ShowTell.Datasets;

/// <summary>Reads and writes dataset folders: imported ones (<see cref="DatasetManifest"/>), and those of
/// <see cref="DatasetLayout"/>.</summary>
public static partial class DatasetFolder
{
    /// <summary>The file of a folder that an earlier version imported; it names its photos and captions.</summary>
    internal const string ImportFile = "import.json";

    private const long MaxListBytes = 256L << 20;

    /// <summary>Opens a dataset. Captions are loaded, features are read on demand.</summary>
    /// <exception cref="DataException">A file is missing or damaged, or the files are inconsistent.</exception>
    public static CaptionDataset Load(string folder, DatasetOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new DatasetOptions();
        if (options.MaxTrain < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.MaxTrain, "MaxTrain must be at least 1.");
        }

        CaptionDataset dataset =
            DatasetManifest.IsIn(folder) ? LoadImported(folder, options) : LoadTensors(folder, options);
        return options.MaxTrain is int count ? dataset.WithMaxTrain(count, new SeededRandom(options.Seed)) : dataset;
    }

    /// <summary>The folder of the photos of a dataset, and a file of its captions as people wrote them; null if
    /// unknown.
    /// </summary>
    /// <exception cref="DataException">The folder is damaged.</exception>
    public static (string? Photos, string? Captions) SourceOf(string folder)
    {
        if (DatasetManifest.IsIn(folder))
        {
            DatasetManifest manifest = DatasetManifest.Load(folder);
            return (manifest.Photos, manifest.FindCaptions(folder));
        }

        string path = Path.Combine(folder, ImportFile);
        if (!File.Exists(path))
        {
            return (null, null);
        }

        using JsonDocument document = InputFile.ParseJson(path, MaxListBytes);
        var fields = new Import.JsonFields(path, "$", document.RootElement);
        return (fields.Text("photos"), fields.Text("captions"));
    }

    private static CaptionDataset LoadTensors(string folder, DatasetOptions options)
    {
        DatasetLayout layout = LayoutOf(folder);
        bool pca = ChooseFeatures(folder, layout, options.PcaFeatures);
        Vocabulary vocabulary = VocabularyFile.Load(Path.Combine(folder, layout.VocabularyFile));
        CaptionSplit train = LoadSplit(folder, layout, "train", pca, vocabulary);
        CaptionSplit? validation = null;
        try
        {
            validation = LoadSplit(folder, layout, "val", pca, vocabulary);
            EnsureEqual("features", source => source.Columns);
            EnsureEqual("regions", source => source.Regions);
            PhotoPipeline? pipeline = ReadPipeline(train.Features, validation.Features);
            return new CaptionDataset(folder, vocabulary, train, validation)
            {
                FeatureKind = pipeline is null
                    ? layout.FeatureKind(pca)
                    : FeaturesSpec.Of(pipeline, train.Features.Columns).Kind,
                PhotoPipeline = pipeline,
            };

            void EnsureEqual(string what, Func<IFeatureSource, int> of)
            {
                (IFeatureSource one, IFeatureSource other) = (train.Features, validation.Features);
                if (of(one) != of(other))
                {
                    throw new DataException(
                        $"{one.Origin} has {of(one)} {what} per image, {other.Origin} has {of(other)}; "
                        + "they must be equal.");
                }
            }
        }
        catch
        {
            train.Dispose();
            validation?.Dispose();
            throw;
        }
    }

    private static DatasetLayout LayoutOf(string folder)
    {
        DatasetLayout expected = DatasetLayout.Of(folder)
            ?? (File.Exists(Path.Combine(folder, DatasetLayout.Cs231n.VocabularyFile))
                ? DatasetLayout.Cs231n : DatasetLayout.Tensors);
        string[] missing =
        [
            .. new[] { expected.CaptionsFile, expected.VocabularyFile }
                .Where(file => !File.Exists(Path.Combine(folder, file))),
        ];
        if (missing.Length == 0)
        {
            return expected;
        }

        string problem = !Directory.Exists(folder) ? "is not a folder"
            : missing.Length > 1 ? $"contains no dataset ({DatasetManifest.FileName})"
            : $"lacks {string.Join(" and ", missing)}";
        DatasetLayout exercises = DatasetLayout.Cs231n;
        throw new DataException(
            $"{folder}: {problem}; expected a folder created by showtell data import, or the exercises' "
            + $"{exercises.CaptionsFile}, {exercises.VocabularyFile}, {exercises.FeatureFile("train", pca: true)} and "
            + $"{exercises.FeatureFile("val", pca: true)}.");
    }

    private static bool ChooseFeatures(string folder, DatasetLayout layout, bool? requested)
    {
        bool Has(string split, bool pca) => File.Exists(Path.Combine(folder, layout.FeatureFile(split, pca)));
        bool[] choices = requested is bool pcaOnly ? [pcaOnly] : [true, false];
        foreach (bool pca in choices)
        {
            if (Has("train", pca) && Has("val", pca))
            {
                return pca;
            }
        }

        string Pair(bool pca) => $"{layout.FeatureFile("train", pca)} and {layout.FeatureFile("val", pca)}";
        string needed = string.Join(", or ", choices.Select(Pair));
        string option = requested is bool value ? $" (PcaFeatures is {(value ? "true" : "false")})" : "";
        throw new DataException($"{folder}: lacks features: {needed}{option}.");
    }

    /// <summary>The pipeline of both splits' features; null if unknown.</summary>
    private static PhotoPipeline? ReadPipeline(IFeatureSource train, IFeatureSource validation)
    {
        PhotoPipeline? pipeline = Features.FeatureFile.ReadPipeline(train.Origin);
        PhotoPipeline? other = Features.FeatureFile.ReadPipeline(validation.Origin);
        string? difference = pipeline is null || other is null
            ? ReferenceEquals(pipeline, other)
                ? null
                : $"{(pipeline is null ? train : validation).Origin} has no pipeline"
            : pipeline.DifferenceOf(other) is string found ? $"{validation.Origin} has {found}" : null;
        return difference is null
            ? pipeline
            : throw new DataException(
                $"{train.Origin} and {validation.Origin} must be from the same pipeline, but {difference}.");
    }

    private static CaptionSplit LoadSplit(
        string folder, DatasetLayout layout, string name, bool pca, Vocabulary vocabulary)
    {
        string path = Path.Combine(folder, layout.CaptionsFile);
        TensorFeatures features = TensorFeatures.Open(Path.Combine(folder, layout.FeatureFile(name, pca)));
        try
        {
            (int[] captions, int width, int[] images) = ReadCaptions(path, name);
            EnsureStartMarkers(path, name, captions, width, vocabulary, layout.VocabularyFile);
            int[] missing = Features.FeatureFile.ReadMissing(features.Origin);
            (captions, images) = WithoutImages(missing, captions, width, images);
            string[] urls = ReadList(Path.Combine(folder, layout.UrlFile(name)), features);
            string[] imageNames = ReadList(Path.Combine(folder, layout.ImageFile(name)), features);
            return new CaptionSplit(name, captions, width, images, features, vocabulary.Count, urls, imageNames);
        }
        catch (DataException exception) when (!exception.Message.StartsWith(folder, StringComparison.Ordinal))
        {
            features.Dispose();
            throw new DataException($"{path}: {exception.Message}", exception);
        }
        catch
        {
            features.Dispose();
            throw;
        }
    }

    private static (int[] Captions, int Width, int[] Images) ReadCaptions(string path, string split)
    {
        using ITensorFile file = TensorFormats.Open(path);
        TensorInfo captions = file.Require($"{split}_captions"), images = file.Require($"{split}_image_idxs");
        TensorFiles.RequireRank(file, captions, 2);
        TensorFiles.RequireRank(file, images, 1);
        int count = (int)captions.Shape[0];
        int width = (int)captions.Shape[1];
        if (count == 0 || width < 2)
        {
            throw new DataException($"{path}: {captions}: must contain at least one caption of at least two ids.");
        }

        if (images.Shape[0] != count)
        {
            throw new DataException(
                $"{path}: {images}: must have one index for each of the {count} captions of {captions.Name}.");
        }

        return (file.ReadInt32(captions.Name), width, file.ReadInt32(images.Name));
    }

    /// <summary>Removes the captions of images without features.</summary>
    private static (int[] Captions, int[] Images) WithoutImages(int[] missing, int[] captions, int width, int[] images)
    {
        if (missing.Length == 0)
        {
            return (captions, images);
        }

        HashSet<int> removed = [.. missing];
        int[] kept = [.. Enumerable.Range(0, images.Length).Where(caption => !removed.Contains(images[caption]))];
        return kept.Length > 0
            ? ([.. kept.SelectMany(caption => captions[(caption * width)..((caption + 1) * width)])],
                [.. kept.Select(caption => images[caption])])
            : throw new DataException("no caption is left: none of their photos could be read.");
    }

    // Otherwise another vocabulary of the same size would not be noticed.
    private static void EnsureStartMarkers(
        string path, string split, int[] captions, int width, Vocabulary vocabulary, string vocabularyFile)
    {
        for (int i = 0; i < captions.Length; i += width)
        {
            if (captions[i] != vocabulary.StartId)
            {
                throw new DataException(
                    $"{path}: caption {i / width} of {split}_captions begins with the id {captions[i]}, but "
                    + $"{Vocabulary.Start} is {vocabulary.StartId} in {vocabularyFile}: captions and vocabulary are "
                    + "incompatible.");
            }
        }
    }

    private static string[] ReadList(string path, IFeatureSource features)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            long bytes = new FileInfo(path).Length;
            string[] lines = bytes <= MaxListBytes
                ? [.. File.ReadLines(path).Take(features.Rows + 1).Select(line => line.Trim())]
                : throw new DataException($"{path}: has {bytes} bytes; the maximum is {MaxListBytes}.");
            return lines.Length == features.Rows
                ? lines
                : throw new DataException(
                    $"{path}: has "
                    + $"{(lines.Length > features.Rows ? "more than " : "")}{Math.Min(lines.Length, features.Rows)} "
                    + $"lines, but {features.Origin} has {features.Rows} images.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }
}

/// <summary>The options of <see cref="DatasetFolder.Load"/>.</summary>
public sealed record DatasetOptions
{
    /// <summary>
    /// The maximum number of training captions, at least 1, sampled without replacement; null, the default, for all.
    /// </summary>
    public int? MaxTrain { get; init; }

    /// <summary>
    /// Whether to read PCA features (<c>_pca</c>) or full features; null, the default, for PCA features if the folder
    /// has them, else full features.
    /// </summary>
    public bool? PcaFeatures { get; init; }

    /// <summary>
    /// The start of the name of a file in the <c>features</c> folder of an imported dataset; null, the default, for the
    /// only file that <see cref="PcaFeatures"/> leaves.
    /// </summary>
    public string? Features { get; init; }

    /// <summary>The <see cref="FeaturesSpec.Kind"/> of the features of an imported dataset; null, the default, for any.
    /// </summary>
    public string? FeatureKind { get; init; }

    /// <summary>The random seed for <see cref="MaxTrain"/>; 231 by default.</summary>
    public ulong Seed { get; init; } = 231;
}
