namespace ShowTell.Datasets.Import;

/// <summary>What came into a split.</summary>
/// <param name="Split"><c>train</c> or <c>val</c>.</param>
/// <param name="Photos">Its photos, also those of which no caption is left.</param>
/// <param name="Captions">Its captions.</param>
/// <param name="TooLong">Captions of its photos left out because they have too many words.</param>
/// <param name="Empty">Captions of its photos left out because no word is left of them.</param>
/// <param name="UnknownShare">Share of its words that the vocabulary lacks, in [0, 1].</param>
public sealed record ImportedSplit(
    string Split, int Photos, int Captions, int TooLong, int Empty, double UnknownShare);

/// <summary>Some names, and how many there are in all.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="First">The first of them in ordinal order.</param>
public sealed record NamedCount(int Count, IReadOnlyList<string> First)
{
    private const int Shown = 5;

    internal static NamedCount Of(IReadOnlyCollection<string> names) =>
        new(names.Count, [.. names.Order(StringComparer.Ordinal).Take(Shown)]);
}

/// <summary>What an import made, and what it left out.</summary>
/// <param name="Kind">The kind of the caption file.</param>
/// <param name="Splits">The two splits, train first.</param>
/// <param name="Words">Tokens of the vocabulary, its four markers included.</param>
/// <param name="Unassigned">Photos left out because they are in neither split.</param>
/// <param name="MissingPhotos">Photos of the splits left out because they are not in the folder of photos.</param>
/// <param name="WithoutCaptions">Names in the lists that the caption file does not have.</param>
public sealed record ImportSummary(
    CaptionFileKind Kind,
    IReadOnlyList<ImportedSplit> Splits,
    int Words,
    int Unassigned,
    NamedCount MissingPhotos,
    NamedCount WithoutCaptions);
