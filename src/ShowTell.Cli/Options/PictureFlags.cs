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

        string? folder = result.GetValue(_photos) ?? dataset.PhotoFolder;
        using PictureDownloader? downloader = result.GetValue(_offline)
            ? null
            : new PictureDownloader(allowPrivate: result.GetValue(_allowPrivate));
        var finder = new PictureFinder(folder is null ? null : new PictureFolder(folder), downloader);
        return await finder.FindAsync(split, images, cancellation);
    }
}
