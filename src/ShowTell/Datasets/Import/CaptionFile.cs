using System.Text.RegularExpressions;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Reads sources of captions of every <see cref="CaptionFileKind"/>. Files are streamed: one caption is in memory at a
/// time, and for COCO's JSON the photo names.
/// </summary>
public static partial class CaptionFile
{
    private const int CaptionsBetweenReports = 500;
    private const int MaxExamined = 1000;

    private const string Expected =
        "expected JSON (COCO, Karpathy, a list or lines of objects with a photo and captions), lines of "
        + "\"name.jpg#0\", a tab and a caption, or CSV of file,caption";

    /// <summary>Reads Parquet; the project ShowTell.Parquet sets it, apart because its package does not compile ahead
    /// of time without warnings.</summary>
    internal static Func<CaptionSource, IEnumerable<PhotoCaption>>? ReadParquet { get; set; }

    private static readonly string[] s_lists = [CocoCaptions.Photos, CocoCaptions.Annotations];

    /// <summary>Recognizes the kind of a file or folder by its content; names and extensions do not matter.</summary>
    /// <exception cref="DataException">It cannot be read, or is of no known kind.</exception>
    public static CaptionFileKind KindOf(string path, CaptionFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            return FolderCaptions.KindOf(path);
        }

        if (KindOfBinary(path) is CaptionFileKind kind)
        {
            return kind;
        }

