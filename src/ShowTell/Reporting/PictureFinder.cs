using ShowTell.Data;

namespace ShowTell.Reporting;

/// <summary>
/// Finds the pictures of a dataset's images: in a folder, else at their URLs, else a placeholder that says why there is
/// none.
/// </summary>
/// <param name="folder">The folder to look in first; null for none.</param>
/// <param name="downloader">Downloads pictures that are not in the folder; null to download nothing.</param>
public sealed class PictureFinder(PictureFolder? folder, PictureDownloader? downloader)
{
    private const int MaxConcurrency = 8;

    /// <summary>Finds the pictures of images of a split, several at a time.</summary>
    /// <param name="split">The split, which has the images' names and URLs.</param>
    /// <param name="images">Indices of images in the split, possibly repeated.</param>
    /// <param name="cancellation">Cancels the search.</param>
    /// <returns>A picture for each of <paramref name="images"/>.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public async Task<Picture[]> FindAsync(
        CaptionSplit split, IReadOnlyList<int> images, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(images);
        int[] distinct = [.. images.Distinct()];
        var found = new Picture[distinct.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellation };
        await Parallel.ForAsync(0, distinct.Length, options, async (i, token) =>
        {
            string? url = distinct[i] < split.Urls.Count ? split.Urls[distinct[i]] : null;
            found[i] = await FindAsync(split.ImageLabel(distinct[i]), url, token).ConfigureAwait(false);
        }).ConfigureAwait(false);

        Dictionary<int, Picture> pictures = distinct.Zip(found).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. images.Select(image => pictures[image])];
    }

    /// <summary>Finds one picture.</summary>
    /// <param name="name">Its file name or path, which is also a placeholder's label.</param>
    /// <param name="url">Its URL; null or empty if unknown.</param>
    /// <param name="cancellation">Cancels the search.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public async Task<Picture> FindAsync(string name, string? url, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            return folder?.Find(name) ?? folder?.Find(url ?? "")
                ?? (downloader is null || string.IsNullOrEmpty(url)
                    ? Picture.Placeholder(name, folder is null ? "no picture available" : "not in the image folder")
                    : await downloader.GetAsync(url, cancellation).ConfigureAwait(false));
        }
        catch (DataException error)
        {
            return Picture.Placeholder(name, error.Message);
        }
    }
}
