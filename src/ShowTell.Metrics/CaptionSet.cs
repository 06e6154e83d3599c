namespace ShowTell.Metrics;

/// <summary>How a caption file identifies images.</summary>
public enum ImageKey
{
    /// <summary>By their COCO image ids.</summary>
    Id,

    /// <summary>By their file names.</summary>
    File,
}

/// <summary>Captions of images: candidates, with one caption per image, or references. Immutable.</summary>
public sealed class CaptionSet
{
    private readonly Dictionary<string, List<string>> _captions = new(StringComparer.Ordinal);
    private readonly List<string> _images = [];

    /// <summary>Groups captions by image.</summary>
    /// <param name="origin">The name of the set in error messages, such as a file name.</param>
    /// <param name="captions">Captions, each with its image's name.</param>
    /// <param name="key">How images are named.</param>
    public CaptionSet(string origin, IEnumerable<(string Image, string Caption)> captions, ImageKey key = ImageKey.Id)
    {
        ArgumentNullException.ThrowIfNull(captions);
        (Origin, Key) = (origin, key);
        foreach ((string image, string caption) in captions)
        {
            if (!_captions.TryGetValue(image, out List<string>? ofImage))
            {
                _captions.Add(image, ofImage = []);
                _images.Add(image);
            }

            ofImage.Add(caption);
        }
    }

    /// <summary>The name of the set in error messages.</summary>
    public string Origin { get; }

    /// <summary>How images are named.</summary>
    public ImageKey Key { get; }

    /// <summary>The images, in the order of their first captions.</summary>
    public IReadOnlyList<string> Images => _images;

    /// <summary>The captions of an image; empty if it has none.</summary>
    public IReadOnlyList<string> Of(string image) => _captions.GetValueOrDefault(image) ?? (IReadOnlyList<string>)[];
}
