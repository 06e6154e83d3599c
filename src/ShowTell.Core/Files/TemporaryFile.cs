namespace ShowTell.Files;

/// <summary>A file in a temporary folder of its own, which only this user can read; deleted when disposed.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly DirectoryInfo? _folder;

    /// <summary>Creates and writes the file.</summary>
    /// <param name="write">Writes all of it.</param>
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
                    $"{System.IO.Path.GetTempPath()}: a temporary file cannot be written: {error.Message} Make room "
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
            // The system deletes what is left there.
        }
    }
}
