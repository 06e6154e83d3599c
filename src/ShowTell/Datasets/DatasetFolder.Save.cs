using ShowTell.Data;
using ShowTell.Files;

namespace ShowTell.Datasets;

public static partial class DatasetFolder
{
    private const int SavedBlockBytes = 4 << 20;

    /// <summary>
    /// Writes a dataset. All files are written into a folder beside their place before the first one takes its place.
    /// </summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="folder">A folder that holds no dataset yet; it is made if it is missing.</param>
    /// <param name="layout">Names and formats of the files; that of ShowTell if null, the default.</param>
    /// <param name="pcaFeatures">Whether the feature files take the names of reduced features (<c>_pca</c>).</param>
    /// <exception cref="DataException">The folder holds a dataset already, or the features cannot be read.</exception>
    /// <exception cref="ShowTellException">A file cannot be written.</exception>
    public static void Save(
        CaptionDataset dataset, string folder, DatasetLayout? layout = null, bool pcaFeatures = true)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        layout ??= DatasetLayout.ShowTell;
        if (dataset.Vocabulary.Kind != TokenKind.Word)
        {
            throw new ArgumentException(
                "A dataset folder has no place for character tokens; save the dataset of words.", nameof(dataset));
        }

        RequireNoDataset(folder);
        CaptionSplit[] splits = [dataset.Train, dataset.Validation];
        Stage(folder, staging =>
        {
            Array.ForEach(splits, split => SaveSplit(split, staging, layout, pcaFeatures));
            SaveCaptions(staging, layout, dataset.Vocabulary, splits.Select(split =>
                (split.Name, split.CaptionWidth, split.Captions.ToArray(), split.ImageIndices.ToArray())));
        });
    }

    /// <summary>
    /// Writes files into a folder beside their place, then moves them there, in the place of others of their names. A
    /// folder made for them goes again if writing fails.
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
                File.Move(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
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

    internal static void RequireNoDataset(string folder)
    {
        string[] files = [.. DatasetLayout.ShowTell.Files, .. DatasetLayout.Cs231n.Files, ImportFile];
        if (files.FirstOrDefault(file => File.Exists(Path.Combine(folder, file))) is string present)
        {
            throw new DataException($"{folder}: holds a dataset already ({present}); save into another folder.");
        }
    }

    /// <summary>Writes the vocabulary, and the captions of all splits with the image of each.</summary>
    internal static void SaveCaptions(
        string folder,
        DatasetLayout layout,
        Vocabulary vocabulary,
        IEnumerable<(string Split, int Width, int[] Captions, int[] Images)> tables)
    {
        VocabularyFile.Save(vocabulary, Path.Combine(folder, layout.VocabularyFile));
        var file = new TensorFileContent();
        foreach ((string split, int width, int[] captions, int[] images) in tables)
        {
            file.Add($"{split}_captions", [images.Length, width], captions);
            file.Add($"{split}_image_idxs", [images.Length], images);
        }

        TensorFormats.Write(Path.Combine(folder, layout.CaptionsFile), file);
    }

    private static void SaveSplit(CaptionSplit split, string folder, DatasetLayout layout, bool pca)
    {
        IFeatureSource features = split.Features;
        int blockRows = Math.Max(1, SavedBlockBytes / (features.Columns * sizeof(float)));
        int[] rows = [.. Enumerable.Range(0, features.Rows)];
        var content = new TensorFileContent();
        content.AddRows<float>(
            "features",
            features.Places > 1
                ? [features.Rows, features.Places, features.Columns / features.Places]
                : [features.Rows, features.Columns],
            blockRows,
            (start, block) =>
            {
                int count = block.Length / features.Columns;
                split.ReadFeatures(
                    rows.AsSpan((int)start, count), new MatrixSpan<float>(block, count, features.Columns));
            });
        TensorFormats.Write(Path.Combine(folder, layout.FeatureFile(split.Name, pca)), content);
        SaveList(split.Urls, Path.Combine(folder, layout.UrlFile(split.Name)));
        SaveList(split.ImageNames, Path.Combine(folder, layout.ImageFile(split.Name)));
    }

    internal static void SaveList(IReadOnlyList<string> lines, string path)
    {
        if (lines.Count > 0)
        {
            AtomicFile.WriteText(path, string.Concat(lines.Select(line => line + "\n")));
        }
    }
}
