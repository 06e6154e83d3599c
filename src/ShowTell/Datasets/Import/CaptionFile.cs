using System.Text.RegularExpressions;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Reads caption files of every <see cref="CaptionFileKind"/>. Files are streamed: one caption is in memory at a time,
/// and for COCO's JSON the photo names.
/// </summary>
public static partial class CaptionFile
{
    private const int CaptionsBetweenReports = 500;

    private const string Expected =
        "expected COCO's captions JSON, JSON with Karpathy's splits, lines of \"name.jpg#0\", a tab and a caption, "
        + "CSV of file,caption, or lines of JSON objects with \"file\" and \"caption\"";

    private static readonly string[] s_lists = [CocoCaptions.Photos, CocoCaptions.Annotations];

    /// <summary>Recognizes the kind of a file by its first line, and of JSON by its first entries; file names and
    /// extensions do not matter.</summary>
    /// <exception cref="DataException">The file cannot be read, or is of no known kind.</exception>
    public static CaptionFileKind KindOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (string? first, int number) = FirstLine(path);
        return first switch
        {
            null => throw new DataException($"{path}: is empty; {Expected}."),
            ['{', ..] => KindOfJson(path),
            ['[', ..] => throw new DataException($"{path}: is a JSON list; {Expected}."),
            _ when TokenLine().IsMatch(first) => CaptionFileKind.TokenFile,
            _ when first.Contains(',', StringComparison.Ordinal) => CaptionFileKind.Csv,
            _ => throw new DataException(
                $"{path}: line {number} has no comma and no \"name.jpg#0\" with a tab; {Expected}."),
        };
    }

    /// <summary>Reads the captions of a file in order.</summary>
    /// <param name="path">A file of any <see cref="CaptionFileKind"/>.</param>
    /// <param name="progress">Receives the fraction of the file read, in [0, 1].</param>
    /// <exception cref="DataException">The file cannot be read, is of no known kind, or is invalid; thrown while the
    /// captions are enumerated.</exception>
    public static IEnumerable<PhotoCaption> Read(string path, Action<double>? progress = null)
    {
        CaptionFileKind kind = KindOf(path);
        using FileStream stream = InputFile.Open(path);
        int count = 0;
        foreach (PhotoCaption caption in Read(path, stream, kind))
        {
            if (count++ % CaptionsBetweenReports == 0)
            {
                progress?.Invoke(stream.Position / (double)stream.Length);
            }

            yield return caption;
        }

        progress?.Invoke(1);
        if (count == 0)
        {
            throw new DataException($"{path}: contains no caption.");
        }
    }

    /// <summary>The first line of a file that is not blank, or the start of a long one, and its number; null if there
    /// is none.</summary>
    internal static (string? Line, int Number) FirstLine(string path)
    {
        using var lines = new TextLines(path, InputFile.Open(path));
        return (lines.NextStart(), lines.Number);
    }

    private static IEnumerable<PhotoCaption> Read(string path, FileStream stream, CaptionFileKind kind) => kind switch
    {
        CaptionFileKind.CocoJson => CocoCaptions.Read(new JsonItems(path, stream, s_lists)),
        CaptionFileKind.KarpathyJson => KarpathyCaptions.Read(new JsonItems(path, stream, CocoCaptions.Photos)),
        CaptionFileKind.TokenFile => LineCaptions.ReadTokens(new TextLines(path, stream)),
        CaptionFileKind.Csv => CsvCaptions.Read(path, stream),
        _ => LineCaptions.ReadJson(new TextLines(path, stream)),
    };

    // The first entry of the first list decides; an object without these lists must be the first of JSON lines.
    private static CaptionFileKind KindOfJson(string path)
    {
        using FileStream stream = InputFile.Open(path);
        var items = new JsonItems(path, stream, s_lists);
        using JsonDocument? item = items.Next(stopAt: [.. LineCaptions.FileNames, .. LineCaptions.CaptionNames]);
        return item is null
            ? items.IsStopped
                ? CaptionFileKind.JsonLines
                : throw new DataException(
                    $"{path}: is JSON without an entry in \"images\" or \"annotations\"; {Expected}.")
            : items.List == CocoCaptions.Photos
                && item.RootElement.ValueKind == JsonValueKind.Object
                && item.RootElement.TryGetProperty(KarpathyCaptions.Sentences, out _) ? CaptionFileKind.KarpathyJson
            : CaptionFileKind.CocoJson;
    }

    [GeneratedRegex(@"^[^\t]+#\d+\t")]
    private static partial Regex TokenLine();
}

/// <summary>The kinds of caption files.</summary>
public enum CaptionFileKind
{
    /// <summary>COCO's captions JSON: <c>images</c> (<c>id</c>, <c>file_name</c>) and <c>annotations</c>
    /// (<c>image_id</c>, <c>caption</c>).</summary>
    CocoJson,

    /// <summary>JSON with Karpathy's splits: <c>images</c> (<c>filename</c>, <c>split</c>, <c>sentences</c>).</summary>
    KarpathyJson,

    /// <summary>The lines of Flickr8k and Flickr30k: <c>name.jpg#0</c>, a tab, a caption.</summary>
    TokenFile,

    /// <summary>Comma-separated values: file, caption.</summary>
    Csv,

    /// <summary>JSON lines, each an object with <c>file</c> and <c>caption</c>.</summary>
    JsonLines,
}

/// <summary>A caption from a caption file.</summary>
/// <param name="Photo">The photo's path relative to the photo folder.</param>
/// <param name="Text">The caption.</param>
/// <param name="Split"><c>train</c>, <c>val</c> or <c>test</c>; null if the file has no splits.</param>
/// <param name="Subfolder">The photo's subfolder (Karpathy's <c>filepath</c>); null if the file names none.</param>
public readonly record struct PhotoCaption(string Photo, string Text, string? Split = null, string? Subfolder = null);
