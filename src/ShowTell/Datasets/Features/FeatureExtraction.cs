using System.Security.Cryptography;
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
    /// <summary>Whether a folder is a dataset created by <see cref="DatasetImport"/> rather than a photo folder.
    /// </summary>
    public static bool IsDataset(string folder) =>
        DatasetManifest.IsIn(folder) || File.Exists(Path.Combine(folder, DatasetFolder.ImportFile));

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
        return new FeatureExtractionRun(encoder, folder, path, null, options, progress, cancellation).Run();
    }

    /// <summary>
    /// Extracts the features of the photos of a dataset created by <see cref="DatasetImport"/>, a row for each, into
    /// <c>features/BACKBONE-HASH.safetensors</c>; other backbones and options have files of their own. Rows of
    /// unreadable photos are zeros, and <see cref="DatasetFolder.Load"/> leaves their captions out. Principal
    /// components and standardization are fitted to the train photos.
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
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!DatasetManifest.IsIn(folder))
        {
            throw new DataException(
                $"{folder}: was imported by an earlier version; import it again to compute features for it.");
        }

        DatasetManifest manifest = DatasetManifest.Load(folder);
        IReadOnlyList<PhotoLine> lines = DatasetManifest.LoadPhotos(folder);
        PhotoFolder photos = PhotoFolder.Listed(manifest.Photos, [.. lines.Select(line => line.Photo)]);
        int[][] splits =
        [
            .. SplitAssignment.Splits[..2].Select(split => lines.Index()
                .Where(line => line.Item.Split == split).Select(line => line.Index).ToArray()),
        ];
        string path = PathIn(folder, encoder.Pipeline, options ?? new FeatureExtractionOptions());
        try
        {
            Disk.CreateFolder(Path.GetDirectoryName(path)!);
            AtomicFile.DeleteStale(Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Disk.Failure(path, error);
        }

        return new FeatureExtractionRun(encoder, photos, path, splits, options, progress, cancellation).Run();
    }

    /// <summary>The file of a dataset's features: named after the backbone and a hash of all that determines them but
    /// the photos.</summary>
    private static string PathIn(string folder, PhotoPipeline pipeline, FeatureExtractionOptions options)
    {
        string hash = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{pipeline.Fingerprint()}\n{options.Description}")));
        string backbone = string.Concat(Path.GetFileNameWithoutExtension(pipeline.BackboneFile)
            .Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '_'));
        return Path.Combine(folder, DatasetManifest.FeaturesFolder, $"{backbone}-{hash[..8]}.safetensors");
    }
}
