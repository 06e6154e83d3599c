using ShowTell.Data;

namespace ShowTell.Reporting;

/// <summary>
/// The pictures of a dataset's images: from a folder if they are there, else from their URLs, else a placeholder that
/// says why. A picture that cannot be had never stops anything.
/// </summary>
/// <param name="folder">Where to look first; null for nowhere.</param>
/// <param name="downloader">Fetches what no folder has; null to stay off the web.</param>
public sealed class PictureFinder(PictureFolder? folder, PictureDownloader? downloader)
{
    private const int AtOnce = 8;

    /// <summary>Finds the pictures of some images of a split, a few at a time.</summary>
    /// <param name="split">Its image names and URLs say where to look.</param>
    /// <param name="images">Images of the split; one may stand there twice, and is looked for once.</param>
    /// <param name="cancellation">Stops looking.</param>
    /// <returns>A picture for each of <paramref name="images"/>.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public async Task<Picture[]> FindAsync(
        CaptionSplit split, IReadOnlyList<int> images, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(images);
        int[] distinct = [.. images.Distinct()];
        var found = new Picture[distinct.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(0, distinct.Length, options, async (i, token) =>
        {
            string? url = distinct[i] < split.Urls.Count ? split.Urls[distinct[i]] : null;
            found[i] = await FindAsync(split.ImageLabel(distinct[i]), url, token).ConfigureAwait(false);
        }).ConfigureAwait(false);

        Dictionary<int, Picture> pictures = distinct.Zip(found).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. images.Select(image => pictures[image])];
    }

    /// <summary>Finds one picture.</summary>
    /// <param name="name">Its file name, perhaps with folders; also what a placeholder is labelled with.</param>
    /// <param name="url">Its URL, if it has one.</param>
    /// <param name="cancellation">Stops looking.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public async Task<Picture> FindAsync(string name, string? url, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            return folder?.Find(name) ?? folder?.Find(url ?? "")
                ?? (downloader is null || string.IsNullOrEmpty(url)
                    ? Picture.Placeholder(name, folder is null ? "no picture known" : "not in the image folder")
                    : await downloader.GetAsync(url, cancellation).ConfigureAwait(false));
        }
        catch (DataException error)
        {
            return Picture.Placeholder(name, error.Message);
        }
    }
}
