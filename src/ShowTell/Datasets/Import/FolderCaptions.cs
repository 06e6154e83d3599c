using ShowTell.Photos;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Captions in a folder of photos: beside each photo (<c>photo.txt</c>, <c>photo.caption</c>, one caption a line, or
/// <c>photo.json</c>), or in <c>metadata.jsonl</c> or <c>metadata.csv</c> of the folder or its subfolders.
/// </summary>
internal static class FolderCaptions
{
    private const long MaxBytes = 1 << 20;

    private static readonly string[] s_metadata = ["metadata.jsonl", "metadata.csv", "metadata.parquet"];
    private static readonly string[] s_tables = [".csv", ".tsv", ".json", ".jsonl", ".txt", ".token", ".xlsx"];
    private static readonly string[] s_extensions = [".txt", ".caption", ".json"];

    /// <summary>Whether a folder has captions.</summary>
    public static bool HasCaptions(string folder) =>
        MetadataIn(folder).Any() || SidecarsIn(folder).Any(pair => pair.Photo is not null && pair.Caption is not null);

    /// <exception cref="DataException">The folder has no captions.</exception>
    public static CaptionFileKind KindOf(string folder) =>
        MetadataIn(folder).Any() ? CaptionFileKind.ImageFolder
        : HasCaptions(folder) ? CaptionFileKind.Sidecars
        : throw new DataException(
            $"{folder}: is a folder without captions; expected photo.txt or photo.json beside photo.jpg, or a "
            + $"metadata.jsonl or metadata.csv.{Suggestion(folder)}");

    public static IEnumerable<PhotoCaption> Read(CaptionSource source) =>
        MetadataIn(source.Path).Any() ? ReadMetadata(source) : ReadSidecars(source);

    /// <summary>A file in the folder that may hold the captions.</summary>
    private static string Suggestion(string folder) => Directory.EnumerateFiles(folder)
        .Where(file => s_tables.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
        .Order(StringComparer.Ordinal)
        .FirstOrDefault() is string file ? $" Its captions may be in {file}: name that file." : "";

    private static IEnumerable<PhotoCaption> ReadMetadata(CaptionSource source)
    {
        foreach (string path in MetadataIn(source.Path))
        {
            string folder = Path.GetRelativePath(source.Path, Path.GetDirectoryName(path)!);
            string? split = CaptionNames.SplitOf(folder);
            string prefix = folder == "." ? "" : $"{folder}/";
            foreach (PhotoCaption caption in CaptionFile.Read(source with { Path = path }))
            {
                yield return caption with { Photo = prefix + caption.Photo, Split = caption.Split ?? split };
            }
        }
    }

    private static IEnumerable<PhotoCaption> ReadSidecars(CaptionSource source)
    {
        foreach ((string? photo, string? file) in SidecarsIn(source.Path))
        {
            if (photo is null || file is null)
            {
                source.LeftOut.Add(
                    photo is null ? "caption files without a photo" : "photos without a caption file", photo ?? file!);
                continue;
            }

            string[] captions = ReadSidecar(source, Path.Combine(source.Path, file));
            if (captions.Length == 0)
            {
                source.LeftOut.Add("photos with an empty caption file", photo);
            }

            foreach (string caption in captions)
            {
                yield return new PhotoCaption(photo, caption);
            }
        }
    }

    private static string[] ReadSidecar(CaptionSource source, string path)
    {
        using Stream stream = InputFile.OpenText(path, source.Options.Encoding);
        return Parse(source with { Path = path }, ReadLimited(path, stream), Path.GetExtension(path));
    }

    /// <summary>The captions, of which there may be none, in the text of a <c>.txt</c>, <c>.caption</c> or <c>.json</c>
    /// of a photo.</summary>
    public static string[] Parse(CaptionSource source, byte[] text, string extension)
    {
        try
        {
            if (!extension.Equals(".json", StringComparison.OrdinalIgnoreCase))
            {
                string all = new UTF8Encoding(true, throwOnInvalidBytes: true).GetString(text).TrimStart('\uFEFF');
                return all.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            }

            using JsonDocument document = JsonDocument.Parse(text);
            var fields = new JsonFields(source.Path, "$", document.RootElement);
            source = source with { LeftOut = new LeftOut() }; // The photo is counted, not its fields.
            return fields.Element.ValueKind == JsonValueKind.Object
                ? [.. JsonCaptions.CaptionsOf(source, fields)]
                : [.. JsonCaptions.TextsOf(source, fields, fields.Element)];
        }
        catch (JsonException error)
        {
            throw InputFile.InvalidJson(source.Path, error);
        }
        catch (DecoderFallbackException error)
        {
            throw TextLines.NotUtf8(source.Path, error);
        }
    }

    private static byte[] ReadLimited(string path, Stream stream)
    {
        var bytes = new byte[MaxBytes + 1];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= MaxBytes
            ? bytes[..length]
            : throw new DataException($"{path}: has more than {MaxBytes} bytes; expected the captions of a photo.");
    }

    /// <summary>Pairs of a photo and its caption file, by their paths without extensions; null where one is missing.
    /// </summary>
    private static IEnumerable<(string? Photo, string? Caption)> SidecarsIn(string folder)
    {
        string[] photos = PhotoFiles.In(folder, isRecursive: true);
        var files = FilesIn(folder).ToLookup(file => Path.ChangeExtension(file, null), StringComparer.Ordinal);
        HashSet<string> used = new(StringComparer.Ordinal);
        foreach (string photo in photos)
        {
            // photo.jpg has photo.txt, or photo.jpg.txt.
            string[] own = [.. files[Path.ChangeExtension(photo, null)].Concat(files[photo])];
            used.UnionWith(own);
            yield return (
                photo,
                own.MinBy(file => Array.IndexOf(s_extensions, Path.GetExtension(file).ToLowerInvariant())));
        }

        foreach (string file in files.SelectMany(group => group).Where(file => !used.Contains(file)))
        {
            yield return (null, file);
        }
    }

    private static IEnumerable<string> FilesIn(string folder) => Enumerate(
        folder,
        options => Directory.EnumerateFiles(folder, "*", options)
            .Where(file => s_extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal));

    private static IEnumerable<string> MetadataIn(string folder) => Enumerate(
        folder,
        options => Directory.EnumerateFiles(folder, "metadata.*", options)
            .Where(file => s_metadata.Contains(Path.GetFileName(file), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal));

    private static string[] Enumerate(string folder, Func<EnumerationOptions, IEnumerable<string>> find)
    {
        try
        {
            return [.. find(new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false })];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: cannot be read: {error.Message}", error);
        }
    }
}
