using System.Text.RegularExpressions;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Caption files of every <see cref="CaptionFileKind"/>, told apart by their content. They are streamed: memory holds
/// one caption at a time, and for COCO's JSON the names of the photos.
/// </summary>
public static partial class CaptionFile
{
    private const int CaptionsBetweenReports = 500;

    private static readonly string[] s_lists = [CocoCaptions.Photos, CocoCaptions.Annotations];

    /// <summary>Finds out the kind of a file from its first bytes; names and extensions do not matter.</summary>
    /// <exception cref="DataException">The file cannot be read, or is of no known kind.</exception>
    public static CaptionFileKind KindOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = Open(path);
        using var lines = new TextLines(path, stream);
        string? first = lines.NextStart();
        return first switch
        {
            null => throw new DataException($"{path}: is empty; {Expected}."),
            ['{', ..] => KindOfJson(path),
            ['[', ..] => throw new DataException($"{path}: is a JSON list; {Expected}."),
            _ when TokenLine().IsMatch(first) => CaptionFileKind.TokenFile,
            _ when first.Contains(',', StringComparison.Ordinal) => CaptionFileKind.Csv,
            _ => throw new DataException(
                $"{path}: line {lines.Number} has no comma and no \"name.jpg#0\" with a tab; {Expected}."),
        };
    }

    /// <summary>Reads the captions of a file in their order.</summary>
    /// <param name="path">A file of any <see cref="CaptionFileKind"/>.</param>
    /// <param name="progress">Told from time to time which share of the file has been read, in [0, 1].</param>
    /// <exception cref="DataException">The file cannot be read, is of no known kind, or breaks the rules of its kind;
    /// thrown as the captions are enumerated.</exception>
    public static IEnumerable<PhotoCaption> Read(string path, Action<double>? progress = null)
    {
        CaptionFileKind kind = KindOf(path);
        using FileStream stream = Open(path);
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
            throw new DataException($"{path}: holds no caption.");
        }
    }

    /// <summary>Opens a file of the outside world and reads from it.</summary>
    /// <exception cref="DataException">The file cannot be read, or holds no valid JSON.</exception>
    internal static T Read<T>(string path, Func<FileStream, T> read)
    {
        using FileStream stream = Open(path);
        try
        {
            return read(stream);
        }
        catch (JsonException error)
        {
            throw NotJson(path, error);
        }
        catch (IOException error)
        {
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    internal static DataException NotJson(string path, JsonException error) => new(
        $"{path}: is not valid JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}).", error);

    /// <summary>Opens a file of the outside world for reading.</summary>
    internal static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string problem = Directory.Exists(path) ? "is a folder; the name of a file was expected."
                : File.Exists(path) ? $"cannot be read: {exception.Message}"
                : "there is no such file.";
            throw new DataException($"{path}: {problem}", exception);
        }
    }

    private const string Expected =
        "expected is COCO's captions JSON, JSON with Karpathy's splits, lines of \"name.jpg#0\", a tab and a caption, "
        + "CSV of file,caption, or a JSON object a line with \"file\" and \"caption\"";

    private static IEnumerable<PhotoCaption> Read(string path, FileStream stream, CaptionFileKind kind) => kind switch
    {
        CaptionFileKind.CocoJson => CocoCaptions.Read(new JsonItems(path, stream, s_lists)),
        CaptionFileKind.KarpathyJson => KarpathyCaptions.Read(new JsonItems(path, stream, [CocoCaptions.Photos])),
        CaptionFileKind.TokenFile => LineCaptions.ReadTokens(new TextLines(path, stream)),
        CaptionFileKind.Csv => CsvCaptions.Read(path, stream),
        _ => LineCaptions.ReadJson(new TextLines(path, stream)),
    };

    // The first entry of the first list decides; an object without the lists must be the first of many lines.
    private static CaptionFileKind KindOfJson(string path)
    {
        using FileStream stream = Open(path);
        var items = new JsonItems(path, stream, s_lists);
        using JsonDocument? item = items.Next(endsAt: [.. LineCaptions.FileNames, .. LineCaptions.CaptionNames]);
        return item is null
            ? items.EndedEarly
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

/// <summary>The kinds of caption file that people have.</summary>
public enum CaptionFileKind
{
    /// <summary>COCO's official JSON: <c>images</c> (<c>id</c>, <c>file_name</c>) and <c>annotations</c>
    /// (<c>image_id</c>, <c>caption</c>).</summary>
    CocoJson,

    /// <summary>JSON with Karpathy's splits: <c>images</c> (<c>filename</c>, <c>split</c>, <c>sentences</c>).</summary>
    KarpathyJson,

    /// <summary>Flickr8k's and Flickr30k's lines: <c>name.jpg#0</c>, a tab, a caption.</summary>
    TokenFile,

    /// <summary>Comma-separated values: file, caption.</summary>
    Csv,

    /// <summary>An object a line: <c>file</c>, <c>caption</c>.</summary>
    JsonLines,
}

/// <summary>A caption as a caption file has it.</summary>
/// <param name="Photo">The photo's file name, relative to the folder of photos.</param>
/// <param name="Text">The caption.</param>
/// <param name="Split"><c>train</c>, <c>val</c> or <c>test</c> where the file says so, else null.</param>
/// <param name="Subfolder">Where the file says in which folder the photo lies (Karpathy's <c>filepath</c>).</param>
public readonly record struct PhotoCaption(string Photo, string Text, string? Split = null, string? Subfolder = null);
