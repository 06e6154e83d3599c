using System.IO.Enumeration;

namespace ShowTell.Photos;

/// <summary>The photos of a folder.</summary>
public static class PhotoFiles
{
    /// <summary>What the names of photos end in, in letters of any case.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".jpg", ".jpeg", ".png"];

    /// <summary>
    /// Names of the photos below a folder, by their endings, with / between the folders of a name, in ordinal order.
    /// Hidden ones are left out; links to files are followed, links to folders, which may lead in circles, are not.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isRecursive">Whether the photos of the folders in it count too.</param>
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
