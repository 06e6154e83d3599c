namespace ShowTell.Datasets.Import;

/// <summary>Counts of an imported split.</summary>
/// <param name="Split"><c>train</c>, <c>val</c> or <c>test</c>.</param>
/// <param name="Photos">The number of photos.</param>
/// <param name="Captions">The number of captions used.</param>
/// <param name="TooLong">The number of captions left out because they have too many words.</param>
/// <param name="Empty">The number of captions left out because they have no words.</param>
/// <param name="UnknownShare">The fraction of words that are not in the vocabulary, in [0, 1].</param>
public sealed record ImportedSplit(string Split, int Photos, int Captions, int TooLong, int Empty, double UnknownShare);

/// <summary>The number of some names, and the first of them.</summary>
/// <param name="Count">The number of names.</param>
/// <param name="First">The first names in ordinal order.</param>
public sealed record NamedCount(int Count, IReadOnlyList<string> First)
{
    internal const int MaxShown = 5;

    internal static NamedCount Of(IReadOnlyCollection<string> names) =>
        new(names.Count, [.. names.Order(StringComparer.Ordinal).Take(MaxShown)]);
}

/// <summary>Entries of the captions' source that were left out or repaired.</summary>
/// <param name="Reason">What they are, such as "annotations without a caption".</param>
/// <param name="Count">Their number.</param>
/// <param name="First">The names or places of the first ones.</param>
public sealed record LeftOutCount(string Reason, int Count, IReadOnlyList<string> First);

/// <summary>The result of an import, and what it left out.</summary>
/// <param name="Kind">The kind of the captions' source.</param>
/// <param name="Splits">The splits: train, val, and test if there is one.</param>
/// <param name="Words">The vocabulary size, the four markers included.</param>
/// <param name="MinimumCount">The minimum number of occurrences of a word of the vocabulary.</param>
/// <param name="Unassigned">The number of photos left out because no list has them.</param>
/// <param name="MissingPhotos">Photos left out because they are not in the photo folder.</param>
/// <param name="WithoutCaptions">Names in the lists that are not in the captions' source.</param>
/// <param name="LeftOut">Other entries of the source that were left out, by reason.</param>
/// <param name="Warnings">What the user should know before training.</param>
public sealed record ImportSummary(
    CaptionFileKind Kind,
    IReadOnlyList<ImportedSplit> Splits,
    int Words,
    int MinimumCount,
    int Unassigned,
    NamedCount MissingPhotos,
    NamedCount WithoutCaptions,
    IReadOnlyList<LeftOutCount> LeftOut,
    IReadOnlyList<string> Warnings);
