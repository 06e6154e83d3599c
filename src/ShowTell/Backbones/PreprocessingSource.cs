namespace ShowTell.Backbones;

/// <summary>A backbone's preprocessing, and where it was found.</summary>
/// <param name="Preprocessing">The preprocessing.</param>
/// <param name="Origin">Where it was found, such as a file.</param>
internal sealed record PreprocessingSource(BackbonePreprocessing Preprocessing, string Origin)
{
    private const string HuggingFaceFile = "preprocessor_config.json";
    private const int MaxBytes = 1 << 20;

    /// <summary>
    /// Finds the preprocessing of a network: in its metadata, in a JSON file of its name beside it, or in Hugging
    /// Face's preprocessor_config.json beside it (or beside the folder onnx that it is in).
    /// </summary>
    /// <param name="path">The network's path; null if it is in no file of its own.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="ModelFileException">It is invalid.</exception>
    public static PreprocessingSource? Find(string? path, BackbonePreprocessingReader metadata)
    {
        if (metadata.HasAny)
        {
            return new PreprocessingSource(metadata.Read(), "the metadata of the file");
        }

        if (path is null)
        {
            return null;
        }

        string beside = Path.GetDirectoryName(path)!;
        bool isInOnnx = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) == "onnx";
        string above = beside.Length == 0 ? ".." : Path.GetDirectoryName(beside)!;
        string[] places =
        [
            Path.ChangeExtension(path, ".json"),
            Path.Combine(beside, HuggingFaceFile),
            .. isInOnnx ? [Path.Combine(above, HuggingFaceFile)] : Array.Empty<string>(),
        ];
        return places.FirstOrDefault(File.Exists) is string file ? OfFile(file) : null;
    }

    /// <summary>Reads a JSON file of ShowTell's or Hugging Face's.</summary>
    /// <exception cref="ModelFileException">It cannot be read, or describes no preprocessing.</exception>
    public static PreprocessingSource OfFile(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
            {
                throw new ModelFileException(
                    $"{path}: has more than {MaxBytes} bytes; a JSON file that describes the preprocessing was "
                    + "expected.");
            }

            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return new PreprocessingSource(
                HuggingFacePreprocessing.Is(json.RootElement)
                    ? new HuggingFacePreprocessing(path, json.RootElement).Read()
                    : BackbonePreprocessingReader.Of(path, json.RootElement).Read(),
                path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFileException($"{path}: there is no such file.", exception);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException
            or InvalidOperationException)
        {
            // Text that is not valid Unicode is an InvalidOperationException.
            throw new ModelFileException(
                $"{path}: a JSON file that describes the preprocessing was expected: {exception.Message}", exception);
        }
    }
}
