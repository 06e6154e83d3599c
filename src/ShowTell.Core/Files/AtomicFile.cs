using System.Security.Cryptography;

namespace ShowTell.Files;

/// <summary>
/// Files that are written whole or not at all: beside their place first, then flushed to disk, then renamed. Whoever
/// opens the path sees the old file or the new one, never a part, even after a crash.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream. Missing folders are made; an existing file is replaced.</summary>
    /// <param name="path">Where the file goes.</param>
    /// <param name="write">Writes all of it; what it throws leaves the old file as it was.</param>
    /// <exception cref="ShowTellException">The disk or the folder does not let us.</exception>
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
    /// <param name="path">Where the file goes.</param>
    /// <param name="write">Given the path of a file in the same folder that is not there yet,
    /// writes it and closes it.</param>
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

    // The first error is the one to tell of, not one of cleaning up after it.
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
