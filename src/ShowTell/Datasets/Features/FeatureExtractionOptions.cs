using ShowTell.Backbones;

namespace ShowTell.Datasets.Features;

/// <summary>The options of <see cref="FeatureExtraction"/>.</summary>
public sealed record FeatureExtractionOptions
{
    /// <summary>
    /// The number of principal components to which features are reduced, fitted to the extracted features (of a
    /// dataset, to its train split); null, the default, for no reduction.
    /// </summary>
    public int? Components { get; init; }

    /// <summary>Whether features are standardized to mean 0 and deviation 1 over the same photos; false by default.
    /// </summary>
    public bool Standardize { get; init; }

    /// <summary>An existing transform to apply instead of fitting one; null, the default, for none.</summary>
    public FeatureTransform? Transform { get; init; }

    /// <summary>Whether features are stored in 16 bits instead of 32; false by default.</summary>
    public bool HalfPrecision { get; init; }

    /// <summary>Whether features of the photos' mirror images are extracted too, for training with
    /// <see cref="Training.SolverOptions.Mirror"/>; false by default. Nothing is fitted to them.</summary>
    public bool Mirror { get; init; }

    /// <summary>The number of threads and the batch size.</summary>
    public PhotoEncoderOptions Encoding { get; init; } = new();

    /// <summary>The views of a photo: itself, and with <see cref="Mirror"/> its mirror image.</summary>
    internal int Views => Mirror ? 2 : 1;

    /// <summary>The options that determine the result, in one line.</summary>
    internal string Description => FormattableString.Invariant(
        $"components {Components}, standardize {Standardize}, half {HalfPrecision}, {Transform?.Fingerprint()}")
        + (Mirror ? ", mirror" : "");

    /// <summary>Validates the options for a number of features and rows.</summary>
    /// <exception cref="ArgumentException">The options exclude each other.</exception>
    /// <exception cref="DataException">There are too many components.</exception>
    /// <exception cref="IncompatibleException">The transform is for other features.</exception>
    internal void Validate(PhotoPipeline pipeline, int features, long rows)
    {
        if (Transform is not null && (Components is not null || Standardize))
        {
            throw new ArgumentException("An existing transform excludes fitting a new one.");
        }

        if (Components is int count)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count, nameof(Components));
            if (count > Math.Min(features, rows))
            {
                throw new DataException(
                    $"{rows} rows of {features} features ({pipeline.BackboneFile}, {pipeline.Output}) have at most "
                    + $"{Math.Min(features, rows)} principal components, not {count}.");
            }
        }

        if (Transform is not null && Transform.InputSize != features)
        {
            throw new IncompatibleException(
                $"The transform is for {Transform.InputSize} features, but {pipeline.BackboneFile} computes {features} "
                + $"({pipeline.Output}).");
        }
    }
}
