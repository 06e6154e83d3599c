namespace ShowTell.Datasets.Import;

/// <summary>Counts of an imported split.</summary>
/// <param name="Split"><c>train</c> or <c>val</c>.</param>
/// <param name="Photos">The number of photos, with or without captions.</param>
/// <param name="Captions">The number of captions.</param>
/// <param name="TooLong">The number of captions left out because they have too many words.</param>
/// <param name="Empty">The number of captions left out because they have no words.</param>
/// <param name="UnknownShare">The fraction of words that are not in the vocabulary, in [0, 1].</param>
public sealed record ImportedSplit(string Split, int Photos, int Captions, int TooLong, int Empty, double UnknownShare);

/// <summary>The number of some names, and the first of them.</summary>
/// <param name="Count">The number of names.</param>
/// <param name="First">The first names in ordinal order.</param>
public sealed record NamedCount(int Count, IReadOnlyList<string> First)
{
    private const int MaxShown = 5;

    internal static NamedCount Of(IReadOnlyCollection<string> names) =>
        new(names.Count, [.. names.Order(StringComparer.Ordinal).Take(MaxShown)]);
}

/// <summary>The result of an import, and what it left out.</summary>
/// <param name="Kind">The kind of the caption file.</param>
/// <param name="Splits">The two splits, train first.</param>
/// <param name="Words">The vocabulary size, the four markers included.</param>
/// <param name="Unassigned">The number of photos left out because they are in neither split.</param>
/// <param name="MissingPhotos">Photos of the splits left out because they are not in the photo folder.</param>
/// <param name="WithoutCaptions">Names in the lists that are not in the caption file.</param>
public sealed record ImportSummary(
    CaptionFileKind Kind,
    IReadOnlyList<ImportedSplit> Splits,
    int Words,
    int Unassigned,
    NamedCount MissingPhotos,
    NamedCount WithoutCaptions);
