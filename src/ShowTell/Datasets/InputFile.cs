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
            return File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string problem = Directory.Exists(path) ? "is a folder; expected a file."
                : File.Exists(path) ? $"cannot be read: {exception.Message}"
                : "there is no such file.";
            throw new DataException($"{path}: {problem}", exception);
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
        $"{path}: is not valid JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}).", error);
}
