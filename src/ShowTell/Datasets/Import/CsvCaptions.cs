using System.Text.RegularExpressions;
using CsvHelper;
using ShowTell.Photos;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Values separated by commas, semicolons, tabs or bars (RFC 4180), with a header of the usual names
/// (<see cref="CaptionNames"/>), or two columns without a header.
/// </summary>
internal static partial class CsvCaptions
{
    private const int MaxRecordBytes = 1 << 20;

    /// <summary>What pandas reads as missing.</summary>
    private static readonly HashSet<string> s_missing =
    [
        "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
        "NULL", "NaN", "None", "n/a", "nan", "null",
    ];

    /// <summary>The separators, the least ambiguous first.</summary>
    public const string Separators = "\t|;,";

    /// <summary>Reads the captions.</summary>
    /// <exception cref="DataException">A record is malformed, or the columns are unknown.</exception>
    public static IEnumerable<PhotoCaption> Read(CaptionSource source)
    {
        (char separator, CsvMode mode) = FormatOf(source);
        using CsvReader reader = Open(source, separator, mode);
        Columns? columns = null;
        while (Next(source, reader) is string[] record)
        {
            if (columns is null)
            {
                columns = Columns.OfHeader(source, record) ?? WithoutHeader(source, record, separator, mode);
                if (columns.IsHeader(record))
                {
                    continue;
                }
            }

            record = record.Length == columns.Count ? record : Repair(source, columns, record, reader.LineNumber);
            foreach (PhotoCaption caption in columns.CaptionsOf(source, record, reader.LineNumber))
            {
                yield return caption;
            }
        }
    }

    /// <summary>Whether a file has a separator in its first line.</summary>
    public static bool IsCsv(string firstLine) => firstLine.AsSpan().ContainsAny(Separators);

    /// <summary>Finds the separator by the first record, and whether quotes are those of RFC 4180.</summary>
    private static (char Separator, CsvMode Mode) FormatOf(CaptionSource source)
    {
        char? separator = null;
        foreach (char candidate in Separators)
        {
            string[] record = FirstRecord(source, candidate);
            bool isHeader = record.Length > 1 && Columns.OfHeader(source, record) is not null;
            if (isHeader || (separator is null && record.Length > 1 && record.Any(IsPhoto)))
            {
                separator = candidate;
            }

            if (isHeader)
            {
                break;
            }
        }

        separator ??= Separators.Where(candidate => FirstRecord(source, candidate).Length > 1).FirstOrDefault(',');
        return (separator.Value, HasPlainQuotes(source, separator.Value) ? CsvMode.NoEscape : CsvMode.Rfc4180);
    }

    /// <summary>The fields of the first record; none if its quotes do not fit the separator.</summary>
    private static string[] FirstRecord(CaptionSource source, char separator)
    {
        bool isMalformed = false;
        using CsvReader reader = Open(
            source,
            separator,
            MayHavePlainQuotes(separator) ? CsvMode.NoEscape : CsvMode.Rfc4180,
            record => isMalformed |= record.Reason != CsvMalformedReason.StrayQuote);
        string[] fields = Next(source, reader) ?? [];
        return isMalformed ? [] : fields;
    }

    // Files with tabs or bars are often written without a thought for quotes, which are then part of the text.
    private static bool MayHavePlainQuotes(char separator) => separator is '\t' or '|';

    private static bool HasPlainQuotes(CaptionSource source, char separator)
    {
        if (!MayHavePlainQuotes(separator))
        {
            return false;
        }

        bool isMalformed = false;
        using CsvReader reader = Open(
            source,
            separator,
            CsvMode.Rfc4180,
            record => isMalformed |= record.Reason != CsvMalformedReason.StrayQuote);
        while (!isMalformed && Next(source, reader) is not null)
        {
        }

        return isMalformed;
    }

    private static CsvReader Open(
        CaptionSource source, char separator, CsvMode mode, Action<CsvMalformedRecord>? malformed = null)
    {
        Stream text = InputFile.OpenText(source.Path, source.Options.Encoding);
        var reader = new StreamReader(text, new UTF8Encoding(true, throwOnInvalidBytes: true), false);
        return CsvReader.Create(reader, new CsvReaderOptions
        {
            Separator = separator,
            HasHeader = false,
            Mode = mode,
            MaxRecordSize = MaxRecordBytes,
            TrackLineNumbers = true,
            OnMalformedRecord = malformed ?? (record => RefuseMalformed(source, record)),
        });
    }

    /// <summary>A quote within a field is text; a field that only begins with a quote cannot be read with certainty.
    /// </summary>
    private static void RefuseMalformed(CaptionSource source, CsvMalformedRecord record)
    {
        if (record.Reason != CsvMalformedReason.StrayQuote)
        {
            string problem = record.Reason == CsvMalformedReason.UnterminatedQuote
                ? "a quoted field that is never closed"
                : "text after the closing quote of a field";
            throw source.Error(
                $"the record that starts in line {record.LineNumber} has {problem}. Quote fields that begin with a "
                + "quote, and double the quotes in them.");
        }
    }

