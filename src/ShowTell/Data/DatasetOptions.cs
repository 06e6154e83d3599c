namespace ShowTell.Data;

/// <summary>How a <see cref="DatasetFolder"/> is read.</summary>
public sealed record DatasetOptions
{
    /// <summary>
    /// The most training captions, drawn at random without replacement; at least 1. All of them if null, the default.
    /// </summary>
    public int? MaxTrain { get; init; }

    /// <summary>
    /// Whether to read the features that were reduced by principal components (<c>_pca</c>). If null, the default, they
    /// are read where the folder has them, and the full ones otherwise.
    /// </summary>
    public bool? PcaFeatures { get; init; }

    /// <summary>Seed of the draw for <see cref="MaxTrain"/>; 231 by default.</summary>
    public ulong Seed { get; init; } = 231;
}
