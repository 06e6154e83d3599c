using ShowTell.Backbones;
using ShowTell.Datasets.Import;
using ShowTell.Files;

namespace ShowTell.Datasets.Features;

/// <summary>
/// From a folder of photos to a <see cref="FeatureFile"/> of their features. Memory stays flat however many photos
/// there are. What is computed goes into a work file beside the result (its name with <c>.work</c>), from which a run
/// that was cut short goes on; it is deleted when the result stands.
/// </summary>
public static class FeatureExtraction
{
    private static readonly string[] s_splits = ["train", "val"];

    /// <summary>Whether a folder is a dataset that <see cref="DatasetImport"/> made, rather than one of photos.
    /// </summary>
    public static bool IsDataset(string folder) => File.Exists(Path.Combine(folder, DatasetFolder.ImportFile));

    /// <summary>
    /// Features of all photos below a folder (.jpg, .jpeg and .png; hidden ones are left out), a row each, in ordinal
    /// order of their names. Photos that cannot be read have no row; the summary names them.
    /// </summary>
    /// <param name="encoder">From photos to features; without a transform, and best with a network of one thread.
    /// </param>
    /// <param name="photos">The folder.</param>
    /// <param name="path">The file to write, in the format of its extension (<see cref="TensorFormats"/>). One that
    /// stands already, made of the same photos in the same way, is left
    /// as it is; another that this method made is replaced.</param>
    /// <param name="options">What is done to the features; null for nothing.</param>
    /// <param name="progress">Told after each photo, by one thread at a time.</param>
    /// <param name="cancellation">Stops after the photos under way; the work file stays.</param>
    /// <exception cref="DataException">There are no photos, or none that can be read, or there is a file of another
    /// origin, or features do not fit the options.</exception>
    /// <exception cref="IncompatibleException">The transform of the options is for other features.</exception>
    /// <exception cref="ModelFileException">The network fails.</exception>
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
    /// Features of the photos of a dataset that <see cref="DatasetImport"/> made: a row for each line of its lists, in
    /// <c>train_features.safetensors</c> and <c>val_features.safetensors</c>, or, of principal components,
    /// <c>..._pca.safetensors</c>. Rows of photos that cannot be read are zeros, and
    /// <see cref="DatasetFolder.Load"/> leaves their captions out. Both files are made before the first takes its
    /// place. What is found from features, such as
    /// principal components, is found from those of train photos.
    /// </summary>
    /// <param name="encoder">From photos to features; without a transform, and best with a network of one thread.
    /// </param>
    /// <param name="folder">The dataset's folder.</param>
    /// <param name="options">What is done to the features; null for nothing.</param>
    /// <param name="progress">Told after each photo, by one thread at a time.</param>
    /// <param name="cancellation">Stops after the photos under way; the work file stays.</param>
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
