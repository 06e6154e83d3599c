using System.Numerics.Tensors;

namespace ShowTell.Diagnostics;

/// <summary>Compares given features G with expected ones E, both N x D.</summary>
internal sealed class FeatureComparison(Matrix<float> expected, Matrix<float> given)
{
    /// <summary>|G - E| / |E| over all numbers.</summary>
    public double Error { get; } = RelativeError(expected.Span, given.Span);

    /// <summary>The factor k for which k·E is nearest to G.</summary>
    public double Scale { get; } = Ratio(Dot(expected.Span, given.Span), Dot(expected.Span, expected.Span));

    /// <summary>Cosine of the angle between E and G: 1 if they differ only in scale.</summary>
    public double Cosine { get; } = Ratio(
        Dot(expected.Span, given.Span),
        Math.Sqrt(Dot(expected.Span, expected.Span) * Dot(given.Span, given.Span)));

    /// <summary>|G - E| / |E|.</summary>
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

    /// <summary>The relative error after sorting the numbers of each row.</summary>
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
    /// Mean over the features of their correlations over the images: 1 if only the scale and shift of each feature
    /// differ, as after standardizing with other numbers. Constant features are ignored.
    /// </summary>
    public double CorrelationOfFeatures()
    {
        IEnumerable<double> correlations = Enumerable.Range(0, expected.Columns)
            .Select(column => Correlation(Column(expected, column), Column(given, column)));
        return correlations.Where(double.IsFinite).DefaultIfEmpty().Average();
    }

    /// <summary>Correlation of two profiles: the root mean squares of each feature over the images.</summary>
    public static double CorrelationOfProfiles(ReadOnlyMatrixSpan<float> x, ReadOnlyMatrixSpan<float> y) =>
        Correlation(Profile(x), Profile(y));

    /// <summary>Root mean square of all numbers.</summary>
    public static double Rms(ReadOnlySpan<float> numbers) =>
        TensorPrimitives.Norm(numbers) / Math.Sqrt(numbers.Length);

    /// <summary>Pearson's correlation; not finite if one side is constant.</summary>
    private static double Correlation(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
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

    private static float[] Profile(ReadOnlyMatrixSpan<float> features)
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
