namespace ShowTell.Metrics;

/// <summary>What names an image in a file of captions.</summary>
public enum ImageKey
{
    /// <summary>COCO's number of the image.</summary>
    Id,

    /// <summary>The name of its file.</summary>
    File,
}

/// <summary>Captions of images, in the order of a file. Immutable.</summary>
public sealed class CaptionSet
{
    private readonly Dictionary<string, List<string>> _captions = new(StringComparer.Ordinal);
    private readonly List<string> _images = [];

    /// <summary>Collects captions of images.</summary>
    /// <param name="origin">What to call them in messages, such as the file's name.</param>
    /// <param name="captions">The image and the text of each.</param>
    /// <param name="key">What names the images.</param>
    public CaptionSet(
        string origin, IEnumerable<(string Image, string Caption)> captions, ImageKey key = ImageKey.Id)
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

    /// <summary>What to call the captions in messages.</summary>
    public string Origin { get; }

    /// <summary>What names the images.</summary>
    public ImageKey Key { get; }

    /// <summary>The images, in the order of their first captions.</summary>
    public IReadOnlyList<string> Images => _images;

    /// <summary>The captions of an image; empty if there are none.</summary>
    public IReadOnlyList<string> Of(string image) => _captions.GetValueOrDefault(image) ?? (IReadOnlyList<string>)[];
}
