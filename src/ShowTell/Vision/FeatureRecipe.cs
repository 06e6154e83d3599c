using System.Text.Json.Serialization;

namespace ShowTell.Vision;

/// <summary>What features are, so that a model can tell whether they are those that it was trained on.</summary>
/// <param name="Kind">What made them; equal for features that mean the same.</param>
/// <param name="Size">D, features of an image.</param>
public sealed record FeatureRecipe(string Kind, int Size)
{
    /// <summary>How photos become such features; null where nobody knows, or where there are no photos.</summary>
    [JsonIgnore]
    public PhotoRecipe? Photos { get; init; }

    /// <summary>The recipe of photos' features.</summary>
    /// <param name="photos">How photos become features.</param>
    /// <param name="size">Features of a photo; of a grid, those of all places.</param>
    public static FeatureRecipe Of(PhotoRecipe photos, int size)
    {
        ArgumentNullException.ThrowIfNull(photos);
        return new FeatureRecipe($"photos {photos.Fingerprint()}", size) { Photos = photos };
    }

    /// <summary>Checks that features are such as this recipe makes.</summary>
    /// <param name="other">Their recipe.</param>
    /// <param name="origin">Where they are from, for messages.</param>
    /// <exception cref="PairingException">They are others.</exception>
    public void RequireSame(FeatureRecipe other, string origin)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Photos is not null && Photos?.DifferenceOf(other.Photos) is string difference)
        {
            throw new PairingException($"The model was trained on other features: {origin} has {difference}.");
        }

        if (Size != other.Size)
        {
            throw new PairingException(
                $"The model was trained on {Size} features an image ({Kind}); {origin} has {other.Size} "
                + $"({other.Kind}).");
        }

        if (Kind != other.Kind)
        {
            throw new PairingException(
                $"The model was trained on other features: expected {Kind}, found {other.Kind} in {origin}.");
        }
    }
}
