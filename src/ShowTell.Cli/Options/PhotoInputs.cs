using ShowTell.Photos;
using ShowTell.Reporting;

namespace ShowTell.Cli.Options;

/// <summary>Photos named on the command line: files, folders, URLs.</summary>
/// <param name="createDownloader">Creates the downloader when the first URL needs it.</param>
internal sealed class PhotoInputs(Func<PictureDownloader> createDownloader) : IDisposable
{
    private readonly Lazy<PictureDownloader> _downloader = new(createDownloader);

    /// <summary>
    /// The names of all photos: a folder is replaced by its photos in ordinal order. A folder without photos stays, and
    /// is reported when it is read.
    /// </summary>
    public static string[] Expand(IEnumerable<string> inputs, bool recursive) =>
    [
        .. inputs.SelectMany(input => Directory.Exists(input)
            ? PhotoFiles.In(input, recursive).Select(name => Path.Combine(input, name)).DefaultIfEmpty(input)
            : [input]),
    ];

    public static bool IsUrl(string name) =>
        name.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>A photo's label on a page, without its folders.</summary>
    public static string LabelOf(string name) => Path.GetFileName(name) is { Length: > 0 } label ? label : name;

    /// <summary>Downloads a photo from the web; returns null for a file.</summary>
    /// <exception cref="PhotoException">The download fails, or the name is that of a folder.</exception>
    public ReadOnlyMemory<byte>? Fetch(string name, CancellationToken cancellation)
    {
        if (IsUrl(name))
        {
            try
            {
                return Download(name, cancellation).Bytes;
            }
            catch (DataException error)
            {
                throw new PhotoException($"{name}: {error.Message}.", error);
            }
        }

        if (Directory.Exists(name))
        {
            throw new PhotoException($"{name}: is a folder without photos, such as .jpg, .png or .webp files.");
        }

        return null;
    }

    /// <summary>A photo for a page; a placeholder that says why if it cannot be shown.</summary>
    /// <param name="name">The photo.</param>
    /// <param name="room">Maximum size in bytes.</param>
    /// <param name="cancellation">Stops the download.</param>
    public Picture PictureOf(string name, long room, CancellationToken cancellation)
    {
        string label = LabelOf(name);
        try
        {
            if (IsUrl(name))
            {
                Picture picture = Download(name, cancellation);
                return picture.Bytes.Length <= room ? picture : Picture.Placeholder(label, "the page is full");
            }

            var file = new FileInfo(name);
            Picture? photo = file.Length > Picture.MaxBytes ? Picture.FromPhoto(new PhotoReader().Read(name))
                : Picture.TryFromPhoto(File.ReadAllBytes(name), out Picture? whole) ? whole
                : null;
            return photo is null ? Picture.Placeholder(label, "not a photo")
                : photo.Bytes.Length > room ? Picture.Placeholder(label, "the page is full")
                : photo;
        }
        catch (PhotoException)
        {
            return Picture.Placeholder(label, "too large for a page");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Picture.Placeholder(label, "cannot be read");
        }
        catch (DataException error)
        {
            return Picture.Placeholder(label, error.Message);
        }
    }

    public void Dispose()
    {
        if (_downloader.IsValueCreated)
        {
            _downloader.Value.Dispose();
        }
    }

    // The threads that decode photos wait for the download; the second time, a photo comes from the cache.
    private Picture Download(string url, CancellationToken cancellation) =>
        _downloader.Value.GetAsync(url, cancellation).GetAwaiter().GetResult();
}
