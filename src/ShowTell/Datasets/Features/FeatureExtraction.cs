using ShowTell.Backbones;
using ShowTell.Datasets.Import;
using ShowTell.Files;

namespace ShowTell.Datasets.Features;

/// <summary>
/// Extracts the features of photos with a backbone into a <see cref="FeatureFile"/>, in constant memory. Features are
/// first written to a journal beside the result (its name with <c>.work</c>), from which an interrupted run resumes; it
/// is deleted once the result is complete.
/// </summary>
public static class FeatureExtraction
{
    private static readonly string[] s_splits = ["train", "val"];

    /// <summary>Whether a folder is a dataset created by <see cref="DatasetImport"/> rather than a photo folder.
    /// </summary>
    public static bool IsDataset(string folder) => File.Exists(Path.Combine(folder, DatasetFolder.ImportFile));

    /// <summary>
    /// Extracts the features of all photos below a folder, as <see cref="Photos.PhotoFiles.In"/> finds them, a row
    /// each, in ordinal order of their paths. Unreadable photos have no row; the summary lists them.
    /// </summary>
    /// <param name="encoder">The encoder, without a transform, and best with a single-threaded backbone.</param>
    /// <param name="photos">The photo folder.</param>
    /// <param name="path">The file to write, in the format of its extension (<see cref="TensorFormats"/>). A file of
    /// the same photos and options is left as it is; another file of this method is replaced.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="progress">Called after each photo, by one thread at a time.</param>
    /// <param name="cancellation">Stops after the photos in progress; the journal is kept.</param>
    /// <exception cref="DataException">There are no readable photos, the file exists and was not created by this
    /// method, or the options do not suit the features.</exception>
    /// <exception cref="IncompatibleException">The transform of the options is for other features.</exception>
    /// <exception cref="ModelFileException">The backbone fails.</exception>
    /// <exception cref="ShowTellException">A file cannot be written.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static FeatureExtractionSummary OfFolder(
        PhotoEncoder encoder,
        string photos,
        string path,
        FeatureExtractionOptions? options = null,
        Action<FeatureExtractionProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(photos);
        ArgumentException.ThrowIfNullOrEmpty(path);
        PhotoFolder folder = PhotoFolder.Below(photos);
        var part = new FeaturePart(path, 0, folder.Names.Length, KeepsUnreadable: false);
        var run = new FeatureExtractionRun(encoder, folder, [part], options, progress, cancellation);
        return run.Run(write => write(part, path));
    }

    /// <summary>
    /// Extracts the features of the photos of a dataset created by <see cref="DatasetImport"/>, a row for each line of
    /// its lists, into <c>train_features.safetensors</c> and <c>val_features.safetensors</c>, or
    /// <c>..._pca.safetensors</c> for principal components. Rows of unreadable photos are zeros, and
    /// <see cref="DatasetFolder.Load"/> leaves their captions out. Principal components and standardization are fitted
    /// to the train photos. Both files are written before the first one is moved to its place.
    /// </summary>
    /// <param name="encoder">The encoder, without a transform, and best with a single-threaded backbone.</param>
    /// <param name="folder">The dataset folder.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="progress">Called after each photo, by one thread at a time.</param>
    /// <param name="cancellation">Stops after the photos in progress; the journal is kept.</param>
    /// <inheritdoc cref="OfFolder"/>
    public static FeatureExtractionSummary OfDataset(
        PhotoEncoder encoder,
        string folder,
        FeatureExtractionOptions? options = null,
        Action<FeatureExtractionProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ImportedFolder import = ImportedFolder.Load(folder);
        DatasetLayout layout = DatasetLayout.Of(folder) ?? DatasetLayout.ShowTell;
        string[][] names = [.. s_splits.Select(split => ImportedFolder.PhotosOf(folder, split))];
        PhotoFolder photos = PhotoFolder.Listed(import.Photos, [.. names.SelectMany(name => name)]);
        FeaturePart[] parts =
        [
            .. s_splits.Select((split, i) => new FeaturePart(
                Path.Combine(folder, layout.FeatureFile(split, options?.IsReduced ?? false)),
                i == 0 ? 0 : names[0].Length,
                names[i].Length,
                KeepsUnreadable: true)),
        ];
        var run = new FeatureExtractionRun(encoder, photos, parts, options, progress, cancellation);
        return run.Run(write => DatasetFolder.Stage(folder, staging =>
        {
            foreach (FeaturePart part in parts)
            {
                write(part, Path.Combine(staging, Path.GetFileName(part.Path)));
            }
        }));
    }
}
