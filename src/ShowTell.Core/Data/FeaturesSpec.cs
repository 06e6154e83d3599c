using System.Text.Json.Serialization;

namespace ShowTell.Data;

/// <summary>What features are, so that a model can tell whether they are those that it was trained on.</summary>
/// <param name="Kind">What made them; equal for features that mean the same.</param>
/// <param name="Size">D, features of an image.</param>
public sealed record FeaturesSpec(string Kind, int Size)
{
    /// <summary>How photos become such features; null if unknown, or if there are no photos.</summary>
    [JsonIgnore]
    public IPhotoPipeline? Photos { get; init; }

    /// <summary>The recipe of photos' features.</summary>
    /// <param name="photos">How photos become features.</param>
    /// <param name="size">Features of a photo; of a grid, those of all places.</param>
    public static FeaturesSpec Of(IPhotoPipeline photos, int size)
    {
        ArgumentNullException.ThrowIfNull(photos);
        return new FeaturesSpec($"photos {photos.Fingerprint()}", size) { Photos = photos };
    }

    /// <summary>Checks that features are such as this recipe makes.</summary>
    /// <param name="other">Their recipe.</param>
    /// <param name="origin">Where they are from, for messages.</param>
    /// <exception cref="IncompatibleException">They are others.</exception>
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
                $"The model was trained on {Size} features an image ({Kind}); {origin} has {other.Size} "
                + $"({other.Kind}).");
        }

        if (Kind != other.Kind)
        {
            throw new IncompatibleException(
                $"The model was trained on other features: expected {Kind}, found {other.Kind} in {origin}.");
        }
    }
}

/// <summary>How photos become features, as far as training needs to know.</summary>
public interface IPhotoPipeline
{
    /// <summary>SHA-256 of everything that decides the features, 64 lower-case hexadecimal digits.</summary>
    string Fingerprint();

    /// <summary>How another pipeline differs from this one; null if both give the same features.</summary>
    string? DifferenceOf(IPhotoPipeline other);
}
