using System.Text;

namespace ShowTell.Data.Import;

/// <summary>
/// Comma-separated values (RFC 4180) of file and caption. A first record of such words (<c>image,caption</c> ...) is a
/// header, which may put the columns into another order and have more of them.
/// </summary>
internal static class CsvCaptions
{
    private const int MaxRecordCharacters = 1 << 20;

    public static IEnumerable<PhotoCaption> Read(TextLines lines)
    {
        (int file, int caption, int columns) = (0, 1, 2);
        bool isFirst = true;
        while (NextRecord(lines) is List<string> record)
        {
            if (isFirst && HeaderOf(record) is (int fileColumn, int captionColumn))
            {
                (file, caption, columns) = (fileColumn, captionColumn, record.Count);
            }
            else
            {
                yield return record.Count == columns && record[file].Length > 0
                    ? new PhotoCaption(record[file], record[caption])
                    : throw new DataException(
                        $"{lines.Path}: the record that ends in line {lines.Number} has "
                        + (record.Count == columns
                            ? "no file name."
                            : $"{record.Count} fields; {columns} were expected "
                                + "(a caption with a comma needs quotes)."));
            }

            isFirst = false;
        }
    }

    private static (int File, int Caption)? HeaderOf(List<string> record)
    {
        int file = record.FindIndex(name => CaptionFieldNames.IsFile(name.Trim().ToLowerInvariant()));
        int caption = record.FindIndex(name => CaptionFieldNames.IsCaption(name.Trim().ToLowerInvariant()));
        return file >= 0 && caption >= 0 ? (file, caption) : null;
    }

    // A quoted field may go on over several lines.
    private static List<string>? NextRecord(TextLines lines)
    {
        if (lines.NextFilled() is not string text)
        {
            return null;
        }

        int first = lines.Number;
        List<string>? fields;
        while ((fields = Split(lines, text)) is null)
        {
            text += lines.Next() is string more && text.Length + more.Length < MaxRecordCharacters
                ? "\n" + more
                : throw new DataException($"{lines.Path}: line {first} opens a quote that is not closed.");
        }

        return fields;
    }

    /// <summary>The fields of a record; null if it ends within quotes.</summary>
    private static List<string>? Split(TextLines lines, string text)
    {
        List<string> fields = [];
        var field = new StringBuilder();
        for (int i = 0; ; i++)
        {
            field.Clear();
            if (i < text.Length && text[i] == '"')
            {
                i = Unquote(text, i + 1, field);
                if (i < 0)
                {
                    return null;
                }
            }

            for (; i < text.Length && text[i] != ','; i++)
            {
                _ = text[i] != '"' && (field.Length == 0 || text[i - 1] != '"')
                    ? field.Append(text[i])
                    : throw new DataException(
                        $"{lines.Path}: line {lines.Number} has a quote within a field; "
                        + "such a field must be in quotes, and the quote doubled.");
            }

            fields.Add(field.ToString());
            if (i >= text.Length)
            {
                return fields;
            }
        }
    }

    /// <summary>Reads a quoted field; returns the place behind its closing quote, -1 without one.</summary>
    private static int Unquote(string text, int start, StringBuilder field)
    {
        for (int i = start; i < text.Length; i++)
        {
            if (text[i] != '"')
            {
                field.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append(text[i++]);
            }
            else
            {
                return i + 1;
            }
        }

        return -1;
    }
}
