using ShowTell.Vision;

namespace ShowTell.Data.Features;

/// <summary>How far a <see cref="FeatureExtraction"/> is.</summary>
/// <param name="Done">Photos whose features are there, those of an earlier run included.</param>
/// <param name="Total">All photos.</param>
/// <param name="Unreadable">Photos that cannot be read.</param>
/// <param name="Kept">Photos whose features are there from an earlier run.</param>
public readonly record struct FeatureExtractionProgress(int Done, int Total, int Unreadable, int Kept);

/// <summary>A photo that has no features.</summary>
/// <param name="File">Its name below the folder.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record UnreadablePhoto(string File, string Reason);

/// <summary>What a <see cref="FeatureExtraction"/> made.</summary>
public sealed record FeatureExtractionSummary
{
    /// <summary>The files with the features: one, or those of train and val.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Photos that have features.</summary>
    public required int Photos { get; init; }

    /// <summary>Photos that have none, in their order.</summary>
    public required IReadOnlyList<UnreadablePhoto> Unreadable { get; init; }

    /// <summary>Features of a photo, or of each place of its grid, D.</summary>
    public required int Features { get; init; }

    /// <summary>Places of a photo's grid, P; 1 without a grid.</summary>
    public required int Places { get; init; }

    /// <summary>Photos that went through the network in this run; none where the files stood already.</summary>
    public required int Computed { get; init; }

    /// <summary>Whether the files stood already, made of the same photos in the same way.</summary>
    public required bool IsUnchanged { get; init; }

    /// <summary>How the photos became features.</summary>
    public required PhotoRecipe Recipe { get; init; }
}
