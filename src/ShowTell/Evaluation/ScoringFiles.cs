using ShowTell.Datasets.Import;
using ShowTell.Files;
using ShowTell.Metrics;

namespace ShowTell.Evaluation;

/// <summary>The files that scores are computed from.</summary>
public static class ScoringFiles
{
    private const long MaxFileBytes = 1L << 30;

    /// <summary>
    /// Reads captions: COCO's results (<c>[{"image_id": 1, "caption": "..."}]</c>), COCO's captions JSON
    /// (<c>annotations</c>), lines of an image, a tab and a caption, or any <see cref="CaptionFileKind"/>.
    /// </summary>
    /// <param name="path">The file, told apart by its content.</param>
    /// <param name="key">How images of COCO's captions JSON, which has both, are named; null for their numbers.</param>
    /// <param name="progress">Told from time to time which share of the file has been read, in [0, 1].</param>
    /// <exception cref="DataException">The file cannot be read, is of no known kind, or breaks its rules.</exception>
    public static CaptionSet ReadCaptions(string path, ImageKey? key = null, Action<double>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string? first;
        using (FileStream stream = CaptionFile.Open(path))
        using (var lines = new TextLines(path, stream))
        {
            first = lines.NextStart();
        }

        return first switch
        {
            ['[', ..] => new CaptionSet(path, ReadResults(path)),
            not null when IsTabLine(first) => new CaptionSet(path, ReadTabLines(path), key ?? ImageKey.Id),
            ['{', ..] when key != ImageKey.File && CaptionFile.KindOf(path) == CaptionFileKind.CocoJson =>
                new CaptionSet(path, ReadAnnotations(path, progress)),
            _ => new CaptionSet(
                path,
                CaptionFile.Read(path, progress).Select(caption => (caption.Photo, caption.Text)),
                ImageKey.File),
        };
    }

    /// <summary>Reads what <see cref="WriteFrequencies"/> wrote.</summary>
    /// <exception cref="DataException">The file cannot be read, or holds something else.</exception>
    public static DocumentFrequencies ReadFrequencies(string path)
    {
        using JsonDocument document = ParseJson(path);
        return DocumentFrequencies.Read(path, document.RootElement);
    }

    /// <summary>Writes frequencies as JSON, whole or not at all.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public static void WriteFrequencies(string path, DocumentFrequencies frequencies)
    {
        ArgumentNullException.ThrowIfNull(frequencies);
        AtomicFile.Write(path, frequencies.Write);
    }

    /// <summary>Reads a file of the outside world as one JSON document, to be disposed of.</summary>
    private static JsonDocument ParseJson(string path) => CaptionFile.Read(path, stream =>
        stream.Length <= MaxFileBytes
            ? JsonDocument.Parse(stream)
            : throw new DataException($"{path}: has more than {MaxFileBytes} bytes."));

    private static IEnumerable<(string Image, string Caption)> ReadResults(string path)
    {
        using JsonDocument document = ParseJson(path);
        int index = 0;
        foreach (JsonElement item in document.RootElement.EnumerateArray())
        {
            yield return CaptionOf(new JsonFields(path, $"$[{index++}]", item));
        }

        if (index == 0)
        {
            throw new DataException($"{path}: holds no caption.");
        }
    }

    private static IEnumerable<(string Image, string Caption)> ReadAnnotations(string path, Action<double>? progress)
    {
        const int BetweenReports = 5000;
        using FileStream stream = CaptionFile.Open(path);
        var items = new JsonItems(path, stream, [CocoCaptions.Annotations]);
        int count = 0;
        while (items.Next() is JsonDocument item)
        {
            using (item)
            {
                yield return CaptionOf(new JsonFields(path, items.Place, item.RootElement));
            }

            if (++count % BetweenReports == 0)
            {
                progress?.Invoke(stream.Position / (double)stream.Length);
            }
        }

        if (count == 0)
        {
            throw new DataException($"{path}: holds no caption in \"{CocoCaptions.Annotations}\".");
        }
    }

    private static (string Image, string Caption) CaptionOf(JsonFields fields) =>
        (fields.Id("image_id").Trim('"'), fields.Text("caption"));

    private static bool IsTabLine(string line) =>
        line.IndexOf('\t', StringComparison.Ordinal) is int tab and > 0 && !line.AsSpan(0, tab).ContainsAny("#,{");

    private static IEnumerable<(string Image, string Caption)> ReadTabLines(string path)
    {
        using FileStream stream = CaptionFile.Open(path);
        using var lines = new TextLines(path, stream);
        while (lines.NextFilled() is string line)
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            yield return tab > 0
                ? (line[..tab], line[(tab + 1)..])
                : throw new DataException($"{path}: line {lines.Number} must be an image, a tab, and a caption.");
        }
    }
}
