using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>Finds photos in a local folder by the names that datasets give them.</summary>
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
            throw new DataException($"{path}: there is no such image folder.");
        }
    }

    /// <summary>
    /// Finds a photo by a file name, a path or a URL: <c>flickr8k/images/x.jpg</c> is tried first, then
    /// <c>images/x.jpg</c>, then <c>x.jpg</c>. Only regular files below the folder are found: neither <c>..</c> nor
    /// symbolic links are followed.
    /// </summary>
    /// <returns>The photo, or null if there is no such file.</returns>
    /// <exception cref="DataException">The file is too large, not a photo, or not readable.</exception>
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
    /// <exception cref="DataException">The file is too large, not a photo, or not readable.</exception>
    internal static Picture Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (file.Length > Picture.MaxBytes)
            {
                throw new DataException(Invariant(
                    $"{path}: has {file.Length:N0} bytes; the maximum is {Picture.MaxBytes:N0}."));
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return Picture.TryFromPhoto(bytes, out Picture? picture)
                ? picture
                : throw new DataException($"{path}: is not a JPEG, PNG, WebP, GIF or BMP file.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    // On Windows, a colon would name a drive or an alternate data stream.
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

        // Not pipes and devices, which have no length: opening one could block forever.
        return new FileInfo(path) is { Exists: true, Length: > 0 } ? path : null;
    }
}
