using ShowTell.Backbones;
using ShowTell.Photos;

namespace ShowTell.Diagnostics;

/// <summary>
/// Finds out how wrong features were made: encodes photos by variants of the pipeline, each with a common error, and
/// compares the results with the features.
/// </summary>
internal sealed class PipelineVariants(Backbone backbone, PhotoPipeline pipeline, Photo[] photos)
{
    /// <summary>Relative error that differences of photo decoders and filters alone stay below.</summary>
    public const double MaxNearError = 0.2;

    /// <summary>Mean correlation of features that differ only in the scale and shift of each.</summary>
    private const double MinSameCorrelation = 0.99;

    private const string Untransformed = "the backbone's features as they are, neither standardized nor reduced";

    /// <summary>How features compare with those of the pipeline and of its variants.</summary>
    /// <param name="Error">Relative error to those of the pipeline.</param>
    /// <param name="Variant">The error with which they were made, to follow "they were made with"; null if none
    /// explains them.</param>
    /// <param name="VariantError">Relative error to those of the nearest variant.</param>
    public sealed record Match(double Error, string? Variant, double VariantError);

    /// <summary>Explains features of the N photos, N x (R·D).</summary>
    public Match Explain(Matrix<float> given)
    {
        Matrix<float> raw = Run(pipeline.Preprocessing);
        var comparison = new FeatureComparison(Transform(raw), given);
        if (comparison.Error <= ModelChecks.MaxSameError)
        {
            return new Match(comparison.Error, null, comparison.Error);
        }

        var nearest = (Variant: "", Error: double.PositiveInfinity);
        var correlated = (Variant: "", Correlation: 0.0);
        foreach ((string variant, Matrix<float> features) in Encode(raw))
        {
            if (features.Columns == given.Columns)
            {
                var compared = new FeatureComparison(features, given);
                nearest = compared.Error < nearest.Error ? (variant, compared.Error) : nearest;
                double correlation = compared.CorrelationOfFeatures();
                correlated = correlation > correlated.Correlation ? (variant, correlation) : correlated;
            }
        }

        string? found = nearest.Error <= MaxNearError && nearest.Error < comparison.Error / 2 ? nearest.Variant
            : correlated.Correlation >= MinSameCorrelation && comparison.CorrelationOfFeatures() < MinSameCorrelation
            ? $"{correlated.Variant}, then standardized with other numbers"
            : null;
        return new Match(comparison.Error, found, nearest.Error);
    }

    /// <summary>The photos' features by each variant, given the backbone's features by the right
    /// preprocessing.</summary>
    private IEnumerable<(string Variant, Matrix<float> Features)> Encode(Matrix<float> raw)
    {
        yield return (pipeline.Transform is null ? "a scale and shift of each feature" : Untransformed, raw);
        foreach ((string variant, BackbonePreprocessing preprocessing) in VariantsOf(pipeline.Preprocessing))
        {
            Matrix<float> wrong = Run(preprocessing);
            yield return (variant, Transform(wrong));
            if (pipeline.Transform is not null)
            {
                yield return ($"{variant}, and {Untransformed}", wrong);
            }
        }
    }

    private static IEnumerable<(string Variant, BackbonePreprocessing Preprocessing)> VariantsOf(
        BackbonePreprocessing right)
    {
        string order = right.BlueFirst
            ? "channels as RGB where the backbone takes BGR"
            : "channels as BGR where the backbone takes RGB";
        BackbonePreprocessing swapped = right with { BlueFirst = !right.BlueFirst };
        (BackboneChannels mean, BackboneChannels deviation) = (right.Mean.Reversed, right.Deviation.Reversed);
        (string, BackbonePreprocessing Preprocessing)[] variants =
        [
            (order, swapped),
            ($"{order}, their mean and deviation too", swapped with { Mean = mean, Deviation = deviation }),
            ("the mean of the channels in reverse order", right with { Mean = mean, Deviation = deviation }),
            right.MaxValue > 1
                ? ("values from 0 to 1 where the backbone takes 0 to 255", right with { MaxValue = 1 })
                : ("values from 0 to 255 where the backbone takes 0 to 1", right with { MaxValue = 255 }),
            ("the mean left out", right with { Mean = default }),
            ("the deviation left out", right with { Deviation = new(1) }),
            ("mean and deviation left out", right with { Mean = default, Deviation = new(1) }),
            ("photos stretched rather than cropped", right with { ShorterSide = 0 }),
            ($"photos resized to a shorter side of {right.Size}", right with { ShorterSide = right.Size }),
            ("photos resized to a shorter side of 256", right with { ShorterSide = Math.Max(256, right.Size) }),
        ];
        return variants.Where(variant => variant.Preprocessing != right).DistinctBy(variant => variant.Preprocessing);
    }

    /// <summary>The backbone's features, (N·R) x D as N x (R·D).</summary>
    private Matrix<float> Run(BackbonePreprocessing preprocessing)
    {
        var inputs = new Matrix<float>(photos.Length, preprocessing.InputLength);
        for (int i = 0; i < photos.Length; i++)
        {
            preprocessing.Prepare(preprocessing.Resize(photos[i]), inputs.Row(i));
        }

        return new Matrix<float>(
            photos.Length, backbone.Regions * backbone.FeatureSize, backbone.Run(inputs).Span.ToArray());
    }

    private Matrix<float> Transform(Matrix<float> raw)
    {
        if (pipeline.Transform is not FeatureTransform transform)
        {
            return raw;
        }

        int rows = raw.Rows * backbone.Regions;
        var result = new Matrix<float>(raw.Rows, backbone.Regions * transform.OutputSize);
        transform.Apply(
            new ReadOnlyMatrixSpan<float>(raw.Span, rows, transform.InputSize),
            new MatrixSpan<float>(result.Span, rows, transform.OutputSize));
        return result;
    }
}
