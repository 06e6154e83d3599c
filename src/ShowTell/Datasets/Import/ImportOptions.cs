using ShowTell.Data;

namespace ShowTell.Datasets.Import;

/// <summary>The options of <see cref="DatasetImport"/>.</summary>
public sealed record ImportOptions
{
    /// <summary>
    /// Sources of captions of any <see cref="CaptionFileKind"/>; at least one. Several are read one after the other;
    /// <c>00000..00009.tar</c> means ten files, <c>*.tar</c> all that match.
    /// </summary>
    public required IReadOnlyList<string> Captions { get; init; }

    /// <summary>The photo folder; null, the default, where the captions are in a folder of photos, or come with them.
    /// </summary>
    public string? Photos { get; init; }

    /// <summary>How the captions are read, where their content does not say it.</summary>
    public CaptionFileOptions File { get; init; } = new();

    /// <summary>
    /// A file with the name of a train photo per line; null, the default, for the splits of the captions' source, or
    /// random ones if it has none.
    /// </summary>
    public string? TrainList { get; init; }

    /// <summary>The same for validation photos; give both lists or neither.</summary>
    public string? ValidationList { get; init; }

    /// <summary>The same for test photos; only with the other two.</summary>
    public string? TestList { get; init; }

    /// <summary>The fraction of photos in the validation split of a random split, in (0, 1); 0.1 by default.</summary>
    public double ValidationFraction { get; init; } = 0.1;

    /// <summary>The random seed of a random split; 231 by default.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>The minimum number of occurrences in train captions of a word of the vocabulary; null, the default, for
    /// one that suits the number of captions (<see cref="MinimumCountFor"/>).</summary>
    public int? MinimumCount { get; init; }

    /// <summary>The maximum vocabulary size without the four markers; null, the default, for no limit.</summary>
    public int? VocabularyWords { get; init; }

    /// <summary>The maximum of <see cref="MaxWords"/>.</summary>
    public const int MaxCaptionWords = 1000;

    /// <summary>The maximum number of words of a caption, at most <see cref="MaxCaptionWords"/>, 15 by default; longer
    /// captions are left out.</summary>
    public int MaxWords { get; init; } = 15;

    /// <summary>Whether tokens are words, the default, or characters, for languages without spaces.</summary>
    public TokenKind Tokens { get; init; } = TokenKind.Word;

    /// <summary>How captions are normalized and split into words.</summary>
    public CaptionNormalization Normalization { get; init; } = new();

    /// <summary>
    /// The default of <see cref="MinimumCount"/>: 1 below 1,000 train captions, 2 below 4,000, 3 below 10,000, 4 below
    /// 20,000, then 5, as for the CS231n exercises.
    /// </summary>
    public static int MinimumCountFor(int captions) => captions switch
    {
        < 1_000 => 1,
        < 4_000 => 2,
        < 10_000 => 3,
        < 20_000 => 4,
        _ => 5,
    };
}
