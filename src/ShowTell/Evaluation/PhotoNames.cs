namespace ShowTell.Evaluation;

/// <summary>
/// Photo names of a file by which other files' names are found: a name that is the end of another at a slash, as
/// <c>1.jpg</c> of <c>photos/1.jpg</c>, means the same photo.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="names">Its names.</param>
internal sealed class PhotoNames(string path, IEnumerable<string> names)
{
    private readonly ILookup<string, string> _byLastPart = names.ToLookup(name => LastPart(Slashes(name)));
    private readonly Dictionary<string, string> _found = new(StringComparer.Ordinal);

    /// <summary>The file's name of another file's photo; null if it has none.</summary>
    /// <param name="photo">The other file's name of the photo.</param>
    /// <exception cref="IncompatibleException">Several names are this photo's, or a name is also that of an earlier
    /// photo.</exception>
    public string? Find(string photo)
    {
        string[] same = [.. _byLastPart[LastPart(Slashes(photo))].Where(name => IsSame(Slashes(name), Slashes(photo)))];

        // Of folders within folders the whole path is meant; of names in several folders any could be.
        string? found = same.Contains(photo) ? photo
            : same.All(name => name.Length <= photo.Length) ? same.MaxBy(name => name.Length)
            : same is [string only] ? only
            : throw new IncompatibleException(
                $"{path}: {photo} could be {same[0]} or {same[1]}: name it with its folder.");
        return found is null || _found.TryAdd(found, photo) || _found[found] == photo
            ? found
            : throw new IncompatibleException($"{path}: {found} matches both {_found[found]} and {photo}.");
    }

    private static string Slashes(string name) => name.Replace('\\', '/');

    private static string LastPart(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static bool IsSame(string one, string other) =>
        one == other
        || one.EndsWith($"/{other}", StringComparison.Ordinal)
        || other.EndsWith($"/{one}", StringComparison.Ordinal);
}
