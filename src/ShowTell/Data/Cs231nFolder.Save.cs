using ShowTell.Files;
using ShowTell.Numerics;

namespace ShowTell.Data;

public static partial class Cs231nFolder
{
    private const int SavedBlockBytes = 4 << 20;

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
        if (LayoutFiles().FirstOrDefault(file => File.Exists(Path.Combine(folder, file))) is string present)
        {
            throw new DataException($"{folder}: holds a dataset already ({present}); save into another folder.");
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
            features.Places > 1
                ? [features.Rows, features.Places, features.Columns / features.Places]
                : [features.Rows, features.Columns],
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
