namespace ShowTell.Photos;

/// <summary>Lists the photos of a folder.</summary>
public static class PhotoFiles
{
    // Folders of copies and previews that systems make without being asked.
    private static readonly string[] s_ignoredFolders = ["__MACOSX", "@eaDir"];

    /// <summary>
    /// File name extensions of pictures; case does not matter. They include those of formats that cannot be read
    /// (<c>.heic</c>, <c>.tif</c>, <c>.nef</c> ...), so that such a file is refused by name rather than passed over:
    /// what a file is, its content tells alone.
    /// </summary>
    public static IReadOnlyList<string> Extensions { get; } =
    [
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib",
        ".heic", ".heif", ".hif", ".avif", ".tif", ".tiff", ".jxl", ".jp2", ".j2k", ".jpf", ".jpx", ".jxr", ".psd",
        ".svg", ".ico", ".tga", ".exr", ".hdr", ".ppm", ".pgm", ".pbm", ".pnm",
        ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dng", ".erf", ".iiq", ".kdc", ".mrw", ".nef", ".nrw", ".orf", ".pef",
        ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srw", ".x3f",
    ];

    /// <summary>
    /// Paths of the photos in a folder, relative to it and separated by /, in ordinal order. Linked folders are
    /// followed; each folder is listed once, so that loops of links end. Hidden files and folders, <c>__MACOSX</c> and
    /// <c>@eaDir</c> are ignored. Listed as well, to be refused with the reason when they are read: pictures in formats
    /// that cannot be read, files and folders whose name is not valid UTF-8 (with U+FFFD for its other bytes), and
    /// subfolders that cannot be opened.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isRecursive">Whether to include subfolders.</param>
    /// <exception cref="PhotoException">There is no such folder, or it cannot be read.</exception>
    public static string[] In(string folder, bool isRecursive)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            List<string> found = [];

            // Links come last: photos keep the names of the folders where they really are.
            Queue<(string Folder, string Prefix)> folders = new([(Path.GetFullPath(folder), "")]), links = new();
            HashSet<string> visited = [];
            while (folders.TryDequeue(out (string Folder, string Prefix) next) || links.TryDequeue(out next))
            {
                if (visited.Add(RealPath(next.Folder)))
                {
                    List(next.Folder, next.Prefix, found, isRecursive ? folders : null, links);
                }
            }

            found.Sort(StringComparer.Ordinal);
            return [.. found];
        }
        catch (DirectoryNotFoundException error)
        {
            throw new PhotoException($"{folder}: there is no such folder of photos.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PhotoException($"{folder}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Lists one folder.</summary>
    /// <param name="folder">Its path.</param>
    /// <param name="prefix">What precedes the names of its photos.</param>
    /// <param name="found">Receives the photos.</param>
    /// <param name="folders">Receives its subfolders; null to ignore them.</param>
    /// <param name="links">Receives its links to folders.</param>
    private static void List(
        string folder,
        string prefix,
        List<string> found,
        Queue<(string Folder, string Prefix)>? folders,
        Queue<(string Folder, string Prefix)> links)
    {
        FileSystemInfo[] entries;
        try
        {
            var options = new EnumerationOptions { IgnoreInaccessible = false };
            entries = [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", options)
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
        catch (Exception error) when (prefix.Length > 0 && error is IOException or UnauthorizedAccessException)
        {
            found.Add(prefix.TrimEnd('/'));
            return;
        }

        foreach (FileSystemInfo entry in entries)
        {
            string name = prefix + entry.Name;
            if (entry is not DirectoryInfo)
            {
                found.AddRange(Extensions.Contains(entry.Extension, StringComparer.OrdinalIgnoreCase) ? [name] : []);
            }
            else if (folders is not null && !s_ignoredFolders.Contains(entry.Name))
            {
                (entry.LinkTarget is null ? folders : links).Enqueue((entry.FullName, name + "/"));
            }
        }
    }

    /// <summary>The path of a folder without links.</summary>
    private static string RealPath(string folder)
    {
        string real = Path.GetPathRoot(folder)!;
        foreach (string part in folder[real.Length..].Split(Path.DirectorySeparatorChar))
        {
            real = Path.Combine(real, part);
            if (Directory.Exists(real) && Directory.ResolveLinkTarget(real, returnFinalTarget: true) is { } target)
            {
                real = RealPath(target.FullName);
            }
        }

        return real;
    }
}
