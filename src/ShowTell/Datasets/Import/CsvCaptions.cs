using CsvHelper;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Comma-separated values (RFC 4180) of file and caption. A first record of column names (<c>image,caption</c> ...) is
/// a header; there may then be more columns, in any order.
/// </summary>
internal static class CsvCaptions
{
    private static readonly CsvReaderOptions s_options = new()
    {
        Separator = ',',
        HasHeader = false,
        TrimWhitespace = true,
        MalformedData = CsvMalformedDataHandling.Throw,
        MaxRecordSize = 1 << 20,
        TrackLineNumbers = true,
    };

    public static IEnumerable<PhotoCaption> Read(string path, Stream stream)
    {
        using CsvReader reader = CsvReader.Create(
            new StreamReader(stream, new UTF8Encoding(true, throwOnInvalidBytes: true), false), s_options);
        (int file, int caption, int columns) = (0, 1, 2);
        for (bool isFirst = true; MoveNext(path, reader); isFirst = false)
        {
            string[] record = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
            if (isFirst && HeaderOf(record) is (int fileColumn, int captionColumn))
            {
                (file, caption, columns) = (fileColumn, captionColumn, record.Length);
            }
            else
            {
                yield return record.Length == columns && record[file].Length > 0
                    ? new PhotoCaption(record[file], record[caption])
                    : throw new DataException(
                        $"{path}: the record that starts in line {reader.LineNumber} has "
                        + (record.Length == columns
                            ? "no file name."
                            : $"{record.Length} fields; expected {columns} "
                                + "(a caption with a comma needs quotes)."));
            }
        }
    }

    private static (int File, int Caption)? HeaderOf(string[] record)
    {
        int file = Array.FindIndex(record, name => LineCaptions.FileNames.Contains(name.ToLowerInvariant()));
        int caption = Array.FindIndex(record, name => LineCaptions.CaptionNames.Contains(name.ToLowerInvariant()));
        return file >= 0 && caption >= 0 ? (file, caption) : null;
    }

    /// <summary>Advances to the next record that is not blank; false after the last one.</summary>
    private static bool MoveNext(string path, CsvReader reader)
    {
        try
        {
            bool isRecord;
            do
            {
                isRecord = reader.Read();
            }
            while (isRecord && reader.FieldCount == 1 && reader.GetString(0).Length == 0);
            return isRecord;
        }
        catch (CsvFormatException exception)
        {
            throw new DataException(
                $"{path}: {exception.Message} Quote fields that contain quotes, and double the quotes in them.",
                exception);
        }
        catch (DecoderFallbackException exception)
        {
            throw new DataException(
                $"{path}: is not UTF-8 text (line {Math.Max(reader.LineNumber, 1)} or after it).", exception);
        }
        catch (IOException exception)
        {
            throw new DataException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }
}
