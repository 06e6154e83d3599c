using System.Security.Cryptography;

namespace ShowTell.Files;

/// <summary>
/// Writes files atomically: to a temporary file in the same folder, flushed to disk, then renamed. The path always has
/// the old or the new file, even after a crash.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream. Creates missing folders; replaces an existing file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the whole content; if it throws, the old file stays.</param>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        WriteBeside(path, partial =>
        {
            using var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            write(stream);
        });
    }

    /// <summary>Writes text as UTF-8 without a byte order mark, like <see cref="Write"/>.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Like <see cref="Write"/>, for writers that open files themselves, such as native libraries.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Creates and closes the file of the given path, in the same folder.</param>
    /// <inheritdoc cref="Write"/>
    public static void WriteBeside(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string target = Path.GetFullPath(path);
        string partial = $"{target}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.partial";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target) ?? target);
            write(partial);
            using (var handle = File.OpenHandle(partial, FileMode.Open, FileAccess.ReadWrite))
            {
                RandomAccess.FlushToDisk(handle);
            }

            File.Move(partial, target, overwrite: true);
        }
        catch (Exception error)
        {
            DeleteQuietly(partial);
            if (error is IOException or UnauthorizedAccessException)
            {
                throw new ShowTellException($"{path}: cannot be written: {error.Message}", error);
            }

            throw;
        }
    }

    // Failure to clean up must not hide the first error.
    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }
}
