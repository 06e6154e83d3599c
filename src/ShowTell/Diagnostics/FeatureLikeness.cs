using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <summary>
/// Whether features of other images are of the same kind as some reference vectors, as far as that can be told: by
/// their scale, by how many are zero, and by which features are large.
/// </summary>
internal static class FeatureLikeness
{
    // Images of one dataset differ by less than a tenth in scale where there are hundreds of features.
    private const double WarningFactor = 1.5;
    private const double ProblemFactor = 3;

    private const double MostZerosApart = 0.25;

    /// <summary>Where the halves of the references agree so well, a profile says something.</summary>
    private const double LeastProfile = 0.5;
    private const double OtherProfile = 0.2;

    /// <returns>A finding whose text is a part of a sentence.</returns>
    public static Finding Of(Matrix<float> reference, Matrix<float> given)
    {
        double scale = FeatureComparison.Rms(given.Span) / FeatureComparison.Rms(reference.Span);
        double factor = Math.Max(scale, 1 / scale);
        double zeros = ShareOfZeros(given.Span), referenceZeros = ShareOfZeros(reference.Span);
        double profile = FeatureComparison.Correlation(
            FeatureComparison.Profile(reference), FeatureComparison.Profile(given));
        (FindingLevel level, string text) = !(factor <= ProblemFactor)
            ? (FindingLevel.Problem, $"features are off in scale: {Times(scale)}")
            : ProfileOf(reference) >= LeastProfile && profile < OtherProfile
            ? (FindingLevel.Problem,
                Invariant($"features are others: not the same ones are large (correlation {profile:F2})"))
            : Math.Abs(zeros - referenceZeros) > MostZerosApart
            ? (FindingLevel.Warning,
                Invariant($"{100 * zeros:F0}% of the features are zero, and {100 * referenceZeros:F0}% of the model's"))
            : factor > WarningFactor
            ? (FindingLevel.Warning, $"features differ in scale: {Times(scale)}")
            : (FindingLevel.Good, Invariant($"features are of the same scale (ratio {scale:F2})"));
        return Finding.Of(
            level, text, null,
            ("images", given.Rows), ("scale", scale), ("zeros", zeros), ("referenceZeros", referenceZeros),
            ("profile", profile));
    }

    private static string Times(double scale) => scale >= 1
        ? Invariant($"{scale:G3} times as large as the model's")
        : Invariant($"{1 / scale:G3} times smaller than the model's");

    private static double ShareOfZeros(ReadOnlySpan<float> numbers) => (double)numbers.Count(0f) / numbers.Length;

    /// <summary>Correlation of the profiles of either half of the images.</summary>
    private static double ProfileOf(Matrix<float> reference)
    {
        int half = reference.Rows / 2;
        return half == 0 ? 0 : FeatureComparison.Correlation(
            FeatureComparison.Profile(reference.RowBlock(0, half)),
            FeatureComparison.Profile(reference.RowBlock(half, reference.Rows - half)));
    }
}
