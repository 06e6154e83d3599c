using System.Text.Json;
using ShowTell.Data.Import;

namespace ShowTell.Evaluation;

/// <summary>What names an image in a file of captions.</summary>
public enum ImageKey
{
    /// <summary>COCO's number of the image.</summary>
    Id,

    /// <summary>The name of its file.</summary>
    File,
}

/// <summary>Captions of images, in the order of a file. Immutable.</summary>
public sealed class CaptionSet
{
    private const long MaxFileBytes = 1L << 30;

    private readonly Dictionary<string, List<string>> _captions = new(StringComparer.Ordinal);
    private readonly List<string> _images = [];

    /// <summary>Collects captions of images.</summary>
    /// <param name="origin">What to call them in messages, such as the file's name.</param>
    /// <param name="captions">The image and the text of each.</param>
    /// <param name="key">What names the images.</param>
    public CaptionSet(
        string origin, IEnumerable<(string Image, string Caption)> captions, ImageKey key = ImageKey.Id)
    {
        ArgumentNullException.ThrowIfNull(captions);
        (Origin, Key) = (origin, key);
        foreach ((string image, string caption) in captions)
        {
            if (!_captions.TryGetValue(image, out List<string>? ofImage))
            {
                _captions.Add(image, ofImage = []);
                _images.Add(image);
            }

            ofImage.Add(caption);
        }
    }

    /// <summary>What to call the captions in messages.</summary>
    public string Origin { get; }

    /// <summary>What names the images.</summary>
    public ImageKey Key { get; }

    /// <summary>The images, in the order of their first captions.</summary>
    public IReadOnlyList<string> Images => _images;

    /// <summary>The captions of an image; empty if there are none.</summary>
    public IReadOnlyList<string> Of(string image) => _captions.GetValueOrDefault(image) ?? (IReadOnlyList<string>)[];

    /// <summary>
    /// Reads captions: COCO's results (<c>[{"image_id": 1, "caption": "..."}]</c>), COCO's captions JSON
    /// (<c>annotations</c>), lines of an image, a tab and a caption, or any <see cref="CaptionFileKind"/>.
    /// </summary>
    /// <param name="path">The file, told apart by its content.</param>
    /// <param name="key">How images of COCO's captions JSON, which has both, are named; null for their numbers.</param>
    /// <param name="progress">Told from time to time which share of the file has been read, in [0, 1].</param>
    /// <exception cref="DataException">The file cannot be read, is of no known kind, or breaks its rules.</exception>
    public static CaptionSet Read(string path, ImageKey? key = null, Action<double>? progress = null)
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

    /// <summary>Reads a file of the outside world as one JSON document, to be disposed of.</summary>
    internal static JsonDocument ParseJson(string path) => CaptionFile.Read(path, stream =>
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
