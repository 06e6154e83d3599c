using System.Security.Cryptography;
using ShowTell.Datasets.Features;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Makes a dataset folder from captions and photos: <c>dataset.json</c> (<see cref="DatasetManifest"/>),
/// <c>captions.jsonl</c>, and <c>photos/</c> if the photos came with the captions. Photos are in ordinal order of their
/// paths, the captions of a photo in the order of their source.
/// </summary>
public static class DatasetImport
{
    /// <summary>The share of unknown words in train captions above which a vocabulary is useless.</summary>
    public const double MaxUnknownShare = 0.2;

    /// <summary>Imports a dataset, all of it or nothing.</summary>
    /// <param name="options">The import options.</param>
    /// <param name="folder">The dataset folder, created if missing.</param>
    /// <param name="isReplacing">Whether a dataset of the folder is replaced; its features stay.</param>
    /// <param name="progress">Receives the fraction of the captions read, in [0, 1].</param>
    /// <param name="cancellation">Cancels the import before anything is written.</param>
    /// <exception cref="DataException">A file is missing or damaged, the folder contains another dataset, a split has
    /// no caption, or too many words of the train captions would be unknown.</exception>
    /// <exception cref="ShowTellException">The folder cannot be written.</exception>
    public static ImportSummary Run(
        ImportOptions options,
        string folder,
        bool isReplacing = false,
        Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!isReplacing)
        {
            DatasetFolder.EnsureNoDataset(folder);
        }

        string[] sources = [.. options.Captions.SelectMany(CaptionPaths.Expand)];
        CaptionFileKind kind = CaptionFile.KindOf(sources[0], options.File);
        string? photos = PhotosOf(options, sources[0], kind);
        ImportSummary? summary = null;
        DatasetFolder.Stage(folder, staging =>
        {
            var importer = new DatasetImporter(options, sources, kind, folder, cancellation);
            summary = importer.Import(photos, staging, progress);
        });
        return summary!;
    }

    /// <summary>Whether the captions, lists and photo folder that a dataset was imported from are unchanged. Its
    /// options are in <see cref="DatasetManifest.Settings"/>.</summary>
    /// <param name="options">The import options.</param>
    /// <param name="folder">The dataset folder.</param>
    /// <exception cref="DataException">The dataset is damaged, or a source of captions is missing.</exception>
    public static bool IsOfSameSource(ImportOptions options, string folder)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] sources = [.. options.Captions.SelectMany(CaptionPaths.Expand)];
        return Fingerprint(options, sources) == DatasetManifest.Load(folder).Source.Fingerprint;
    }

    /// <summary>
    /// The SHA-256 of the contents of the captions' sources and the lists, and of the name of the photo folder, as 64
    /// lower-case hexadecimal digits. Of archives and folders, names, lengths and times of files stand for contents.
    /// </summary>
    internal static string Fingerprint(ImportOptions options, string[] sources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string?[] lists = [options.TrainList, options.ValidationList, options.TestList];
        hash.AppendData(Encoding.UTF8.GetBytes(
            $"{(options.Photos is null ? "" : Path.GetFullPath(options.Photos))}\n{options.File.Encoding?.WebName}\n"
            + $"{options.File.PhotoColumn}\n{string.Join('\n', options.File.CaptionColumns)}\n"));
        foreach (string source in sources)
        {
            bool isFolder = Directory.Exists(source);
            if (isFolder || CaptionFile.KindOf(source, options.File) is CaptionFileKind.WebDataset
                or CaptionFileKind.Parquet)
            {
                hash.AppendData(PhotoFolder.DigestOf(
                    "", isFolder ? Directory.GetFiles(source, "*", SearchOption.AllDirectories).Order() : [source]));
            }
            else
            {
                hash.AppendData(InputFile.Read(source, SHA256.HashData));
            }
        }

        foreach (string? list in lists)
        {
            hash.AppendData(list is null ? [] : InputFile.Read(list, SHA256.HashData));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The photo folder; null if the photos come with the captions.</summary>
    private static string? PhotosOf(ImportOptions options, string source, CaptionFileKind kind)
    {
        string? photos = options.Photos
            ?? (kind is CaptionFileKind.Sidecars or CaptionFileKind.ImageFolder ? source
                : kind is not (CaptionFileKind.WebDataset or CaptionFileKind.Parquet)
                    && Path.GetDirectoryName(Path.GetFullPath(source)) is string folder
                    && Photos.PhotoFiles.In(folder, isRecursive: true).Length > 0 ? folder
                : null);
        return photos is null
            ? kind is CaptionFileKind.WebDataset or CaptionFileKind.Parquet
                ? null
                : throw new DataException($"{source}: names photos; say in which folder they are (--photos).")
            : Directory.Exists(photos) ? photos
            : throw new DataException($"{photos}: is not a folder; expected the photo folder.");
    }
}
