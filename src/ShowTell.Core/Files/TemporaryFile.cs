namespace ShowTell.Files;

/// <summary>A file in its own temporary folder, readable by this user only; deleted when disposed.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly DirectoryInfo? _folder;

    /// <summary>Creates and writes the file.</summary>
    /// <param name="write">Writes the whole content.</param>
    /// <exception cref="ShowTellException">The temporary folder cannot be written.</exception>
    public TemporaryFile(Action<Stream> write)
    {
        try
        {
            _folder = Directory.CreateTempSubdirectory("showtell-");
            Path = System.IO.Path.Combine(_folder.FullName, "file");
            using FileStream stream = File.Create(Path);
            write(stream);
        }
        catch (Exception error)
        {
            Dispose();
            if (error is IOException or UnauthorizedAccessException)
            {
                throw new ShowTellException(
                    $"{System.IO.Path.GetTempPath()}: cannot write a temporary file: {error.Message} Free some space "
                    + $"there, or set {(OperatingSystem.IsWindows() ? "TEMP" : "TMPDIR")} to another folder.",
                    error);
            }

            throw;
        }
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _folder?.Delete(recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The operating system will clean up.
        }
    }
}
