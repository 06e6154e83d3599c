namespace ShowTell.Files;

/// <summary>
/// Writes files atomically: to a temporary file in the same folder, flushed to disk, then renamed, and the folder
/// flushed. The path always has the old or the new file, even after a crash of the machine.
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
        Replace(path, partial => Disk.WriteThrough(partial, write));
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
        ArgumentNullException.ThrowIfNull(write);
        Replace(path, partial =>
        {
            write(partial);
            Disk.Flush(partial);
        });
    }

    /// <summary>
    /// Writes a new folder: it appears when all of it is complete. There must be no such folder.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="write">Writes into the folder of the given path, beside it.</param>
    /// <exception cref="ShowTellException">The folder cannot be written.</exception>
    internal static void WriteFolder(string path, Action<string> write) => Replace(path, partial =>
    {
        Directory.CreateDirectory(partial);
        write(partial);
        Disk.FlushTree(partial);
    });

    /// <summary>
    /// Deletes what runs that were killed left behind: partial files of this file, or all in this folder. Those of
    /// processes that still run stay, and so do other files.
    /// </summary>
    /// <param name="path">A file, which need not exist, or a folder.</param>
    public static void DeleteStale(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(target))
        {
            PartialName.DeleteStale(target, null);
        }

        if (Path.GetDirectoryName(target) is string folder && Directory.Exists(folder))
        {
            PartialName.DeleteStale(folder, Path.GetFileName(target));
        }
    }

    /// <summary>
    /// Tries to write beside a file, or into a folder, before work on it begins. Creates missing folders, and deletes
    /// what killed runs left (<see cref="DeleteStale"/>).
    /// </summary>
    /// <param name="path">A file; a folder if it exists or the path ends in a separator.</param>
    /// <exception cref="ShowTellException">It cannot be written.</exception>
    public static void EnsureWritable(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        bool isFolder = Directory.Exists(path) || Path.EndsInDirectorySeparator(path);
        path = Path.TrimEndingDirectorySeparator(path);
        string partial = PartialName.Of(isFolder ? Path.Join(Path.GetFullPath(path), "/") : Path.GetFullPath(path));
        try
        {
            Disk.CreateFolder(Path.GetDirectoryName(partial)!);
            DeleteStale(path);
            const FileOptions options = FileOptions.DeleteOnClose;
            File.OpenHandle(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, options).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Disk.Failure(path, error);
        }
    }

    private static void Replace(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string folder = Path.GetDirectoryName(target) ?? target;
        string partial = PartialName.Of(target);
        try
        {
            Disk.CreateFolder(folder);
            write(partial);
            Disk.Rename(partial, target);
            Disk.FlushFolder(folder);
        }
        catch (Exception error)
        {
            Disk.DeleteQuietly(partial);
            if (error is IOException or UnauthorizedAccessException)
            {
                throw Disk.Failure(path, error);
            }

            throw;
        }
    }
}
