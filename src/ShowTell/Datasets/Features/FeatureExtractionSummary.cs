using ShowTell.Backbones;

namespace ShowTell.Datasets.Features;

/// <summary>The progress of a <see cref="FeatureExtraction"/>, in numbers of photos.</summary>
/// <param name="Done">Photos with features, those of an earlier run included.</param>
/// <param name="Total">All photos.</param>
/// <param name="Unreadable">Unreadable photos.</param>
/// <param name="Kept">Photos with features from an earlier run.</param>
public readonly record struct FeatureExtractionProgress(int Done, int Total, int Unreadable, int Kept);

/// <summary>A photo without features.</summary>
/// <param name="File">Its path below the photo folder.</param>
/// <param name="Reason">Why it cannot be read.</param>
public sealed record UnreadablePhoto(string File, string Reason);

/// <summary>The result of a <see cref="FeatureExtraction"/>.</summary>
/// <param name="Files">The feature file.</param>
/// <param name="Photos">The number of photos with features.</param>
/// <param name="Unreadable">The photos without features, in order.</param>
/// <param name="Features">The number of features, D, of a photo or of each region.</param>
/// <param name="Regions">The number of regions, R; 1 without a grid.</param>
/// <param name="Computed">The number of photos computed in this run.</param>
/// <param name="IsUpToDate">Whether the file already existed, with the same photos and options.</param>
/// <param name="Pipeline">The pipeline from photos to features.</param>
public sealed record FeatureExtractionSummary(
    IReadOnlyList<string> Files,
    int Photos,
    IReadOnlyList<UnreadablePhoto> Unreadable,
    int Features,
    int Regions,
    int Computed,
    bool IsUpToDate,
    PhotoPipeline Pipeline);
