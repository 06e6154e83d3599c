using System.Numerics.Tensors;

namespace ShowTell.Diagnostics;

/// <summary>How features found, G, compare with those expected, E: both N x D.</summary>
internal sealed class FeatureComparison(Matrix<float> expected, Matrix<float> given)
{
    /// <summary>|G - E| / |E|, of all numbers together.</summary>
    public double Error { get; } = RelativeError(expected.Span, given.Span);

    /// <summary>k where k·E is nearest to G.</summary>
    public double Scale { get; } = Ratio(Dot(expected.Span, given.Span), Dot(expected.Span, expected.Span));

    /// <summary>Cosine of the angle between E and G: 1 where they differ in scale alone.</summary>
    public double Cosine { get; } = Ratio(
        Dot(expected.Span, given.Span),
        Math.Sqrt(Dot(expected.Span, expected.Span) * Dot(given.Span, given.Span)));

    /// <summary>|G - E| / |E| of some numbers.</summary>
    public static double RelativeError(ReadOnlySpan<float> expected, ReadOnlySpan<float> given)
    {
        double difference = 0, squares = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += Square(given[i] - expected[i]);
            squares += Square(expected[i]);
        }

        return squares > 0 ? Math.Sqrt(difference / squares) : difference > 0 ? double.PositiveInfinity : 0;

        static double Square(double x) => x * x;
    }

    /// <summary>The relative error where each row's numbers are put in order.</summary>
    public double ErrorOfSorted()
    {
        Matrix<float> sorted = expected.Clone(), sortedGiven = given.Clone();
        for (int i = 0; i < sorted.Rows; i++)
        {
            sorted.Row(i).Sort();
            sortedGiven.Row(i).Sort();
        }

        return RelativeError(sorted.Span, sortedGiven.Span);
    }

    /// <summary>
    /// Correlation of each feature over the images, their mean: 1 where each feature has a scale and shift of its own,
    /// as after standardising with other numbers. Features that are constant do not count.
    /// </summary>
    public double CorrelationOfFeatures()
    {
        IEnumerable<double> correlations = Enumerable.Range(0, expected.Columns)
            .Select(column => Correlation(Column(expected, column), Column(given, column)));
        return correlations.Where(double.IsFinite).DefaultIfEmpty().Average();
    }

    /// <summary>Pearson's correlation; not finite where one side is constant.</summary>
    public static double Correlation(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double meanX = TensorPrimitives.Sum(x) / x.Length, meanY = TensorPrimitives.Sum(y) / y.Length;
        double xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            (double dx, double dy) = (x[i] - meanX, y[i] - meanY);
            (xy, xx, yy) = (xy + (dx * dy), xx + (dx * dx), yy + (dy * dy));
        }

        return xy / Math.Sqrt(xx * yy);
    }

    /// <summary>Root mean square of each feature over the images, D.</summary>
    public static float[] Profile(ReadOnlyMatrixSpan<float> features)
    {
        var profile = new float[features.Columns];
        for (int i = 0; i < features.Rows; i++)
        {
            ReadOnlySpan<float> row = features.Row(i);
            TensorPrimitives.MultiplyAdd(row, row, profile, profile);
        }

        TensorPrimitives.Divide(profile, Math.Max(features.Rows, 1), profile);
        TensorPrimitives.Sqrt(profile, profile);
        return profile;
    }

    public static double Rms(ReadOnlySpan<float> numbers) => Math.Sqrt(Dot(numbers, numbers) / numbers.Length);

    private static float[] Column(Matrix<float> matrix, int column) =>
        [.. Enumerable.Range(0, matrix.Rows).Select(row => matrix[row, column])];

    private static double Ratio(double x, double y) => y > 0 ? x / y : 0;

    private static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }
}
