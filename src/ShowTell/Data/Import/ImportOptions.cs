namespace ShowTell.Data.Import;

/// <summary>What <see cref="DatasetImport"/> makes a dataset of, and how.</summary>
public sealed record ImportOptions
{
    /// <summary>A caption file of any <see cref="CaptionFileKind"/>.</summary>
    public required string Captions { get; init; }

    /// <summary>The folder of the photos.</summary>
    public required string Photos { get; init; }

    /// <summary>
    /// A file with the name of a train photo a line; null, the default, for the caption file's own splits or a draw.
    /// </summary>
    public string? TrainList { get; init; }

    /// <summary>The same for validation photos; both lists are given, or neither.</summary>
    public string? ValidationList { get; init; }

    /// <summary>
    /// The share of photos drawn for validation where neither lists nor the caption file split them, in (0, 1); 0.1 by
    /// default.
    /// </summary>
    public double ValidationFraction { get; init; } = 0.1;

    /// <summary>Seed of that draw; 231 by default.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>How often a word must occur in train captions to get into the vocabulary; 5 by default.</summary>
    public int MinimumCount { get; init; } = 5;

    /// <summary>The most words of the vocabulary, its four markers not counted; null, the default, for all.</summary>
    public int? VocabularyWords { get; init; }

    /// <summary>The most words of a caption; longer ones are left out. 15 by default.</summary>
    public int MaxWords { get; init; } = 15;

    /// <summary>How captions become words.</summary>
    public CaptionNormalization Normalization { get; init; } = new();
}
