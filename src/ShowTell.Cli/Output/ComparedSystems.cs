using ShowTell.Reporting;

namespace ShowTell.Cli.Output;

/// <summary>The captions of several systems for the same images, to be compared.</summary>
/// <param name="Names">Each system's name.</param>
/// <param name="Captions">Each system's captions.</param>
/// <param name="References">The references.</param>
/// <param name="OfWhich">Which images they are, after their number.</param>
internal sealed record ComparedSystems(
    IReadOnlyList<string> Names, IReadOnlyList<CaptionSet> Captions, CaptionSet References, string OfWhich)
{
    /// <summary>Whether the images' split chose the epoch of a model; null without models.</summary>
    public bool? IsEpochChosenOnSplit { get; init; }

    /// <summary>What was left out or should be known of the captions, in a line each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The comparison of each other system with the first.</summary>
    public IReadOnlyList<PairedComparison> Comparisons { get; init; } = [];

    /// <summary>The photos where each other system differs most from the first.</summary>
    /// <param name="count">The maximum number for each system.</param>
    public IReadOnlyList<IReadOnlyList<string>> MostDifferent(int count) =>
    [
        .. Comparisons.Select(comparison =>
            (string[])[.. comparison.MostDifferent(count).Select(image => comparison.First.Images[image])]),
    ];

    /// <summary>The captions of a photo by the first system and another one, with their CIDEr-D.</summary>
    /// <param name="other">The other system's index in <see cref="Comparisons"/>.</param>
    /// <param name="photo">The photo's name.</param>
    public (string System, string Caption, double CiderD)[] CaptionsOf(int other, string photo)
    {
        PairedComparison comparison = Comparisons[other];
        int image = comparison.First.Images.Index().First(entry => entry.Item == photo).Index;
        return
        [
            (Names[0], Captions[0].Of(photo)[0], comparison.First.CiderD.PerImage[image]),
            (Names[other + 1], Captions[other + 1].Of(photo)[0], comparison.Other.CiderD.PerImage[image]),
        ];
    }

    /// <summary>A photo of a page.</summary>
    public ComparedPhoto ToPhoto(int other, string photo, Picture picture, string? link) =>
        new(picture, photo, CaptionsOf(other, photo))
        {
            Link = link,
            References = [.. References.Of(photo).Distinct()],
        };

    /// <summary>Names of files without folder and extension where that tells them apart, else as they were
    /// given.</summary>
    public static string[] NamesOf(IReadOnlyList<string> files)
    {
        string[] names =
            [.. files.Select(file => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(file)))];
        return names.Distinct().Count() == names.Length ? names : [.. files];
    }
}
