using ShowTell.Files;

namespace ShowTell.Cli.Output;

/// <summary>Checks before work begins that its output can be written, so that hours of it are not lost.</summary>
internal static class OutputPath
{
    /// <summary>Makes the folders of files, and tries to write to them.</summary>
    /// <exception cref="ShowTellException">A file cannot be written.</exception>
    public static void EnsureFilesWritable(params string?[] paths)
    {
        foreach (string path in paths.OfType<string>())
        {
            if (Directory.Exists(path))
            {
                throw new ShowTellException($"{path}: is a folder; the name of a file was expected.");
            }

            EnsureNoFile(path, Path.GetDirectoryName(Path.GetFullPath(path)) ?? path);
            AtomicFile.EnsureWritable(path);
        }
    }

    /// <summary>Like <see cref="EnsureFilesWritable"/>, for pages: they replace pages only.</summary>
    /// <exception cref="ShowTellException">A page cannot be written, or another file is there.</exception>
    public static void EnsurePageWritable(string? page)
    {
        EnsureFilesWritable(page);
        EnsureSame(page, "page", "<!doctype html");
    }

    /// <summary>Like <see cref="EnsureFilesWritable"/>, for files of results: they replace JSON only.</summary>
    /// <exception cref="ShowTellException">A file cannot be written, or another file is there.</exception>
    public static void EnsureResultsWritable(params string?[] paths)
    {
        EnsureFilesWritable(paths);
        Array.ForEach(paths, path => EnsureSame(path, "file of results", "{", "["));
    }

    /// <summary>Makes a folder, and tries to write to it.</summary>
    /// <exception cref="ShowTellException">The folder cannot be written to.</exception>
    public static void EnsureFolderWritable(string path)
    {
        EnsureNoFile(path);
        AtomicFile.EnsureWritable(Path.Join(path, "/"));
    }

    /// <summary>Ensures that neither a folder to be made nor one above it is a file. Writes nothing.</summary>
    /// <exception cref="ShowTellException">One is.</exception>
    public static void EnsureNoFile(string folder) => EnsureNoFile(folder, folder);

    private static void EnsureSame(string? path, string kind, params string[] starts)
    {
        // Pipes and devices have no length.
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            return;
        }

        using var reader = new StreamReader(path);
        var start = new char[starts[0].Length];
        if (!starts.Contains(new string(start, 0, reader.ReadBlock(start)), StringComparer.OrdinalIgnoreCase))
        {
            throw new ShowTellException(
                $"{path}: is no {kind}, and would be replaced by one. Choose another name, or delete it first.");
        }
    }

    private static void EnsureNoFile(string path, string folder)
    {
        for (string? parent = Path.GetFullPath(folder); parent is not null; parent = Path.GetDirectoryName(parent))
        {
            if (File.Exists(parent))
            {
                string problem = parent == Path.GetFullPath(path)
                    ? "is a file; the name of a folder was expected."
                    : $"cannot be written: {parent} is a file; a folder was expected.";
                throw new ShowTellException($"{path}: {problem}");
            }
        }
    }
}
