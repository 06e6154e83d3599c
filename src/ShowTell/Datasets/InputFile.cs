using ShowTell.Files;

namespace ShowTell.Datasets;

/// <summary>Opens and reads files that the user named, with errors that name the file.</summary>
internal static class InputFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataException">The file cannot be opened.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return SpecialFile.KindOf(path) is string kind
                ? throw new DataException($"{path}: is {kind}; a file was expected.")
                : File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string problem = Directory.Exists(path) ? "is a folder; expected a file."
                : File.Exists(path) ? $"cannot be read: {exception.Message}"
                : "there is no such file.";
            throw new DataException($"{path}: {problem}", exception);
        }
    }

    /// <summary>Opens a text file; its stream is UTF-8, whatever the file's encoding.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding; null for UTF-8, or UTF-16 or UTF-32 with a byte order mark.</param>
    /// <exception cref="DataException">The file cannot be opened, or is UTF-16 without a mark.</exception>
    public static Stream OpenText(string path, Encoding? encoding)
    {
        FileStream file = Open(path);
        try
        {
            Span<byte> start = stackalloc byte[64];
            start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            file.Position = 0;
            encoding ??= start switch
            {
                [0xFF, 0xFE, 0, 0, ..] => new UTF32Encoding(bigEndian: false, byteOrderMark: true, true),
                [0xFF, 0xFE, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true, true),
                [0xFE, 0xFF, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true, true),
                [not 0, 0, not 0, 0, ..] or [0, not 0, 0, not 0, ..] => throw new DataException(
                    $"{path}: looks like UTF-16 without a byte order mark; name its encoding: --encoding utf-16, or "
                    + "utf-16BE."),
                _ when start.Contains((byte)0) => throw new DataException($"{path}: is not a text file."),
                _ => null,
            };
            return encoding is null or UTF8Encoding
                ? file
                : Encoding.CreateTranscodingStream(file, encoding, new UTF8Encoding(false));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file cannot be read, or is not valid JSON.</exception>
    public static T Read<T>(string path, Func<FileStream, T> read)
    {
        using FileStream stream = Open(path);
        try
        {
            return read(stream);
        }
        catch (JsonException error)
        {
            throw InvalidJson(path, error);
        }
        catch (IOException error)
        {
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Parses a file as one JSON document, which the caller disposes of.</summary>
    /// <exception cref="DataException">The file cannot be read, is too large, or is not valid JSON.</exception>
    public static JsonDocument ParseJson(string path, long maxBytes, int maxDepth = 64) => Read(path, stream =>
        stream.Length <= maxBytes
            ? JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = maxDepth })
            : throw new DataException($"{path}: has {stream.Length} bytes; the maximum is {maxBytes}."));

    /// <summary>The exception for a file that is not valid JSON.</summary>
    public static DataException InvalidJson(string path, JsonException error) => new(
        $"{path}: is not valid JSON (line {error.LineNumber.GetValueOrDefault() + 1}, byte "
        + $"{error.BytePositionInLine.GetValueOrDefault() + 1}).", error);
}
