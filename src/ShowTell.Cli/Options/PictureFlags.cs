using ShowTell.Data;
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

    /// <param name="hasOldName">Whether --images stands for --photos.</param>
    public PictureFlags(bool hasOldName = true)
    {
        if (hasOldName)
        {
            _photos.Aliases.Add(SharedOptions.OldName);
        }
    }

    public IEnumerable<Option> All => [_photos, _offline];

    /// <summary>The pictures of images of a split.</summary>
    public Task<Picture[]> LoadAsync(
        ParseResult result,
        LoadedDataset dataset,
        CaptionSplit split,
        IReadOnlyList<int> images,
        CancellationToken cancellation) => dataset.PicturesAsync(
            split, images, result.GetValue(_photos), result.GetValue(_offline), cancellation);
}
