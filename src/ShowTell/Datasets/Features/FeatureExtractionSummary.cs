using ShowTell.Backbones;

namespace ShowTell.Datasets.Features;

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
/// <param name="Files">The files with the features: one, or those of train and val.</param>
/// <param name="Photos">Photos that have features.</param>
/// <param name="Unreadable">Photos that have none, in their order.</param>
/// <param name="Features">Features of a photo, or of each place of its grid, D.</param>
/// <param name="Places">Places of a photo's grid, P; 1 without a grid.</param>
/// <param name="Computed">Photos that went through the network in this run; none where the files stood already.
/// </param>
/// <param name="IsUnchanged">Whether the files stood already, made of the same photos in the same way.</param>
/// <param name="Recipe">How the photos became features.</param>
public sealed record FeatureExtractionSummary(
    IReadOnlyList<string> Files,
    int Photos,
    IReadOnlyList<UnreadablePhoto> Unreadable,
    int Features,
    int Places,
    int Computed,
    bool IsUnchanged,
    PhotoPipeline Recipe);