    /// <summary>The next record that is not blank, its fields without white space around them; null after the last one.
    /// </summary>
    private static string[]? Next(CaptionSource source, CsvReader reader)
    {
        try
        {
            while (reader.Read())
            {
                string[] record =
                    [.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetString(i).Trim())];
                if (record.Any(field => field.Length > 0))
                {
                    return record;
                }
            }

            return null;
        }
        catch (CsvFormatException exception)
        {
            throw source.Error(exception.Message, exception);
        }
        catch (DecoderFallbackException exception)
        {
            throw TextLines.NotUtf8(source.Path, exception);
        }
        catch (IOException exception)
        {
            throw source.Error($"cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The columns of a file whose first record is no header.</summary>
    private static Columns WithoutHeader(CaptionSource source, string[] record, char separator, CsvMode mode)
    {
        if (source.Options.PhotoColumn is not null || source.Options.CaptionColumns.Count > 0)
        {
            throw source.Error(
                $"lacks a column that --photo-column or --caption-column names; its columns are {Shown(record)}.");
        }

        int[] photos = [.. Enumerable.Range(0, record.Length).Where(i => IsPhoto(record[i]))];
        if (record.Length == 2 && photos.Length <= 1 && (photos.Length == 1 || !NamesFollow(source, separator, mode)))
        {
            return new Columns(photos is [1] ? 1 : 0, [photos is [1] ? 0 : 1], null, null, 2, HasHeader: false);
        }

        throw source.Error(
            $"its columns are {Shown(record)}: say which are the photo's and the caption's, by name or number, with "
            + "--photo-column and --caption-column.");
    }

    /// <summary>Whether the second record names a photo, so that the first one is a header of unknown names.</summary>
    private static bool NamesFollow(CaptionSource source, char separator, CsvMode mode)
    {
        using CsvReader reader = Open(source, separator, mode);
        Next(source, reader);
        return Next(source, reader)?.Any(IsPhoto) == true;
    }

    /// <summary>
    /// The record with all fields. Kaggle's Flickr30k has a line whose caption's number and caption are in one field.
    /// </summary>
    private static string[] Repair(CaptionSource source, Columns columns, string[] record, long line)
    {
        if (columns is { Number: int number, Captions: [int caption] } && caption == number + 1
            && record.Length == columns.Count - 1 && NumberAndText().Match(record[number]) is { Success: true } match)
        {
            source.LeftOut.Add("lines that lacked a separator after the caption's number: repaired", $"line {line}");
            return [.. record[..number], match.Groups[1].Value, match.Groups[2].Value, .. record[caption..]];
        }

        // pandas fills fields that are missing at the end.
        if (record.Length < columns.Count && record.Length > Math.Max(columns.Photo, columns.Captions[0]))
        {
            source.LeftOut.Add("records with too few fields: read without the last ones", $"line {line}");
            return [.. record, .. Enumerable.Repeat("", columns.Count - record.Length)];
        }

        // A separator at the end of a line.
        return record.Length == columns.Count + 1 && record[^1].Length == 0
            ? record[..^1]
            : throw source.Error(
                $"the record that starts in line {line} has {record.Length} fields; expected {columns.Count} (a field "
                + "with a separator needs quotes).");
    }

    /// <summary>The captions in a field: one, none if pandas would read it as missing, or those of a list as Python or
    /// JSON writes it.</summary>
    private static IEnumerable<string> TextsOf(string field) =>
        s_missing.Contains(field) ? [""]
        : ListOfTexts().Match(field) is { Success: true } list
        ? list.Groups["text"].Captures.Select(text => Unescape(text.Value))
        : [field];

    private static string Unescape(string quoted) => EscapedCharacter().Replace(
        quoted[1..^1], escape => escape.Value[1] == 'n' ? "\n" : escape.Value[1..]);

    private static bool IsPhoto(string field) =>
        PhotoFiles.Extensions.Contains(Path.GetExtension(field), StringComparer.OrdinalIgnoreCase)
        && !field.AsSpan().ContainsAny(Separators);

    private static string Shown(string[] record) => string.Join(", ", record.Select(name => $"\"{name}\""));

    [GeneratedRegex(
        """^\[\s*(?:(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*(?:,\s*)?)+\]$""", RegexOptions.Singleline)]
    private static partial Regex ListOfTexts();

    [GeneratedRegex(@"\\.", RegexOptions.Singleline)]
    private static partial Regex EscapedCharacter();

    [GeneratedRegex(@"^(\d+)\s+(\S.*)$", RegexOptions.Singleline)]
    private static partial Regex NumberAndText();

    /// <summary>The indices of the columns.</summary>
    /// <param name="Photo">The photo's name.</param>
    /// <param name="Captions">Its captions.</param>
    /// <param name="Split">Its split; null if there is none.</param>
    /// <param name="Number">The caption's number; null if there is none.</param>
    /// <param name="Count">The number of all columns.</param>
    /// <param name="HasHeader">Whether the first record names them, unless it names a photo.</param>
    private sealed record Columns(int Photo, int[] Captions, int? Split, int? Number, int Count, bool HasHeader)
    {
        public bool IsHeader(string[] record) => HasHeader && !IsPhoto(record[Photo]);

        public static Columns? OfHeader(CaptionSource source, string[] record)
        {
            int[] captions = CaptionNames.CaptionsIn(record, source.Options.CaptionColumns);
            int number = Array.FindIndex(record, name => name.EndsWith("number", StringComparison.OrdinalIgnoreCase));
            return captions.Length > 0 && CaptionNames.PhotoIn(record, source.Options.PhotoColumn) is int photo
                && !captions.Contains(photo)
                ? new Columns(
                    photo, captions, CaptionNames.SplitIn(record), number < 0 ? null : number, record.Length, true)
                : null;
        }

        public IEnumerable<PhotoCaption> CaptionsOf(CaptionSource source, string[] record, long line)
        {
            if (record[Photo].Length == 0)
            {
                throw source.Error($"the record that starts in line {line} has no file name.");
            }

            string? split = Split is int index && record[index].Length > 0
                ? CaptionNames.SplitOf(record[index])
                    ?? throw source.Error(
                        $"line {line}: the split is \"{record[index]}\"; expected train, val or test.")
                : null;
            return Captions.SelectMany(caption => TextsOf(record[caption]))
                .Select(text => new PhotoCaption(record[Photo], text, split));
        }
    }
}
