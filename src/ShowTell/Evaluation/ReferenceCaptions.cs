using System.Security.Cryptography;
using ShowTell.Data;
using ShowTell.Metrics;

namespace ShowTell.Evaluation;

/// <summary>
/// The references of a split's images: from a caption file, as people wrote them, or decoded from the dataset, which
/// lacks long captions, rare words and punctuation.
/// </summary>
public sealed class ReferenceCaptions
{
    private const int MaxNamesInMessages = 5;

    private ReferenceCaptions(
        CaptionSet captions, IReadOnlyList<(int Image, string Name)> images, bool areDatasetWords) =>
        (Captions, Images, AreDatasetWords) = (captions, images, areDatasetWords);

    /// <summary>The captions; also of images that are not in the split.</summary>
    public CaptionSet Captions { get; }

    /// <summary>
    /// The indices of the split's images that have captions in the dataset, ascending, and their names in
    /// <see cref="Captions"/>.
    /// </summary>
    public IReadOnlyList<(int Image, string Name)> Images { get; }

    /// <summary>Whether they were decoded from the dataset rather than read from a caption file.</summary>
    public bool AreDatasetWords { get; }

    /// <summary>A SHA-256 of the references of <see cref="Images"/>.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((_, string name) in Images)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(
                string.Concat(Captions.Of(name).Prepend(name).Select(text => $"{text}\n"))));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Reads the references from a file, as <see cref="ScoringFiles.ReadCaptions"/> does.</summary>
    /// <param name="split">The split. A photo is found by its name, with or without leading folders.</param>
    /// <param name="path">The caption file.</param>
    /// <exception cref="IncompatibleException">
    /// The dataset has no photo names, a photo matches several of the file or two photos match one, or the file lacks a
    /// photo that has captions in the dataset.
    /// </exception>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static ReferenceCaptions OfFile(CaptionSplit split, string path)
    {
        ArgumentNullException.ThrowIfNull(split);
        if (split.ImageNames.Count == 0)
        {
            throw new IncompatibleException(
                $"{path}: identifies photos by name, but the dataset has no photo names of its {split.Name} split "
                + $"({split.Name}2014_images.txt).");
        }

        var captions = ScoringFiles.ReadCaptions(path, ImageKey.File);
        var names = new PhotoNames(path, captions.Images);
        var images = new List<(int Image, string Name)>();
        foreach (int image in split.CaptionedImages())
        {
            if (names.Find(split.ImageNames[image]) is string name)
            {
                images.Add((image, name));
            }
        }

        EnsureComplete(split, path, images);
        return new ReferenceCaptions(captions, images, areDatasetWords: false);
    }

    /// <summary>Decodes the references from the dataset.</summary>
    /// <param name="split">The split.</param>
    /// <param name="vocabulary">The dataset's vocabulary.</param>
    public static ReferenceCaptions OfDataset(CaptionSplit split, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(vocabulary);
        (int Image, string Name)[] images =
            [.. split.CaptionedImages().Select(image => (image, split.ImageLabel(image)))];

        // Several images may have the same URL.
        if (images.DistinctBy(image => image.Name).Count() < images.Length)
        {
            images = [.. images.Select(image => (image.Image, $"{split.Name} image {image.Image}"))];
        }

        IEnumerable<(string, string)> captions = images.SelectMany(image => split.CaptionsOf(image.Image)
            .Select(caption => (image.Name, vocabulary.Decode(split.Caption(caption)))));
        return new ReferenceCaptions(
            new CaptionSet($"the {split.Name} captions", captions, ImageKey.File), images, areDatasetWords: true);
    }

    private static void EnsureComplete(CaptionSplit split, string path, List<(int Image, string Name)> images)
    {
        string[] missing =
        [
            .. split.CaptionedImages().Except(images.Select(image => image.Image)).Select(split.ImageLabel),
        ];
        if (missing.Length > 0)
        {
            string more = missing.Length > MaxNamesInMessages ? ", ..." : "";
            throw new IncompatibleException(
                $"{path}: lacks captions of {missing.Length} of the dataset's {split.Name} photos "
                + $"({string.Join(", ", missing.Take(MaxNamesInMessages))}{more}): use this dataset's file.");
        }
    }
}
