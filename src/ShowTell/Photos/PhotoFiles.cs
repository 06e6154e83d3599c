using System.IO.Enumeration;

namespace ShowTell.Photos;

/// <summary>Lists the photos of a folder.</summary>
public static class PhotoFiles
{
    /// <summary>File name extensions of photos; case does not matter.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".jpg", ".jpeg", ".png"];

    /// <summary>
    /// Paths of the photos in a folder, relative to it and separated by /, in ordinal order. Hidden files are skipped;
    /// links to files are followed, links to folders, which may form cycles, are not.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isRecursive">Whether to include subfolders.</param>
    /// <exception cref="PhotoException">There is no such folder, or it cannot be read.</exception>
    public static string[] In(string folder, bool isRecursive)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string root = Path.GetFullPath(folder);
        var options = new EnumerationOptions { RecurseSubdirectories = isRecursive, IgnoreInaccessible = false };
        try
        {
            var found = new FileSystemEnumerable<string>(root, (ref entry) => entry.ToFullPath(), options)
            {
                ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && Extensions.Contains(
                    Path.GetExtension(entry.FileName).ToString(), StringComparer.OrdinalIgnoreCase),
                ShouldRecursePredicate = (ref entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
            };
            return
            [
                .. found
                    .Select(path => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/'))
                    .Order(StringComparer.Ordinal),
            ];
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
}
