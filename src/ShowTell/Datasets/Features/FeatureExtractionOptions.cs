using ShowTell.Backbones;

namespace ShowTell.Datasets.Features;

/// <summary>What <see cref="FeatureExtraction"/> does to a network's features, and how it shares its work.</summary>
public sealed record FeatureExtractionOptions
{
    /// <summary>
    /// Principal components that features are reduced to, found from the features at hand (of a dataset, from those of
    /// its train photos); null, the default, for none.
    /// </summary>
    public int? Components { get; init; }

    /// <summary>Whether each feature gets mean 0 and deviation 1 over the same photos; false by default.</summary>
    public bool Standardize { get; init; }

    /// <summary>A transform that was found before, to be used instead of a new one; null, the default, for none.
    /// </summary>
    public FeatureTransform? Transform { get; init; }

    /// <summary>Whether features are stored in 16 bits instead of 32; false by default.</summary>
    public bool HalfPrecision { get; init; }

    /// <summary>Threads and batches.</summary>
    public PhotoEncoderOptions Encoding { get; init; } = new();

    /// <summary>Whether principal components are taken, new ones or those of <see cref="Transform"/>.</summary>
    internal bool IsReduced => Components is not null || Transform?.Components is not null;

    /// <summary>The options that decide what a result holds, in one line.</summary>
    internal string Description => FormattableString.Invariant(
        $"components {Components}, standardize {Standardize}, half {HalfPrecision}, {Transform?.Fingerprint()}");

    /// <exception cref="ArgumentException">Options contradict each other.</exception>
    /// <exception cref="ShowTellException">So many components cannot be, or the transform is for other features.
    /// </exception>
    internal void Require(PhotoPipeline recipe, int features, long rows)
    {
        if (Transform is not null && (Components is not null || Standardize))
        {
            throw new ArgumentException("A transform at hand excludes finding a new one.");
        }

        if (Components is int count)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count, nameof(Components));
            if (count > Math.Min(features, rows))
            {
                throw new DataException(
                    $"There are no {count} principal components of {rows} rows of {features} features "
                    + $"({recipe.BackboneFile}, {recipe.Output}): ask for {Math.Min(features, rows)} at most.");
            }
        }

        if (Transform is not null && Transform.InputSize != features)
        {
            throw new IncompatibleException(
                $"The transform is for {Transform.InputSize} features, and {recipe.BackboneFile} gives {features} "
                + $"({recipe.Output}).");
        }
    }
}
