using ShowTell.Numerics;
using ShowTell.Vision;

namespace ShowTell.Data;

/// <summary>
/// Datasets in the file layout of the CS231n captioning exercises:
/// <list type="bullet">
/// <item><c>coco2014_captions.h5</c>: <c>train_captions</c> (captions x width), <c>train_image_idxs</c> (captions), and
/// the same for <c>val</c>: integers.</item>
/// <item><c>coco2014_vocab.json</c>: <c>idx_to_word</c> and <c>word_to_idx</c>.</item>
/// <item><c>train2014_vgg16_fc7.h5</c> or <c>train2014_vgg16_fc7_pca.h5</c>, and the same for <c>val2014</c>:
/// <c>features</c> (images x D), floating-point numbers.</item>
/// <item>Optional: <c>train2014_urls.txt</c>, <c>train2014_images.txt</c> (file names), and the same for
/// <c>val2014</c>: a line for each image.</item>
/// </list>
/// </summary>
public static partial class Cs231nFolder
{
    internal const string CaptionsFile = "coco2014_captions.h5";
    internal const string VocabularyFile = "coco2014_vocab.json";

    /// <summary>Where an imported folder says from what it was made.</summary>
    internal const string ImportFile = "import.json";

    private const long MaxListBytes = 256L << 20;

    /// <summary>
    /// The <see cref="CaptionDataset.FeatureKind"/> of a folder's features, those of the network or reduced ones, where
    /// the files do not say how they were made.
    /// </summary>
    public static string FeatureKind(bool pca) =>
        $"cs231n {Path.GetFileNameWithoutExtension(FeatureFile("train", pca))}";

    /// <summary>Opens a dataset. Captions are read whole, features as they are needed.</summary>
    /// <exception cref="DataException">A file is missing or damaged, or the files do not belong together.</exception>
    /// <exception cref="NativeLibraryMissingException">libhdf5 is not on this machine.</exception>
    public static CaptionDataset Load(string folder, Cs231nOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new Cs231nOptions();
        if (options.MaxTrain < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.MaxTrain, "MaxTrain must be at least 1.");
        }

