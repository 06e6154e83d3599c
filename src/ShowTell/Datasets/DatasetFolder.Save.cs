using ShowTell.Data;
using ShowTell.Files;

namespace ShowTell.Datasets;

public static partial class DatasetFolder
{
    private const int BlockBytes = 4 << 20;

    /// <summary>
    /// Writes a dataset. All files are written to a temporary folder before the first one is moved to its place.
    /// </summary>
    /// <param name="dataset">The dataset, with word tokens.</param>
    /// <param name="folder">The folder, created if missing; it must not contain a dataset yet.</param>
    /// <param name="layout">The names of the files; null, the default, for <see cref="DatasetLayout.Tensors"/>.
    /// </param>
    /// <param name="pcaFeatures">Whether the feature files are named as PCA features (<c>_pca</c>).</param>
    /// <exception cref="DataException">The folder contains a dataset, or the features cannot be read.</exception>
    /// <exception cref="ShowTellException">A file cannot be written.</exception>
    public static void Save(
        CaptionDataset dataset, string folder, DatasetLayout? layout = null, bool pcaFeatures = true)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        layout ??= DatasetLayout.Tensors;
        if (dataset.Vocabulary.Kind != TokenKind.Word)
        {
            throw new ArgumentException(
                "Dataset folders cannot store character tokens; save the dataset of words.", nameof(dataset));
        }

        EnsureNoDataset(folder);
        CaptionSplit[] splits = [dataset.Train, dataset.Validation];
        Stage(folder, staging =>
        {
            Array.ForEach(splits, split => SaveSplit(split, staging, layout, pcaFeatures));
            SaveCaptions(staging, layout, dataset.Vocabulary, splits.Select(split =>
                (split.Name, split.CaptionWidth, split.Captions.ToArray(), split.ImageIndices.ToArray())));
        });
    }

    /// <summary>
    /// Writes files and folders to a temporary folder, then moves them into <paramref name="folder"/>, replacing those
    /// of the same names. If writing fails, a newly created folder is deleted.
    /// </summary>
    internal static void Stage(string folder, Action<string> write)
    {
        bool isNew = !Directory.Exists(folder);
        string staging = Path.Combine(folder, $".{Guid.NewGuid():N}.partial");
        try
        {
            Directory.CreateDirectory(staging);
            write(staging);
            foreach (string subfolder in Directory.GetDirectories(staging))
            {
                string target = Path.Combine(folder, Path.GetFileName(subfolder));
                if (Directory.Exists(target))
                {
                    Directory.Delete(target, recursive: true);
                }

                Directory.Move(subfolder, target);
            }

            foreach (string file in Directory.GetFiles(staging).Order(StringComparer.Ordinal))
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

    /// <exception cref="DataException">The folder contains a dataset.</exception>
    internal static void EnsureNoDataset(string folder)
    {
        string[] files =
            [DatasetManifest.FileName, .. DatasetLayout.Tensors.Files, .. DatasetLayout.Cs231n.Files, ImportFile];
        if (files.FirstOrDefault(file => File.Exists(Path.Combine(folder, file))) is string present)
        {
            throw new DataException($"{folder}: already contains a dataset ({present}); save to another folder.");
        }
    }

    /// <summary>Writes the vocabulary and the captions of all splits.</summary>
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
        int blockRows = Math.Max(1, BlockBytes / (features.Columns * sizeof(float)));
        int[] rows = [.. Enumerable.Range(0, features.Rows)];
        var content = new TensorFileContent();
        content.AddRows<float>(
            "features",
            features.Regions > 1
                ? [features.Rows, features.Regions, features.Columns / features.Regions]
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

    /// <summary>Writes a list, a line per entry; no file for an empty list.</summary>
    internal static void SaveList(IReadOnlyList<string> lines, string path)
    {
        if (lines.Count > 0)
        {
            AtomicFile.WriteText(path, string.Concat(lines.Select(line => line + "\n")));
        }
    }
}
