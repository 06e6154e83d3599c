using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Files;

namespace ShowTell.Datasets;

/// <summary>Datasets in folders. <see cref="DatasetLayout"/> says which files they have.</summary>
public static partial class DatasetFolder
{
    /// <summary>Where an imported folder says from what it was made.</summary>
    internal const string ImportFile = "import.json";

    private const long MaxListBytes = 256L << 20;

    /// <summary>Opens a dataset. Captions are read whole, features as they are needed.</summary>
    /// <exception cref="DataException">A file is missing or damaged, or the files do not belong together.</exception>
    public static CaptionDataset Load(string folder, DatasetOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new DatasetOptions();
        if (options.MaxTrain < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.MaxTrain, "MaxTrain must be at least 1.");
        }

        DatasetLayout layout = RequireFiles(folder);
        bool pca = ChooseFeatures(folder, layout, options.PcaFeatures);
        Vocabulary vocabulary = VocabularyFile.Load(Path.Combine(folder, layout.VocabularyFile));
        CaptionSplit train = LoadSplit(folder, layout, "train", pca, vocabulary);
        CaptionSplit? validation = null;
        try
        {
            validation = LoadSplit(folder, layout, "val", pca, vocabulary);
            RequireSame("features", source => source.Columns);
            RequireSame("places", source => source.Places);
            PhotoPipeline? recipe = ReadRecipe(train.Features, validation.Features);
            var dataset = new CaptionDataset(folder, vocabulary, train, validation)
            {
                FeatureKind = recipe is null
                    ? layout.FeatureKind(pca)
                    : FeaturesSpec.Of(recipe, train.Features.Columns).Kind,
                PhotoPipeline = recipe,
            };
            return options.MaxTrain is int count
                ? dataset.WithMaxTrain(count, new SeededRandom(options.Seed))
                : dataset;

            void RequireSame(string what, Func<IFeatureSource, int> of)
            {
                (IFeatureSource one, IFeatureSource other) = (train.Features, validation.Features);
                if (of(one) != of(other))
                {
                    throw new DataException(
                        $"{one.Origin} has {of(one)} {what} an image, {other.Origin} {of(other)}: "
                        + "they must have the same.");
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

    private static DatasetLayout RequireFiles(string folder)
    {
        DatasetLayout expected = DatasetLayout.Of(folder)
            ?? (File.Exists(Path.Combine(folder, DatasetLayout.Cs231n.VocabularyFile))
                ? DatasetLayout.Cs231n : DatasetLayout.ShowTell);
        string[] missing =
        [
            .. new[] { expected.CaptionsFile, expected.VocabularyFile }
                .Where(file => !File.Exists(Path.Combine(folder, file))),
        ];
        if (missing.Length == 0)
        {
            return expected;
        }

        string problem = Directory.Exists(folder) ? $"lacks {string.Join(" and ", missing)}" : "is not a folder";
        DatasetLayout exercises = DatasetLayout.Cs231n;
        throw new DataException(
            $"{folder}: {problem}; a dataset folder is made by showtell data import, or has the exercises' "
            + $"{exercises.CaptionsFile}, {exercises.VocabularyFile}, {exercises.FeatureFile("train", pca: true)} and "
            + $"{exercises.FeatureFile("val", pca: true)}.");
    }

    private static bool ChooseFeatures(string folder, DatasetLayout layout, bool? wanted)
    {
        bool Has(string split, bool pca) => File.Exists(Path.Combine(folder, layout.FeatureFile(split, pca)));
        bool[] choices = wanted is bool one ? [one] : [true, false];
        foreach (bool pca in choices)
        {
            if (Has("train", pca) && Has("val", pca))
            {
                return pca;
            }
        }

        if (File.Exists(Path.Combine(folder, ImportFile)) && !Has("train", pca: true) && !Has("train", pca: false))
        {
            throw new DataException(
                $"{folder}: holds captions, but no features of their photos yet. They are computed by: "
                + $"showtell features {folder} --backbone net.onnx");
        }

        string Pair(bool pca) => $"{layout.FeatureFile("train", pca)} and {layout.FeatureFile("val", pca)}";
        string needed = string.Join(", or ", choices.Select(Pair));
        string other = wanted is bool asked ? $" (asked for by PcaFeatures = {(asked ? "true" : "false")})" : "";
        throw new DataException($"{folder}: lacks features: {needed}{other}.");
    }

    /// <summary>How photos became the features of both splits; null where the files do not say.</summary>
    private static PhotoPipeline? ReadRecipe(IFeatureSource train, IFeatureSource validation)
    {
        PhotoPipeline? recipe = Features.FeatureFile.ReadRecipe(train.Origin);
        PhotoPipeline? other = Features.FeatureFile.ReadRecipe(validation.Origin);
        string? difference = recipe is null || other is null
            ? recipe == other ? null : $"{(recipe is null ? train : validation).Origin} does not say how they were made"
            : recipe.DifferenceOf(other) is string found ? $"{validation.Origin} has {found}" : null;
        return difference is null
            ? recipe
            : throw new DataException(
                $"{train.Origin} and {validation.Origin} must have features made in the same way, but {difference}.");
    }

    private static CaptionSplit LoadSplit(
        string folder, DatasetLayout layout, string name, bool pca, Vocabulary vocabulary)
    {
        string path = Path.Combine(folder, layout.CaptionsFile);
        TensorFeatures features = TensorFeatures.Open(Path.Combine(folder, layout.FeatureFile(name, pca)));
        try
        {
            (int[] captions, int width, int[] images) = ReadCaptions(path, name);
            CheckStarts(path, name, captions, width, vocabulary, layout.VocabularyFile);
            (captions, images) = LeaveOut(Features.FeatureFile.ReadMissing(features.Origin), captions, width, images);
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
            throw new DataException($"{path}: {captions}: must hold at least one caption of at least two ids.");
        }

        if (images.Shape[0] != count)
        {
            throw new DataException(
                $"{path}: {images}: must have one number for each of the {count} captions of {captions.Name}.");
        }

        return (file.ReadInt32(captions.Name), width, file.ReadInt32(images.Name));
    }

    /// <summary>Leaves out the captions of images that have no features.</summary>
    private static (int[] Captions, int[] Images) LeaveOut(int[] missing, int[] captions, int width, int[] images)
    {
        if (missing.Length == 0)
        {
            return (captions, images);
        }

        HashSet<int> without = [.. missing];
        int[] kept = [.. Enumerable.Range(0, images.Length).Where(caption => !without.Contains(images[caption]))];
        return kept.Length > 0
            ? ([.. kept.SelectMany(caption => captions[(caption * width)..((caption + 1) * width)])],
                [.. kept.Select(caption => images[caption])])
            : throw new DataException("no caption is left: the photos of all of them could not be read.");
    }

    // Another vocabulary of the same size would otherwise go unnoticed.
    private static void CheckStarts(
        string path, string split, int[] captions, int width, Vocabulary vocabulary, string vocabularyFile)
    {
        for (int i = 0; i < captions.Length; i += width)
        {
            if (captions[i] != vocabulary.StartId)
            {
                throw new DataException(
                    $"{path}: caption {i / width} of {split}_captions begins with the id {captions[i]}, but "
                    + $"{Vocabulary.Start} is {vocabulary.StartId} in {vocabularyFile}: captions and vocabulary do "
                    + "not belong together.");
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
                : throw new DataException($"{path}: has {bytes} bytes; at most {MaxListBytes} are read.");
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

/// <summary>How a <see cref="DatasetFolder"/> is read.</summary>
public sealed record DatasetOptions
{
    /// <summary>
    /// The most training captions, drawn at random without replacement; at least 1. All of them if null, the default.
    /// </summary>
    public int? MaxTrain { get; init; }

    /// <summary>
    /// Whether to read the features that were reduced by principal components (<c>_pca</c>). If null, the default, they
    /// are read where the folder has them, and the full ones otherwise.
    /// </summary>
    public bool? PcaFeatures { get; init; }

    /// <summary>Seed of the draw for <see cref="MaxTrain"/>; 231 by default.</summary>
    public ulong Seed { get; init; } = 231;
}
