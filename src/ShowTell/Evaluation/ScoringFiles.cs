using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.Files;
using ShowTell.Metrics;

namespace ShowTell.Evaluation;

/// <summary>Reads and writes the files of caption scoring: captions and document frequencies.</summary>
public static class ScoringFiles
{
    private const long MaxJsonBytes = 1L << 30;

    /// <summary>
    /// Reads captions, recognizing the file's kind by its content: COCO's results (<c>[{"image_id": 1, "caption":
    /// "..."}]</c>), COCO's captions JSON (<c>annotations</c>), lines of an image, a tab and a caption, or any other
    /// <see cref="CaptionFileKind"/>.
    /// </summary>
    /// <param name="path">The file, or a folder of a <see cref="CaptionFileKind"/>.</param>
    /// <param name="key">How to name the images of COCO's captions JSON, which has both ids and file names; null for
    /// ids.</param>
    /// <param name="progress">Receives the fraction of the file read, in [0, 1].</param>
    /// <param name="errors">Receives what JSON has instead of a caption, as that of <c>caption --json</c> for photos
    /// that cannot be read: the photo, a colon, the error. Null, the default, to leave such entries out.</param>
    /// <exception cref="DataException">The file cannot be read, is of no known kind, or is invalid.</exception>
    public static CaptionSet ReadCaptions(
        string path, ImageKey? key = null, Action<double>? progress = null, ICollection<string>? errors = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return CaptionFile.KindOf(path) switch
        {
            CaptionFileKind.JsonList when IsResults(path) => new CaptionSet(path, ReadCoco(path, progress)),
            CaptionFileKind.CocoJson when key != ImageKey.File =>
                new CaptionSet(path, ReadCoco(path, progress, CocoCaptions.Annotations)),
            CaptionFileKind.Csv or CaptionFileKind.TokenFile when IsTabLine(CaptionFile.FirstLine(path).Line!) =>
                new CaptionSet(path, ReadTabLines(path), key ?? ImageKey.Id),
            _ => new CaptionSet(path, ReadByName(path, progress, errors), ImageKey.File),
        };
    }

    /// <summary>
    /// Captions with the names that their photos have in the references, where a name that is the end of another at a
    /// slash means the same photo; others keep their names. Without effect on COCO's ids.
    /// </summary>
    /// <exception cref="IncompatibleException">A photo matches several of the references, or two photos match
    /// one.</exception>
    public static CaptionSet WithNamesOf(CaptionSet references, CaptionSet captions)
    {
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(captions);
        if (captions.Key != ImageKey.File || references.Key != ImageKey.File)
        {
            return captions;
        }

        var names = new PhotoNames(references.Origin, references.Images);
        return new CaptionSet(
            captions.Origin,
            captions.Images.SelectMany(image => captions.Of(image).Select(
                caption => (names.Find(image) ?? image, caption))),
            ImageKey.File);
    }

    /// <summary>Reads document frequencies written by <see cref="WriteFrequencies"/>.</summary>
    /// <exception cref="DataException">The file cannot be read, or contains something else.</exception>
    public static DocumentFrequencies ReadFrequencies(string path)
    {
        using JsonDocument document = InputFile.ParseJson(path, MaxJsonBytes);
        return DocumentFrequencies.Read(path, document.RootElement);
    }

    /// <summary>Writes document frequencies as JSON, whole or not at all.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public static void WriteFrequencies(string path, DocumentFrequencies frequencies)
    {
        ArgumentNullException.ThrowIfNull(frequencies);
        AtomicFile.Write(path, frequencies.Write);
    }

    /// <summary>Whether a list is of COCO's results: its objects have an image_id, no other name of a photo, and one
    /// caption. A list without photos or captions is taken for one too, and refused with what it lacks.</summary>
    private static bool IsResults(string path)
    {
        using Stream stream = InputFile.OpenText(path, null);
        var items = new JsonItems(path, stream);
        using JsonDocument? first = items.Next();
        if (items.List != JsonItems.Root || first?.RootElement.ValueKind != JsonValueKind.Object)
        {
            return items.List == JsonItems.Root;
        }

        string[] names = new JsonFields(path, items.Location, first.RootElement).Names;
        string[] captions = [.. CaptionNames.CaptionsIn(names, []).Select(index => names[index])];
        return (CaptionNames.PhotoIn(names, null) is not int photo || names[photo] == "image_id")
            && (captions.Length == 0
                || (captions is ["caption"]
                    && first.RootElement.GetProperty("caption").ValueKind != JsonValueKind.Array));
    }

    /// <summary>Reads COCO's results, or its annotations if they are named.</summary>
    private static IEnumerable<(string Image, string Caption)> ReadCoco(
        string path, Action<double>? progress, params string[] lists)
    {
        const int BetweenReports = 5000;
        using FileStream stream = InputFile.Open(path);
        var items = new JsonItems(path, stream, lists);
        int count = 0;
        while (items.Next() is JsonDocument item)
        {
            using (item)
            {
                yield return CaptionOf(new JsonFields(path, items.Location, item.RootElement));
            }

            if (++count % BetweenReports == 0)
            {
                progress?.Invoke(stream.Position / (double)stream.Length);
            }
        }

        if (count == 0)
        {
            string where = string.Concat(lists.Select(name => $" in \"{name}\""));
            throw new DataException($"{path}: contains no caption{where}.");
        }
    }

    private static IEnumerable<(string Image, string Caption)> ReadByName(
        string path, Action<double>? progress, ICollection<string>? errors) =>
        CaptionFile.Read(new CaptionSource(path, new CaptionFileOptions(), new LeftOut())
        {
            Progress = progress, Errors = errors,
        }).Select(caption => (caption.Photo, caption.Text));

    private static (string Image, string Caption) CaptionOf(JsonFields fields) =>
        (fields.Id("image_id").Trim('"'), fields.Text("caption"));

    private static bool IsTabLine(string line) =>
        line.IndexOf('\t', StringComparison.Ordinal) is int tab and > 0
        && !line.AsSpan(0, tab).ContainsAny("#,{")
        && (CaptionNames.PhotoIn(line.Split('\t'), null) is null
            || CaptionNames.CaptionsIn(line.Split('\t'), []).Length == 0);

    private static IEnumerable<(string Image, string Caption)> ReadTabLines(string path)
    {
        using var lines = new TextLines(path, InputFile.Open(path));
        while (lines.NextFilled() is string line)
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            yield return tab > 0
                ? (line[..tab], line[(tab + 1)..])
                : throw new DataException($"{path}: line {lines.Number} must be an image, a tab, and a caption.");
        }
    }
}
