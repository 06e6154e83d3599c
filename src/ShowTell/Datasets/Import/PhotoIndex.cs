using System.Text.RegularExpressions;
using ShowTell.Photos;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Finds photos by the names that caption files give them. An exact name comes first; otherwise Unicode normalization,
/// letter case, backslashes, <c>./</c>, URLs, leading folders on either side, a caption's number (<c>#0</c>) and a
/// missing extension do not matter, as long as only one photo matches.
/// </summary>
internal sealed partial class PhotoIndex
{
    private readonly string _folder;
    private readonly string _root;
    private readonly Dictionary<string, string> _exact;
    private readonly ILookup<string, string> _byName;
    private readonly ILookup<string, string> _byStem;
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);

    /// <summary>Lists the photos of a folder and its subfolders.</summary>
    /// <exception cref="PhotoException">The folder cannot be read.</exception>
    public PhotoIndex(string folder)
    {
        (_folder, _root) = (folder, Path.GetFullPath(folder));
        string[] photos = PhotoFiles.In(folder, isRecursive: true);
        _exact = photos.ToDictionary(photo => photo, StringComparer.Ordinal);
        _byName = photos.ToLookup(photo => LastPart(Fold(photo)), StringComparer.Ordinal);
        _byStem = photos.ToLookup(photo => StemOf(LastPart(Fold(photo))), StringComparer.Ordinal);
    }

    /// <summary>The photo that a name means: its path in the folder, with slashes; null if there is none, or if several
    /// match equally well.</summary>
    /// <param name="name">The name.</param>
    /// <param name="source">Where the name is from, for error messages.</param>
    /// <param name="isAmbiguous">Whether several match.</param>
    /// <exception cref="DataException">The name leads out of the folder.</exception>
    public string? Find(string name, string source, out bool isAmbiguous)
    {
        isAmbiguous = false;
        string path = PathOf(name, source);
        if (_exact.TryGetValue(path, out string? photo) || (photo = FindFile(path)) is not null)
        {
            return EnsureInside(photo, source);
        }

        // pandas writes whole numbers of a column with gaps as 1.0.
        string folded = DecimalZero().Replace(Fold(path), "");
        string[] matches = Matches(folded, _byName[LastPart(folded)]);
        if (matches.Length == 0 && CaptionNumber().Match(folded) is { Success: true, Index: int end })
        {
            folded = folded[..end];
            matches = Matches(folded, _byName[LastPart(folded)]);
        }

        if (matches.Length == 0 && !PhotoFiles.Extensions.Contains(Path.GetExtension(folded).ToLowerInvariant()))
        {
            matches = [.. Matches(folded, _byStem[LastPart(folded)], StemOf)];
        }

        if (matches.Length > 1)
        {
            // Of names that differ only in letter case, the one that is written the same way.
            string normal = CanonicalText.Decompose(LastPart(path));
            string[] same = [.. matches.Where(match => CanonicalText.Decompose(LastPart(match)) == normal)];
            matches = same.Length == 1 ? same : matches;
        }

        isAmbiguous = matches.Length > 1;
        return matches.Length == 1 ? EnsureInside(matches[0], source) : null;
    }

    /// <summary>A name without what does not matter, so that equal ones can be found.</summary>
    public static string Fold(string name) => CanonicalText.Decompose(name).ToUpperInvariant();

    /// <summary>Whether two names may mean the same photo: one is the end of the other.</summary>
    public bool AreSame(string one, string other, string source)
    {
        string[] names = [.. new[] { one, other }.Select(name => StemOf(Fold(PathOf(name, source))))
            .Select(name => CaptionNumber().Replace(name, ""))];
        return Agreement(names[0], names[1]) > 0;
    }

    /// <summary>A name as a path: without the address of a URL, with slashes, without empty and single-dot parts.
    /// </summary>
    /// <exception cref="DataException">The name leads out of the folder.</exception>
    private string PathOf(string name, string source)
    {
        bool isUrl = name.Contains("://", StringComparison.Ordinal);
        string path = isUrl && Uri.TryCreate(name, UriKind.Absolute, out Uri? uri)
            ? Uri.UnescapeDataString(uri.AbsolutePath).TrimStart('/')
            : name.Replace('\\', '/');
        bool isRooted = path.StartsWith('/') || DriveLetter().IsMatch(path);
        if (isRooted && path.StartsWith(_root.Replace('\\', '/').TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            (path, isRooted) = (path[_root.Length..], false);
        }

        string[] parts = path.Split('/');
        return isRooted || parts.Contains("..") || path.Length == 0 || path.Any(char.IsControl)
            ? throw NotValid(source, name, $"expected a path within the photo folder, {_folder}")
            : string.Join('/', parts.Where(part => part is not ("" or ".")));
    }

    // Files with another extension than photos have.
    private string? FindFile(string path) => File.Exists(Path.Combine(_folder, path)) ? path : null;

    /// <summary>The photos of which one path is the end of the other; those that agree in most folders.</summary>
    private static string[] Matches(
        string folded, IEnumerable<string> candidates, Func<string, string>? simplify = null)
    {
        simplify ??= path => path;
        IGrouping<int, string>? best = candidates
            .GroupBy(photo => Agreement(folded, simplify(Fold(photo))))
            .Where(group => group.Key > 0)
            .MaxBy(group => group.Key);
        return best is null ? [] : [.. best];
    }

    /// <summary>The length that two paths share from their ends, if one is the end of the other; otherwise 0.</summary>
    private static int Agreement(string one, string other) =>
        one == other ? int.MaxValue
        : one.EndsWith($"/{other}", StringComparison.Ordinal) ? other.Length
        : other.EndsWith($"/{one}", StringComparison.Ordinal) ? one.Length
        : 0;

    /// <summary>Refuses a photo that is, or lies below, a link out of the folder.</summary>
    private string EnsureInside(string photo, string source)
    {
        string path = _root;
        foreach (string part in photo.Split('/'))
        {
            path = Path.Combine(path, part);
            if (!_links.TryGetValue(path, out string? target))
            {
                FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
                target = info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
                _links.Add(path, target);
            }

            if (!target.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw NotValid(source, photo, $"it is a link out of the folder, to {target}");
            }
        }

        return photo;
    }

    private static DataException NotValid(string source, string name, string problem)
    {
        string shown = string.Concat(name.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));
        return new($"{source}: \"{shown}\" is not a valid photo name: {problem}.");
    }

    private static string LastPart(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string StemOf(string path) =>
        PhotoFiles.Extensions.Contains(Path.GetExtension(path).ToLowerInvariant())
            ? path[..^Path.GetExtension(path).Length]
            : path;

    [GeneratedRegex(@"(#[\w-]+)+$")]
    private static partial Regex CaptionNumber();

    [GeneratedRegex(@"(?<=(^|/)\d+)\.0$")]
    private static partial Regex DecimalZero();

    [GeneratedRegex("^[A-Za-z]:/")]
    private static partial Regex DriveLetter();
}
