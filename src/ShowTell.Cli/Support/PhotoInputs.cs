using ShowTell.Captioning;
using ShowTell.Photos;
using ShowTell.Reporting;

namespace ShowTell.Cli.Support;

/// <summary>Photos named on the command line: files, folders, addresses on the web.</summary>
/// <param name="createDownloader">Makes what fetches photos from the web, if there are such.</param>
internal sealed class PhotoInputs(Func<PictureDownloader> createDownloader) : IDisposable
{
    private readonly Lazy<PictureDownloader> _downloader = new(createDownloader);

    /// <summary>
    /// The names of all photos: a folder stands for its photos in ordinal order. A folder without any keeps its place,
    /// and so is reported as what it is.
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

    /// <summary>What a page calls a photo: whoever sees it need not know the folders.</summary>
    public static string LabelOf(string name) => Path.GetFileName(name) is { Length: > 0 } label ? label : name;

    /// <summary>Reads a photo for a captioner.</summary>
    /// <exception cref="PhotoException">It cannot be had.</exception>
    public Photo Read(Captioner captioner, string name, CancellationToken cancellation)
    {
        if (IsUrl(name))
        {
            try
            {
                return captioner.Read(Download(name, cancellation).Bytes.Span, name);
            }
            catch (DataException error)
            {
                throw new PhotoException($"{name}: {error.Message}.", error);
            }
        }

        return Directory.Exists(name)
            ? throw new PhotoException($"{name}: is a folder without {string.Join(", ", PhotoFiles.Extensions)} files.")
            : captioner.Read(name);
    }

    /// <summary>A photo as a page shows it; a placeholder that says why where it cannot be shown.</summary>
    /// <param name="name">The photo.</param>
    /// <param name="room">The most bytes that it may take.</param>
    /// <param name="cancellation">Stops fetching it.</param>
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
            return file.Length > Picture.MaxBytes ? Picture.Placeholder(label, "too large for a page")
                : file.Length > room ? Picture.Placeholder(label, "the page is full")
                : Picture.TryFromPhoto(File.ReadAllBytes(name), out Picture? photo) ? photo
                : Picture.Placeholder(label, "not a JPEG or PNG file");
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

    // The threads that decode photos wait for the web; a photo that was fetched comes from the disk the second time.
    private Picture Download(string url, CancellationToken cancellation) =>
        _downloader.Value.GetAsync(url, cancellation).GetAwaiter().GetResult();
}
