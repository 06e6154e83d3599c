using System.Text.Json.Serialization;

namespace ShowTell.Data;

/// <summary>Identifies features, so that a model can reject features other than those it was trained on.</summary>
/// <param name="Kind">How they were computed; equal for interchangeable features.</param>
/// <param name="Size">D, the features of an image.</param>
public sealed record FeaturesSpec(string Kind, int Size)
{
    /// <summary>The pipeline from photos to features; null if unknown, or without photos.</summary>
    [JsonIgnore]
    public IPhotoPipeline? Photos { get; init; }

    /// <summary>The spec of features computed from photos.</summary>
    /// <param name="photos">The pipeline from photos to features.</param>
    /// <param name="size">The features of a photo, all regions included.</param>
    public static FeaturesSpec Of(IPhotoPipeline photos, int size)
    {
        ArgumentNullException.ThrowIfNull(photos);
        return new FeaturesSpec($"photos {photos.Fingerprint()}", size) { Photos = photos };
    }

    /// <summary>Checks that features have this spec.</summary>
    /// <param name="other">The spec of the features.</param>
    /// <param name="origin">Where they come from, for messages.</param>
    /// <exception cref="IncompatibleException">The specs differ.</exception>
    public void RequireSame(FeaturesSpec other, string origin)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Photos is not null && Photos?.DifferenceOf(other.Photos) is string difference)
        {
            throw new IncompatibleException($"The model was trained on other features: {origin} has {difference}.");
        }

        if (Size != other.Size)
        {
            throw new IncompatibleException(
                $"The model was trained on {Size} features per image ({Kind}); {origin} has {other.Size} "
                + $"({other.Kind}).");
        }

        if (Kind != other.Kind)
        {
            throw new IncompatibleException(
                $"The model was trained on other features: expected {Kind}, found {other.Kind} in {origin}.");
        }
    }
}

/// <summary>The pipeline from photos to features.</summary>
public interface IPhotoPipeline
{
    /// <summary>SHA-256 of everything that determines the features, 64 lower-case hexadecimal digits.</summary>
    string Fingerprint();

    /// <summary>Describes how another pipeline differs from this one; null if both give the same features.</summary>
    string? DifferenceOf(IPhotoPipeline other);
}
