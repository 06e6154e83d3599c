namespace ShowTell.Cli.Output;

/// <summary>
/// The lock of a run, in its folder and beside its model: a file with the id of the process that writes there. The
/// operating system frees it when that process ends, however it ends, so that a lock file that is left behind keeps
/// nobody out.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _held;
    private readonly string _path;

    private RunLock(FileStream held, string path) => (_held, _path) = (held, path);

    /// <summary>Takes the lock.</summary>
    /// <exception cref="ShowTellException">Another process has it, or the file cannot be written.</exception>
    public static RunLock Take(string path)
    {
        string owner = string.Create(
            CultureInfo.InvariantCulture,
            $"process {Environment.ProcessId} on {Environment.MachineName} since {DateTime.UtcNow:O}");
        try
        {
            // Written under an exclusive lock, then held with a shared one, under which others can read who has it.
            using (var mine = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None))
            {
                mine.SetLength(0);
                mine.Write(Encoding.UTF8.GetBytes(owner));
            }

            var held = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (Read(held) == owner)
            {
                return new RunLock(held, path);
            }

            // Another process came between the two.
            held.Dispose();
        }
        catch (UnauthorizedAccessException error)
        {
            throw new ShowTellException($"{path}: cannot be written: {error.Message}", error);
        }
        catch (FileNotFoundException)
        {
            // The process that had it has just ended.
            return Take(path);
        }
        catch (IOException error) when (OwnerOf(path).Length == 0)
        {
            // Nobody has it, and it cannot be written.
            DeleteQuietly(path);
            throw new ShowTellException(
                $"{path}: cannot be written: {error.Message} Free some space, or choose another folder.", error);
        }
        catch (IOException)
        {
            // Somebody has it.
        }

        throw new ShowTellException(
            $"{path}: another run writes there ({OwnerOf(path)}). Wait for its end, or choose another name with "
            + "--out.");
    }

    /// <summary>Frees the lock.</summary>
    public void Dispose()
    {
        DeleteQuietly(_path);
        _held.Dispose();
    }

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A file without a lock keeps nobody out.
        }
    }

    private static string OwnerOf(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return Terminal.Plain(Read(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "a process that has just begun";
        }
    }

    private static string Read(FileStream file)
    {
        Span<byte> bytes = stackalloc byte[200];
        return Encoding.UTF8.GetString(bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)]);
    }
}
