using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>Photos in a local folder, found by the names that datasets give them.</summary>
public sealed class PictureFolder
{
    private readonly string _root;

    /// <summary>Opens a folder.</summary>
    /// <exception cref="DataException">There is no such folder.</exception>
    public PictureFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _root = Path.GetFullPath(path);
        if (!Directory.Exists(_root))
        {
            throw new DataException($"{path}: there is no such folder of images.");
        }
    }

    /// <summary>
    /// Finds a photo. A name may be a file's, may carry folders, or may be a URL: <c>flickr8k/images/x.jpg</c> is
    /// looked for as it stands, then as <c>images/x.jpg</c>, then as <c>x.jpg</c>. Only plain files within the folder
    /// count: neither <c>..</c> nor links lead out of it.
    /// </summary>
    /// <returns>The photo, or null if there is no such file.</returns>
    /// <exception cref="DataException">The file is too long, no photo, or not readable.</exception>
    public Picture? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string path = Uri.TryCreate(name, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
            ? Uri.UnescapeDataString(url!.AbsolutePath)
            : name;
        string[] segments = path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
        return Array.Exists(segments, IsUnsafe)
            ? null
            : Enumerable.Range(0, segments.Length)
                .Select(skip => PlainFile(segments.AsSpan(skip)))
                .OfType<string>()
                .Select(Read)
                .FirstOrDefault();
    }

    /// <summary>Reads a photo's file.</summary>
    /// <exception cref="DataException">The file is too long, no photo, or not readable.</exception>
    internal static Picture Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (file.Length > Picture.MaximumBytes)
            {
                throw new DataException(Invariant(
                    $"{path}: has {file.Length:N0} bytes; at most {Picture.MaximumBytes:N0} are taken."));
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return Picture.TryFromPhoto(bytes, out Picture? picture)
                ? picture
                : throw new DataException($"{path}: is not a JPEG, PNG, GIF or WebP picture.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    // A colon would name a drive or a stream of a file on Windows.
    private static bool IsUnsafe(string segment) => segment is "." or ".." || segment.AsSpan().ContainsAny('\0', ':');

    private string? PlainFile(ReadOnlySpan<string> segments)
    {
        string path = _root;
        foreach (string segment in segments)
        {
            path = Path.Combine(path, segment);
            if (new FileInfo(path) is { LinkTarget: not null })
            {
                return null;
            }
        }

        // Pipes and devices have no length; opening one could wait for ever.
        return new FileInfo(path) is { Exists: true, Length: > 0 } ? path : null;
    }
}
