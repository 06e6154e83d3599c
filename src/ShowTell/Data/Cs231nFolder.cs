using ShowTell.Interop;
using ShowTell.Numerics;

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
public static class Cs231nFolder
{
    internal const string CaptionsFile = "coco2014_captions.h5";
    internal const string VocabularyFile = "coco2014_vocab.json";

    /// <summary>Where an imported folder says from what it was made.</summary>
    internal const string ImportFile = "import.json";

    private const long MaxListBytes = 256L << 20;
    private const int SavedBlockBytes = 4 << 20;

    /// <summary>
    /// The <see cref="CaptionDataset.FeatureKind"/> of a folder's features: those of the network, or reduced ones.
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

            var dataset = new CaptionDataset(folder, vocabulary, train, validation)
            {
                FeatureKind = FeatureKind(pca),
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

    /// <summary>
    /// Writes a dataset in this layout. All files are written into a folder beside their place before
    /// the first one takes its place.
    /// </summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="folder">A folder that holds no dataset yet; it is made if it is missing.</param>
    /// <param name="pcaFeatures">Whether the feature files take the names of reduced features (<c>_pca</c>).</param>
    /// <exception cref="DataException">The folder holds a dataset already, or the features cannot be read.</exception>
    /// <exception cref="ShowTellException">A file cannot be written.</exception>
    /// <exception cref="NativeLibraryMissingException">libhdf5 is not on this machine.</exception>
    public static void Save(CaptionDataset dataset, string folder, bool pcaFeatures = true)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (dataset.Vocabulary.Kind != TokenKind.Word)
        {
            throw new ArgumentException(
                "The layout has no place for character tokens; save the dataset of words.", nameof(dataset));
        }

        RequireNoDataset(folder);
        Stage(folder, staging =>
        {
            SaveSplit(dataset.Train, staging, pcaFeatures);
            SaveSplit(dataset.Validation, staging, pcaFeatures);
            Cs231nVocabulary.Save(dataset.Vocabulary, Path.Combine(staging, VocabularyFile));
            SaveCaptions(dataset, Path.Combine(staging, CaptionsFile));
        });
    }

    /// <summary>
    /// Writes files into a folder beside their place, then moves them there. A folder made for them goes again if
    /// writing fails.
    /// </summary>
    internal static void Stage(string folder, Action<string> write)
    {
        bool isNew = !Directory.Exists(folder);
        string staging = Path.Combine(folder, $".{Guid.NewGuid():N}.partial");
        try
        {
            Directory.CreateDirectory(staging);
            write(staging);
            foreach (string file in Directory.EnumerateFiles(staging).Order(StringComparer.Ordinal))
            {
                File.Move(file, Path.Combine(folder, Path.GetFileName(file)));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ShowTellException($"{folder}: cannot be written: {exception.Message}", exception);
        }
        finally
        {
            if (Directory.Exists(staging))
            {
                Directory.Delete(staging, recursive: true);
            }

            if (isNew && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
            }
        }
    }

    private static string FeatureFile(string split, bool pca) => $"{split}2014_vgg16_fc7{(pca ? "_pca" : "")}.h5";

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

    internal static void RequireNoDataset(string folder)
    {
        if (LayoutFiles().FirstOrDefault(file => File.Exists(Path.Combine(folder, file))) is string present)
        {
            throw new DataException($"{folder}: holds a dataset already ({present}); save into another folder.");
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
                $"{folder}: holds captions, but no features of their photos yet. {FeatureFile("train", false)} and "
                + $"{FeatureFile("val", false)} are needed, each with a dataset \"features\" that has a row for each "
                + $"line of {ImageFile("train")} and {ImageFile("val")}.");
        }

        string Pair(bool pca) => $"{FeatureFile("train", pca)} and {FeatureFile("val", pca)}";
        string needed = wanted is bool single ? Pair(single) : $"{Pair(true)}, or {Pair(false)}";
        string other = wanted is bool asked ? $" (asked for by PcaFeatures = {(asked ? "true" : "false")})" : "";
        throw new DataException($"{folder}: lacks features: {needed}{other}.");
    }

    private static CaptionSplit LoadSplit(string folder, string name, bool pca, Vocabulary vocabulary)
    {
        string path = Path.Combine(folder, CaptionsFile);
        Hdf5Features features = Hdf5Features.Open(Path.Combine(folder, FeatureFile(name, pca)));
        try
        {
            (int[] captions, int width, int[] images) = ReadCaptions(path, name);
            CheckStarts(path, name, captions, width, vocabulary);
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

    private static void SaveCaptions(CaptionDataset dataset, string path) => Hdf5Writer.Write(path, file =>
    {
        foreach (CaptionSplit split in new[] { dataset.Train, dataset.Validation })
        {
            AddCaptions(file, split.Name, split.CaptionWidth, split.Captions, split.ImageIndices);
        }
    });

    internal static void AddCaptions(
        Hdf5Writer file, string split, int width, ReadOnlySpan<int> captions, ReadOnlySpan<int> images)
    {
        file.Add($"{split}_captions", [images.Length, width], captions);
        file.Add($"{split}_image_idxs", [images.Length], images);
    }

    private static void SaveSplit(CaptionSplit split, string folder, bool pca)
    {
        IFeatureSource features = split.Features;
        int blockRows = Math.Max(1, SavedBlockBytes / (features.Columns * sizeof(float)));
        int[] rows = [.. Enumerable.Range(0, features.Rows)];
        Hdf5Writer.Write(Path.Combine(folder, FeatureFile(split.Name, pca)), file => file.AddByBlocks<float>(
            "features",
            [features.Rows, features.Columns],
            blockRows,
            (start, block) =>
            {
                int count = block.Length / features.Columns;
                split.ReadFeatures(
                    rows.AsSpan((int)start, count), new MatrixSpan<float>(block, count, features.Columns));
            }));
        SaveList(split.Urls, Path.Combine(folder, UrlFile(split.Name)));
        SaveList(split.ImageNames, Path.Combine(folder, ImageFile(split.Name)));
    }

    internal static void SaveList(IReadOnlyList<string> lines, string path)
    {
        if (lines.Count > 0)
        {
            AtomicFile.WriteText(path, string.Concat(lines.Select(line => line + "\n")));
        }
    }
}
