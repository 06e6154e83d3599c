using ShowTell.Data;
using ShowTell.Metrics;

namespace ShowTell.Evaluation;

/// <summary>
/// The true captions of a split's images. Those of a caption file are what people wrote; those of a dataset have lost
/// what the dataset leaves out: long captions, rare words, punctuation.
/// </summary>
public sealed class ReferenceCaptions
{
    private const int NamesInMessages = 5;

    private ReferenceCaptions(CaptionSet captions, IReadOnlyList<(int Image, string Name)> images, bool areOfDataset) =>
        (Captions, Images, AreOfDataset) = (captions, images, areOfDataset);

    /// <summary>The captions, also of images beyond the split.</summary>
    public CaptionSet Captions { get; }

    /// <summary>
    /// The split's images that have captions in the dataset, in ascending order, and what <see cref="Captions"/> calls
    /// them.
    /// </summary>
    public IReadOnlyList<(int Image, string Name)> Images { get; }

    /// <summary>Whether they are the dataset's own words rather than a caption file's.</summary>
    public bool AreOfDataset { get; }

    /// <summary>The captions of a file of any kind that <see cref="ScoringFiles.ReadCaptions"/> knows.</summary>
    /// <param name="split">The split; photos are the same where one name is the end of the other, at a slash.</param>
    /// <param name="path">The caption file.</param>
    /// <exception cref="IncompatibleException">
    /// The dataset has no names of photos, two of its photos are one in the file, or the file lacks one that has
    /// captions in the dataset.
    /// </exception>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static ReferenceCaptions OfFile(CaptionSplit split, string path)
    {
        ArgumentNullException.ThrowIfNull(split);
        if (split.ImageNames.Count == 0)
        {
            throw new IncompatibleException(
                $"{path}: names photos, and the dataset has no names of its {split.Name} photos to find them by "
                + $"({split.Name}2014_images.txt).");
        }

        var captions = ScoringFiles.ReadCaptions(path, ImageKey.File);
        ILookup<string, string> named = captions.Images.ToLookup(LastPart);
        var images = new List<(int Image, string Name)>();
        var photos = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (int image in split.CaptionedImages())
        {
            string photo = split.ImageNames[image];
            if (named[LastPart(photo)].Where(name => AreSame(name, photo)).MaxBy(name => name.Length) is string name)
            {
                images.Add((image, name));
                if (!photos.TryAdd(name, photo))
                {
                    throw new IncompatibleException($"{path}: {name} may be {photos[name]} or {photo} of the dataset.");
                }
            }
        }

        RequireAll(split, path, images);
        return new ReferenceCaptions(captions, images, areOfDataset: false);
    }

    /// <summary>The captions that the dataset holds, as words.</summary>
    /// <param name="split">The split.</param>
    /// <param name="vocabulary">The dataset's words.</param>
    public static ReferenceCaptions OfDataset(CaptionSplit split, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(vocabulary);
        (int Image, string Name)[] images =
            [.. split.CaptionedImages().Select(image => (image, split.ImageLabel(image)))];

        // URLs of several images may be one.
        if (images.DistinctBy(image => image.Name).Count() < images.Length)
        {
            images = [.. images.Select(image => (image.Image, $"{split.Name} image {image.Image}"))];
        }

        IEnumerable<(string, string)> captions = images.SelectMany(image => split.CaptionsOf(image.Image)
            .Select(caption => (image.Name, vocabulary.Decode(split.Caption(caption)))));
        return new ReferenceCaptions(
            new CaptionSet($"the {split.Name} captions", captions, ImageKey.File), images, areOfDataset: true);
    }

    private static void RequireAll(CaptionSplit split, string path, List<(int Image, string Name)> images)
    {
        string[] missing =
        [
            .. split.CaptionedImages().Except(images.Select(image => image.Image)).Select(split.ImageLabel),
        ];
        if (missing.Length > 0)
        {
            string more = missing.Length > NamesInMessages ? ", ..." : "";
            throw new IncompatibleException(
                $"{path}: lacks captions of {missing.Length} of the dataset's {split.Name} photos "
                + $"({string.Join(", ", missing.Take(NamesInMessages))}{more}): is it the file of this dataset?");
        }
    }

    private static string LastPart(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static bool AreSame(string one, string other) =>
        one == other
        || one.EndsWith($"/{other}", StringComparison.Ordinal)
        || other.EndsWith($"/{one}", StringComparison.Ordinal);
}