        var source = new CaptionSource(path, options ?? new CaptionFileOptions(), new LeftOut());
        (string? first, int number) = FirstLine(path, source.Options.Encoding);
        return first switch
        {
            null => throw source.Error($"is empty; {Expected}."),
            ['{', ..] => KindOfObject(source),
            ['[', ..] => CaptionFileKind.JsonList,
            ['<', ..] => throw source.Error($"is HTML or XML; {Expected}."),
            _ when first.StartsWith("version https://git-lfs", StringComparison.Ordinal) => throw source.Error(
                "is a pointer of Git LFS; get the file itself: git lfs pull."),
            _ when TokenLine().IsMatch(first) => CaptionFileKind.TokenFile,
            _ when CsvCaptions.IsCsv(first) => CaptionFileKind.Csv,
            _ => throw source.Error(
                $"line {number} has no comma, semicolon, tab or bar between a photo and a caption; {Expected}."),
        };
    }

    /// <summary>Reads the captions of a source in order.</summary>
    /// <param name="path">A file or folder of any <see cref="CaptionFileKind"/>.</param>
    /// <param name="progress">Receives the fraction of the file read, in [0, 1].</param>
    /// <exception cref="DataException">The file cannot be read, is of no known kind, or is invalid; thrown while the
    /// captions are enumerated.</exception>
    public static IEnumerable<PhotoCaption> Read(string path, Action<double>? progress = null) =>
        Read(new CaptionSource(path, new CaptionFileOptions(), new LeftOut()) { Progress = progress });

    /// <summary>Reads the captions of a source in order.</summary>
    internal static IEnumerable<PhotoCaption> Read(CaptionSource source)
    {
        CaptionFileKind kind = KindOf(source.Path, source.Options);
        int count = 0;
        foreach (PhotoCaption caption in Read(source, kind))
        {
            count++;
            yield return caption;
        }

        source.Progress?.Invoke(1);
        if (count == 0 && source.Errors is not { Count: > 0 })
        {
            throw source.Error($"contains no caption.{source.LeftOut.Summary}");
        }
    }

    /// <summary>The first line of a file that is not blank, or the start of a long one, and its number; null if there
    /// is none.</summary>
    internal static (string? Line, int Number) FirstLine(string path, Encoding? encoding = null)
    {
        using var lines = new TextLines(path, InputFile.OpenText(path, encoding));
        return (lines.NextStart(), lines.Number);
    }

    private static IEnumerable<PhotoCaption> Read(CaptionSource source, CaptionFileKind kind) => kind switch
    {
        CaptionFileKind.Sidecars or CaptionFileKind.ImageFolder => FolderCaptions.Read(source),
        CaptionFileKind.WebDataset => ShardCaptions.Read(source),
        CaptionFileKind.Parquet => ReadParquet?.Invoke(source)
            ?? throw source.Error("is Parquet: add the package ShowTell.Parquet, and call ParquetCaptions.Register()."),
        CaptionFileKind.Csv => CsvCaptions.Read(source),
        _ => ReadText(source, kind),
    };

    private static IEnumerable<PhotoCaption> ReadText(CaptionSource source, CaptionFileKind kind)
    {
        long length = new FileInfo(source.Path).Length;
        using Stream stream = InputFile.OpenText(source.Path, source.Options.Encoding);
        IEnumerable<PhotoCaption> captions = kind switch
        {
            CaptionFileKind.CocoJson => CocoCaptions.Read(source, new JsonItems(source.Path, stream, s_lists)),
            CaptionFileKind.KarpathyJson => JsonCaptions.ReadLists(
                source, new JsonItems(source.Path, stream, CocoCaptions.Photos), isMap: false),
            CaptionFileKind.JsonList => JsonCaptions.ReadLists(
                source, new JsonItems(source.Path, stream), isMap: false),
            CaptionFileKind.JsonMap => JsonCaptions.ReadLists(source, new JsonItems(source.Path, stream), isMap: true),
            CaptionFileKind.TokenFile => TokenCaptions.Read(new TextLines(source.Path, stream)),
            _ => JsonCaptions.ReadLines(source, new TextLines(source.Path, stream)),
        };
        int count = 0;
        foreach (PhotoCaption caption in captions)
        {
            if (count++ % CaptionsBetweenReports == 0 && stream is FileStream)
            {
                source.Progress?.Invoke(stream.Position / (double)length);
            }

            yield return caption;
        }
    }

    /// <summary>Files that are recognized by their first bytes.</summary>
    private static CaptionFileKind? KindOfBinary(string path)
    {
        Span<byte> start = stackalloc byte[512];
        using (FileStream file = InputFile.Open(path))
        {
            start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }

        return start.StartsWith("PAR1"u8) ? CaptionFileKind.Parquet
            : start.Length == 512 && start[257..].StartsWith("ustar"u8) ? CaptionFileKind.WebDataset
            : start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])
            ? ShardCaptions.IsCompressedTar(path) ? CaptionFileKind.WebDataset
                : throw new DataException($"{path}: is compressed with gzip; decompress it first.")
            : start.StartsWith("PK\x03\x04"u8)
            ? throw new DataException(
                $"{path}: is a ZIP archive or a workbook (.xlsx); {Expected}. Unpack it, or save the sheet as CSV.")
            : start.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0])
            ? throw new DataException($"{path}: is an Excel workbook (.xls); {Expected}. Save the sheet as CSV.")
            : start.StartsWith("SQLite format 3"u8)
            ? throw new DataException($"{path}: is an SQLite database; {Expected}. Export its table as CSV.")
            : null;
    }

    /// <summary>The kind of a file that begins with an object, by the first entry that tells.</summary>
    private static CaptionFileKind KindOfObject(CaptionSource source)
    {
        using Stream stream = InputFile.OpenText(source.Path, source.Options.Encoding);
        var items = new JsonItems(source.Path, stream);
        bool isMap = false;
        for (int i = 0; i < MaxExamined && NextEntry(items) is JsonDocument item; i++)
        {
            using (item)
            {
                JsonElement entry = item.RootElement;
                string name = items.List!;
                var fields = new JsonFields(source.Path, items.Location, entry);
                bool isObject = entry.ValueKind == JsonValueKind.Object;
                if (items.Index < 0 && s_lists.Contains(name))
                {
                    throw source.Error($"\"{name}\" must be a list.");
                }

                if (s_lists.Contains(name) && !(isObject && JsonCaptions.IsRecord(source, fields)))
                {
                    return CaptionFileKind.CocoJson;
                }

                if (isObject && items.Index >= 0 && JsonCaptions.IsRecord(source, fields))
                {
                    return entry.TryGetProperty(JsonCaptions.Sentences, out _) && name == CocoCaptions.Photos
                        ? CaptionFileKind.KarpathyJson
                        : name == CocoCaptions.Annotations && IsCocoAnnotation(fields)
                        ? CaptionFileKind.CocoJson
                        : CaptionFileKind.JsonList;
                }

                if ((CaptionNames.IsKnown(name) || IsNamed(source, name))
                    && !(isObject && (items.Index >= 0 || IsNumbered(fields))))
                {
                    return CaptionFileKind.JsonLines;
                }

                if (isObject && CaptionNames.IsKnown(name) && IsNumbered(fields))
                {
                    throw source.Error(
                        "is JSON by columns, as pandas writes it by default; write it again with orient=\"records\".");
                }

                isMap |= (isObject && items.Index < 0 && JsonCaptions.HasCaptions(source, fields))
                    || Photos.PhotoFiles.Extensions.Contains(
                        Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
            }
        }

        return isMap ? CaptionFileKind.JsonMap : throw source.Error(
            $"is JSON without an entry that names a photo and a caption; {Expected}.");
    }

    /// <summary>Whether an annotation names its photo by nothing but the id of an image.</summary>
    private static bool IsCocoAnnotation(JsonFields fields) =>
        CaptionNames.PhotosIn(fields.Names).Select(i => fields.Names[i]).All(name => name is "image_id" or "id")
        && fields.Names.Contains("image_id");

    private static bool IsNumbered(JsonFields fields) => fields.Names is [.., _] names
        && names.All(name => name.All(char.IsAsciiDigit));

    private static bool IsNamed(CaptionSource source, string name) =>
        name == source.Options.PhotoColumn || source.Options.CaptionColumns.Contains(name);

    // The second of several JSON values is no error here: it is another line.
    private static JsonDocument? NextEntry(JsonItems items)
    {
        try
        {
            return items.Next();
        }
        catch (DataException) when (items is { List: JsonItems.Root })
        {
            return null;
        }
    }

    [GeneratedRegex(@"^[^\t]+#\d+\t")]
    private static partial Regex TokenLine();
}