        RequireFiles(folder);
        bool pca = ChooseFeatures(folder, options.PcaFeatures);
        Vocabulary vocabulary = Cs231nVocabulary.Load(Path.Combine(folder, VocabularyFile));
        CaptionSplit train = LoadSplit(folder, "train", pca, vocabulary);
        CaptionSplit? validation = null;
        try
        {
            validation = LoadSplit(folder, "val", pca, vocabulary);
            if (train.Features.Columns != validation.Features.Columns)
            {
                throw new DataException(
                    $"{train.Features.Origin} has {train.Features.Columns} features an image, "
                    + $"{validation.Features.Origin} {validation.Features.Columns}: they must have the same.");
            }

            if (train.Features.Places != validation.Features.Places)
            {
                throw new DataException(
                    $"{train.Features.Origin} has {train.Features.Places} places an image, "
                    + $"{validation.Features.Origin} {validation.Features.Places}: they must have the same.");
            }

            PhotoRecipe? recipe = ReadRecipe(train.Features, validation.Features);
            var dataset = new CaptionDataset(folder, vocabulary, train, validation)
            {
                FeatureKind = recipe is null
                    ? FeatureKind(pca)
                    : FeatureRecipe.Of(recipe, train.Features.Columns).Kind,
                PhotoRecipe = recipe,
            };
            return options.MaxTrain is int count
                ? dataset.WithMaxTrain(count, new SeededRandom(options.Seed))
                : dataset;
        }
        catch
        {
            train.Dispose();
            validation?.Dispose();
            throw;
        }
    }

    internal static string FeatureFile(string split, bool pca) => $"{split}2014_vgg16_fc7{(pca ? "_pca" : "")}.h5";

    private static string UrlFile(string split) => $"{split}2014_urls.txt";

    internal static string ImageFile(string split) => $"{split}2014_images.txt";

    private static string[] LayoutFiles() =>
    [
        CaptionsFile, VocabularyFile,
        FeatureFile("train", pca: false), FeatureFile("train", pca: true),
        FeatureFile("val", pca: false), FeatureFile("val", pca: true),
        UrlFile("train"), UrlFile("val"), ImageFile("train"), ImageFile("val"), ImportFile,
    ];

    private static void RequireFiles(string folder)
    {
        string[] missing =
            [.. new[] { CaptionsFile, VocabularyFile }.Where(file => !File.Exists(Path.Combine(folder, file)))];
        if (missing.Length > 0)
        {
            string problem = Directory.Exists(folder) ? $"lacks {string.Join(" and ", missing)}" : "is no folder";
            throw new DataException(
                $"{folder}: {problem}; a dataset folder has {CaptionsFile}, {VocabularyFile}, "
                + "train2014_vgg16_fc7[_pca].h5 and val2014_vgg16_fc7[_pca].h5.");
        }
    }

    private static bool ChooseFeatures(string folder, bool? wanted)
    {
        foreach (bool pca in wanted is bool one ? [one] : new[] { true, false })
        {
            if (new[] { "train", "val" }.All(split => File.Exists(Path.Combine(folder, FeatureFile(split, pca)))))
            {
                return pca;
            }
        }

        if (File.Exists(Path.Combine(folder, ImportFile))
            && !new[] { true, false }.Any(pca => File.Exists(Path.Combine(folder, FeatureFile("train", pca)))))
        {
            throw new DataException(
                $"{folder}: holds captions, but no features of their photos yet. They are computed by: "
                + $"showtell features {folder} --backbone net.onnx");
        }

        string Pair(bool pca) => $"{FeatureFile("train", pca)} and {FeatureFile("val", pca)}";
        string needed = wanted is bool single ? Pair(single) : $"{Pair(true)}, or {Pair(false)}";
        string other = wanted is bool asked ? $" (asked for by PcaFeatures = {(asked ? "true" : "false")})" : "";
        throw new DataException($"{folder}: lacks features: {needed}{other}.");
    }

    /// <summary>How photos became the features of both splits; null where the files do not say.</summary>
    private static PhotoRecipe? ReadRecipe(IFeatureSource train, IFeatureSource validation)
    {
        PhotoRecipe? recipe = Features.FeatureFile.ReadRecipe(train.Origin);
        PhotoRecipe? other = Features.FeatureFile.ReadRecipe(validation.Origin);
        string? difference = recipe is null || other is null
            ? recipe == other ? null : $"{(recipe is null ? train : validation).Origin} does not say how they were made"
            : recipe.DifferenceOf(other) is string found ? $"{validation.Origin} has {found}" : null;
        return difference is null
            ? recipe
            : throw new DataException(
                $"{train.Origin} and {validation.Origin} must have features made in the same way, but {difference}.");
    }

    private static CaptionSplit LoadSplit(string folder, string name, bool pca, Vocabulary vocabulary)
    {
        string path = Path.Combine(folder, CaptionsFile);
        Hdf5Features features = Hdf5Features.Open(Path.Combine(folder, FeatureFile(name, pca)));
        try
        {
            (int[] captions, int width, int[] images) = ReadCaptions(path, name);
            CheckStarts(path, name, captions, width, vocabulary);
            (captions, images) = LeaveOut(Features.FeatureFile.ReadMissing(features.Origin), captions, width, images);
            string[] urls = ReadList(Path.Combine(folder, UrlFile(name)), features);
            string[] imageNames = ReadList(Path.Combine(folder, ImageFile(name)), features);
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
        using Hdf5File file = Hdf5File.Open(path);
        using Hdf5Dataset captions = file.OpenDataset($"{split}_captions");
        using Hdf5Dataset images = file.OpenDataset($"{split}_image_idxs");
        captions.RequireRank(2);
        images.RequireRank(1);
        int count = (int)captions.Info.Shape[0];
        int width = (int)captions.Info.Shape[1];
        if (count == 0 || width < 2)
        {
            throw new DataException($"{captions.Described}: must hold at least one caption of at least two ids.");
        }

        if (images.Info.Shape[0] != count)
        {
            throw new DataException(
                $"{images.Described}: must have one number for each of the {count} captions of {captions.Info.Name}.");
        }

        return (captions.ReadInt32(), width, images.ReadInt32());
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
    private static void CheckStarts(string path, string split, int[] captions, int width, Vocabulary vocabulary)
    {
        for (int i = 0; i < captions.Length; i += width)
        {
            if (captions[i] != vocabulary.StartId)
            {
                throw new DataException(
                    $"{path}: caption {i / width} of {split}_captions begins with the id {captions[i]}, but "
                    + $"{Vocabulary.Start} is {vocabulary.StartId} in {VocabularyFile}: captions and vocabulary do "
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
