namespace ShowTell.Datasets.Import;

/// <summary>Streams the lines of a UTF-8 file, with or without a byte order mark.</summary>
/// <param name="path">The file's path.</param>
/// <param name="stream">The file, which is disposed of with this.</param>
internal sealed class TextLines(string path, Stream stream) : IDisposable
{
    private const int MaxLineCharacters = 1 << 20;

    private readonly StreamReader _reader = new(
        stream, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false);

    private readonly StringBuilder _line = new();

    /// <summary>The file's path.</summary>
    public string Path => path;

    /// <summary>The number of the last line, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The next line that is not blank, without leading white space; null after the last one.</summary>
    /// <exception cref="DataException">The line is not UTF-8 or too long, or the file cannot be read.</exception>
    public string? NextFilled() => NextFilled(maxLength: int.MaxValue);

    /// <summary>The start of the next line that is not blank, however long it is.</summary>
    public string? NextStart() => NextFilled(maxLength: MaxLineCharacters);

    /// <summary>The error of a file that is not text in the encoding that it should be in.</summary>
    public static DataException NotUtf8(string path, DecoderFallbackException cause)
    {
        string found = cause.BytesUnknown is [byte first, ..] ? $" (byte 0x{first:X2})" : "";
        return new(
            $"{path}: is not text in UTF-8, or in the given encoding: line {LineOfError(path)}{found}. Name its "
            + "encoding with --encoding, such as windows-1252 (Excel in Western Europe), shift_jis or gb18030.",
            cause);
    }

    /// <summary>The number of the first line that is not UTF-8; 1 if there is none.</summary>
    private static int LineOfError(string path)
    {
        if (!File.Exists(path))
        {
            return 1;
        }

        // Latin-1 has a character for every byte.
        int number = 1;
        foreach (string line in File.ReadLines(path, Encoding.Latin1))
        {
            if (!System.Text.Unicode.Utf8.IsValid(Encoding.Latin1.GetBytes(line)))
            {
                return number;
            }

            number++;
        }

        return 1;
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private string? NextFilled(int maxLength)
    {
        while (Next(maxLength) is string line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                return line.TrimStart();
            }
        }

        return null;
    }

    private string? Next(int maxLength)
    {
        try
        {
            return ReadLine(maxLength);
        }
        catch (DecoderFallbackException exception)
        {
            throw NotUtf8(path, exception);
        }
        catch (IOException exception)
        {
            throw new DataException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private string? ReadLine(int maxLength)
    {
        int character = _reader.Read();
        if (character < 0)
        {
            return null;
        }

        Number++;
        _line.Clear();
        for (; character >= 0 && character != '\n' && _line.Length < maxLength; character = _reader.Read())
        {
            _ = _line.Length < MaxLineCharacters || maxLength == MaxLineCharacters
                ? _line.Append((char)character)
                : throw new DataException($"{path}: line {Number} has more than {MaxLineCharacters} characters.");
        }

        if (Number == 1 && _line.Length > 0 && _line[0] == '\uFEFF')
        {
            _line.Remove(0, 1);
        }

        return _line.Length > 0 && _line[^1] == '\r' ? _line.ToString(0, _line.Length - 1) : _line.ToString();
    }
}
