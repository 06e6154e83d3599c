using ShowTell.Reporting;

namespace ShowTell.Cli.Options;

/// <summary>The options that say where the pictures of a page come from.</summary>
internal sealed class PictureFlags
{
    private readonly Option<string> _photos = NewOption.ExistingFolder(
        "--photos",
        "Folder of the photos, found by file name. [default: where an imported dataset has its photos; otherwise they "
        + "are downloaded from their URLs]");

    private readonly Option<bool> _offline =
        NewOption.Flag("--offline", "Download nothing; show placeholders instead.");

    private readonly Option<bool> _allowPrivate = SharedOptions.AllowPrivate();

    /// <param name="hasOldName">Whether --images stands for --photos.</param>
    public PictureFlags(bool hasOldName = true)
    {
        if (hasOldName)
        {
            _photos.Aliases.Add(SharedOptions.OldName);
        }
    }

    public IEnumerable<Option> All => [_photos, _offline, _allowPrivate];

    /// <summary>The pictures of images of a split: drawn scenes, or photos from a folder or their URLs.</summary>
    public async Task<IReadOnlyList<Picture>> LoadAsync(
        ParseResult result,
        LoadedDataset dataset,
        CaptionSplit split,
        IReadOnlyList<int> images,
        CancellationToken cancellation)
    {
        Picture[] scenes = [.. images.Select(image => dataset.DrawScene(split, image)).OfType<Picture>()];
        if (scenes.Length == images.Count)
        {
            return scenes;
        }

        using PictureDownloader? downloader = result.GetValue(_offline)
            ? null
            : new PictureDownloader(allowPrivate: result.GetValue(_allowPrivate));
        return await Finder(result, dataset.PhotoFolder, downloader).FindAsync(split, images, cancellation);
    }

    /// <summary>The pictures of images that have no dataset, by their names: photos from a folder.</summary>
    public async Task<IReadOnlyList<Picture>> LoadAsync(
        ParseResult result, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        PictureFinder finder = Finder(result, defaultFolder: null, downloader: null);
        return await Task.WhenAll(names.Select(name => finder.FindAsync(name, url: null, cancellation)));
    }

    private PictureFinder Finder(ParseResult result, string? defaultFolder, PictureDownloader? downloader) =>
        new(
            (result.GetValue(_photos) ?? defaultFolder) is string folder ? new PictureFolder(folder) : null,
            downloader);
}
