using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using ShowTell.Data;
using ShowTell.Datasets.Import;
using ShowTell.Files;

namespace ShowTell.Datasets;

/// <summary>
/// The <c>dataset.json</c> of an imported dataset folder. Beside it, <c>captions.jsonl</c> has a line for each photo,
/// in ordinal order of their paths, and <c>features/</c> a file for each kind of features.
/// </summary>
/// <param name="Format">1, the version of this layout.</param>
/// <param name="Photos">The photo folder, relative to the dataset folder; a full path once it is loaded.</param>
/// <param name="Source">What was imported.</param>
/// <param name="Settings">How.</param>
/// <param name="Splits">The counts of the splits.</param>
/// <param name="Vocabulary">The tokens in the order of their ids.</param>
public sealed partial record DatasetManifest(
    int Format,
    string Photos,
    ImportSource Source,
    ImportSettings Settings,
    IReadOnlyList<ImportedSplit> Splits,
    IReadOnlyList<string> Vocabulary)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "dataset.json";

    /// <summary>The name of the file of captions: JSON lines with <c>photo</c>, <c>split</c> and <c>captions</c>.
    /// </summary>
    public const string CaptionsFile = "captions.jsonl";

    /// <summary>The name of the folder of features.</summary>
    public const string FeaturesFolder = "features";

    /// <summary>The name of the folder of photos that came with the captions.</summary>
    public const string PhotosFolder = "photos";

    /// <summary>The extension of new captions whose manifest is already in place.</summary>
    internal const string PendingExtension = ".new";

    private const int Version = 1;

    private static readonly ManifestJson s_json = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
        Converters =
        {
            new JsonStringEnumConverter<CaptionFileKind>(JsonNamingPolicy.CamelCase),
            new JsonStringEnumConverter<TokenKind>(JsonNamingPolicy.CamelCase),
        },
    });

    private static readonly ManifestJson s_line = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    });

    /// <summary>The CRC-32C of the file of captions, 8 lower-case hexadecimal digits; null if unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CaptionsChecksum { get; init; }

    /// <summary>How captions become tokens.</summary>
    [JsonIgnore]
    public CaptionEncoding Encoding => Settings.Encoding;

    /// <summary>Whether a folder has such a file.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads the file of a folder.</summary>
    /// <exception cref="DataException">It is missing or damaged, or of a later version.</exception>
    public static DatasetManifest Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        using FileStream stream = InputFile.Open(path);
        try
        {
            DatasetManifest manifest = JsonSerializer.Deserialize(stream, s_json.DatasetManifest)
                ?? throw new DataException($"{path}: is null; expected an object.");
            return manifest.Format != Version
                ? throw new DataException(
                    $"{path}: has format {manifest.Format}; this version reads {Version}. Import the dataset again.")
                : manifest.Splits.Any(split => split is not { Photos: >= 0 }) || manifest.Vocabulary.Contains(null!)
                    || manifest.Settings.MaxWords is < 1 or > ImportOptions.MaxCaptionWords
                    || manifest.Photos.Contains('\0') || manifest.Source.Photos.Contains('\0')
                ? throw new DataException(
                    $"{path}: its photos, splits, vocabulary or settings are damaged; import the dataset again.")
                : manifest with { Photos = FindPhotos(folder, manifest) };
        }
        catch (JsonException exception)
        {
            throw new DataException(
                $"{path}: is damaged ({exception.Path}, line {exception.LineNumber + 1}); import the dataset again.",
                exception);
        }
    }

    /// <summary>Reads the photos of a folder with their captions.</summary>
    /// <exception cref="DataException">The file is missing or damaged.</exception>
    public static IReadOnlyList<PhotoLine> LoadPhotos(string folder)
    {
        DatasetManifest manifest = Load(folder);
        string path = manifest.FindCaptions(folder);
        using var lines = new TextLines(path, InputFile.Open(path));
        List<PhotoLine> photos = [];
        while (lines.NextFilled() is string line)
        {
            try
            {
                photos.Add(JsonSerializer.Deserialize(line, s_line.PhotoLine) is { } photo && IsValid(photo)
                    ? photo
                    : throw new JsonException());
            }
            catch (JsonException exception)
            {
                throw new DataException(
                    $"{path}: line {lines.Number} is damaged; import the dataset again.", exception);
            }
        }

        long count = manifest.Splits.Sum(split => (long)split.Photos);
        return photos.Count == count ? photos : throw new DataException(
            $"{path}: has {photos.Count} photos; {FileName} says {count}. It is damaged; import the dataset again.");
    }

    /// <summary>The file of captions of this manifest: after an interrupted import, the pending one.</summary>
    /// <exception cref="DataException">It is missing or damaged.</exception>
    internal string FindCaptions(string folder)
    {
        string path = Path.Combine(folder, CaptionsFile), pending = path + PendingExtension;
        if (CaptionsChecksum is null)
        {
            return path;
        }

        string found = ChecksumOf(path);
        return found == CaptionsChecksum ? path
            : File.Exists(pending) && ChecksumOf(pending) == CaptionsChecksum ? pending
            : throw new DataException(
                $"{path}: is damaged or was changed: its checksum is {found}, but {FileName} says {CaptionsChecksum}; "
                + "restore it from a copy, or import the dataset again.");
    }

    private static string ChecksumOf(string path)
    {
        using FileStream stream = InputFile.Open(path);
        var buffer = new byte[1 << 16];
        uint checksum = ~0u;
        while (stream.Read(buffer) is int count and > 0)
        {
            checksum = Crc32C.Continue(checksum, buffer.AsSpan(0, count));
        }

        return (~checksum).ToString("x8", CultureInfo.InvariantCulture);
    }

    // A name that leads out of the photo folder is not the importer's.
    private static bool IsValid(PhotoLine photo) => !photo.Captions.Contains(null!) && photo.Photo.Length > 0
        && !photo.Photo.Any(char.IsControl) && !Path.IsPathRooted(photo.Photo)
        && !photo.Photo.Split('/', Path.DirectorySeparatorChar).Contains("..");

    // The dataset may have been moved with its photos, or without them.
    private static string FindPhotos(string folder, DatasetManifest manifest)
    {
        string relative = Path.GetFullPath(Path.Combine(Path.GetFullPath(folder), manifest.Photos));
        return Directory.Exists(relative) || !Directory.Exists(manifest.Source.Photos)
            ? relative
            : manifest.Source.Photos;
    }

    internal static DatasetManifest Create(
        string photos, ImportSource source, ImportSettings settings, IReadOnlyList<ImportedSplit> splits,
        Vocabulary vocabulary) => new(Version, photos, source, settings, splits, vocabulary.Tokens);

    internal void Save(string folder, IEnumerable<PhotoLine> photos)
    {
        string captions = Path.Combine(folder, CaptionsFile);
        AtomicFile.Write(captions, stream =>
        {
            foreach (PhotoLine photo in photos)
            {
                JsonSerializer.Serialize(stream, photo, s_line.PhotoLine);
                stream.WriteByte((byte)'\n');
            }
        });
        DatasetManifest complete = this with { CaptionsChecksum = ChecksumOf(captions) };
        AtomicFile.WriteText(
            Path.Combine(folder, FileName), JsonSerializer.Serialize(complete, s_json.DatasetManifest) + "\n");
    }

    [JsonSerializable(typeof(DatasetManifest))]
    [JsonSerializable(typeof(PhotoLine))]
    private sealed partial class ManifestJson : JsonSerializerContext;
}

/// <summary>A line of <see cref="DatasetManifest.CaptionsFile"/>.</summary>
/// <param name="Photo">The photo's path below the photo folder, with slashes.</param>
/// <param name="Split"><c>train</c>, <c>val</c> or <c>test</c>.</param>
/// <param name="Captions">All captions of the photo, as the source has them.</param>
public sealed record PhotoLine(string Photo, string Split, IReadOnlyList<string> Captions);

/// <summary>What a dataset was imported from.</summary>
/// <param name="Kind">The kind of the captions' source.</param>
/// <param name="Captions">The full paths of the captions' sources.</param>
/// <param name="Photos">The full path of the photo folder at the time.</param>
/// <param name="Fingerprint">The SHA-256 of their contents and of the lists.</param>
public sealed record ImportSource(
    CaptionFileKind Kind, IReadOnlyList<string> Captions, string Photos, string Fingerprint);
