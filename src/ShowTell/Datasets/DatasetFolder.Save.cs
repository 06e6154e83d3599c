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
    /// Writes files and folders to a temporary folder, which becomes <paramref name="folder"/>; or, if that exists,
    /// moves them into it, replacing those of the same names. What was there stays if writing fails.
    /// </summary>
    internal static void Stage(string folder, Action<string> write)
    {
        AtomicFile.DeleteStale(folder);
        if (!Directory.Exists(folder))
        {
            AtomicFile.WriteFolder(folder, write);
            return;
        }

        string staging = PartialName.Of(folder + Path.DirectorySeparatorChar);
        var replaced = new List<(string Old, string Path)>();
        try
        {
            Directory.CreateDirectory(staging);
            write(staging);
            Disk.FlushTree(staging);
            foreach (string subfolder in Directory.GetDirectories(staging))
            {
                string target = Path.Combine(folder, Path.GetFileName(subfolder));
                if (Directory.Exists(target))
                {
                    string old = PartialName.Of(target);
                    Disk.Rename(target, old);
                    replaced.Add((old, target));
                }

                Disk.Rename(subfolder, target);
            }

            MoveFiles(staging, folder);
            replaced.ForEach(subfolder => Disk.DeleteQuietly(subfolder.Old));
        }
        catch (Exception error)
        {
            replaced.ForEach(subfolder => PutBack(subfolder.Old, subfolder.Path));
            throw error is IOException or UnauthorizedAccessException ? Disk.Failure(folder, error) : error;
        }
        finally
        {
            Disk.DeleteQuietly(staging);
        }
    }

    /// <summary>
    /// Moves files to a folder. The manifest of a dataset comes last, and new captions take the place of the old ones
    /// only after it: until then, <see cref="DatasetManifest.LoadPhotos"/> finds both by their checksum.
    /// </summary>
    private static void MoveFiles(string from, string to)
    {
        string captions = Path.Combine(to, DatasetManifest.CaptionsFile);
        string pending = captions + DatasetManifest.PendingExtension;
        if (File.Exists(pending) && DatasetManifest.IsIn(to) && DatasetManifest.Load(to).FindCaptions(to) == pending)
        {
            // The last import could not finish.
            Disk.Rename(pending, captions);
        }

        foreach (string file in Directory.GetFiles(from).OrderBy(Path.GetFileName, StringComparer.Ordinal))
        {
            string target = Path.Combine(to, Path.GetFileName(file));
            Disk.Rename(file, target == captions && File.Exists(captions) ? pending : target);
            Disk.FlushFolder(to);
        }

        if (File.Exists(pending))
        {
            try
            {
                Disk.Rename(pending, captions);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The dataset is complete as it is.
            }
        }
    }

    private static void PutBack(string old, string path)
    {
        try
        {
            Disk.DeleteQuietly(path);
            Directory.Move(old, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report.
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
