using System.Numerics;
using System.Numerics.Tensors;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace ShowTell.Backbones;

/// <summary>
/// Principal component analysis: the k directions of greatest variance of rows of features, found by the randomized
/// range finder with power iterations (Halko, Martinsson and Tropp, "Finding structure with randomness", 2011).
/// Immutable.
/// </summary>
/// <remarks>Letters: N rows, D features, k components.</remarks>
public sealed class Pca
{
    // Extra directions beyond k, and passes over the data; the leading variances are then accurate to about 1e-4.
    private const int Oversampling = 10;
    private const int PowerIterations = 4;

    private const int RowsPerBlock = 512;

    // Always the managed provider, so that results do not depend on the app's choice. Matrices are column-major.
    private static readonly ManagedLinearAlgebraProvider s_algebra = new();

    private readonly float[] _mean;
    private readonly double[] _explainedVariance;

    private Pca(float[] mean, Matrix<float> components, double[] explainedVariance, double totalVariance)
    {
        _mean = mean;
        Components = components;
        _explainedVariance = explainedVariance;
        TotalVariance = totalVariance;
    }

    /// <summary>Features per row, D.</summary>
    public int FeatureSize => _mean.Length;

    /// <summary>Number of components, k.</summary>
    public int Count => Components.Rows;

    /// <summary>Mean per feature, D.</summary>
    public ReadOnlySpan<float> Mean => _mean;

    /// <summary>
    /// The components, k x D: orthonormal rows in descending order of variance, each with its entry of largest
    /// magnitude positive. If k exceeds the rank of the data, the last ones have no variance and arbitrary directions.
    /// </summary>
    public Matrix<float> Components { get; }

    /// <summary>Variance along each component, k numbers, with the divisor N - 1.</summary>
    public ReadOnlySpan<double> ExplainedVariance => _explainedVariance;

    /// <summary>Total variance of all features, with the divisor N - 1.</summary>
    public double TotalVariance { get; }

    /// <summary>Finds the leading components. Needs memory for a second copy of the rows.</summary>
    /// <param name="rows">N x D, N at least 1.</param>
    /// <param name="components">k, from 1 to min(N, D).</param>
    /// <param name="seed">Seed of the initial random directions; hardly affects the result.</param>
    /// <exception cref="ArgumentException">There are no rows, or k is out of range.</exception>
    /// <exception cref="DataException">A row holds NaN, infinity, or numbers whose squares overflow.</exception>
    public static Pca Fit(ReadOnlyMatrixSpan<float> rows, int components, ulong seed = 231)
    {
        int limit = Math.Min(rows.Rows, rows.Columns);
        if (components < 1 || components > limit)
        {
            throw new ArgumentException(
                $"{rows.Rows} rows of {rows.Columns} features have 1 to {limit} components, not {components}.",
                nameof(components));
        }

        float[] mean = MeanOf(rows);
        var centered = new Matrix<float>(rows.Rows, rows.Columns);
        Center(rows, mean, centered);
        int width = Math.Min(components + Oversampling, limit);
        Matrix<float> basis = LeadingSubspace(centered, width, new SeededRandom(seed));
        if (!TensorPrimitives.IsFiniteAll<float>(basis.Span))
        {
            throw new DataException(
                "The features are too large for principal components: their squares overflow. Standardize them.");
        }

        (double[] values, double[] vectors) = Eigen(ScatterWithin(basis, centered));

        double divisor = Math.Max(1, rows.Rows - 1);
        double[] variance = [.. values.Take(components).Select(value => Math.Max(0, value) / divisor)];
        return new Pca(mean, Combine(vectors, basis, components), variance, SumOfSquares(centered) / divisor);
    }

    /// <summary>Coordinates of rows along the components.</summary>
    /// <param name="rows">N x D.</param>
    /// <returns>N x k.</returns>
    /// <exception cref="ArgumentException">The rows do not have D features.</exception>
    public Matrix<float> Transform(ReadOnlyMatrixSpan<float> rows)
    {
        var coordinates = new Matrix<float>(rows.Rows, Count);
        Transform(rows, coordinates);
        return coordinates;
    }

    /// <summary>Computes the coordinates (N x k) of rows (N x D) along the components.</summary>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public void Transform(ReadOnlyMatrixSpan<float> rows, MatrixSpan<float> coordinates)
    {
        MatrixShape.Require(rows, rows.Rows, FeatureSize, nameof(rows));
        MatrixShape.Require<float>(coordinates, rows.Rows, Count, nameof(coordinates));
        var centered = new Matrix<float>(Math.Min(rows.Rows, RowsPerBlock), FeatureSize);
        for (int start = 0; start < rows.Rows; start += RowsPerBlock)
        {
            int count = Math.Min(RowsPerBlock, rows.Rows - start);
            centered.Reshape(count, FeatureSize);
            Center(rows.RowBlock(start, count), _mean, centered);
            Gemm.NT<float>(centered, Components, coordinates.RowBlock(start, count));
        }
    }

    /// <summary>Reconstructs rows from their coordinates: the best approximation with k components.</summary>
    /// <param name="coordinates">N x k.</param>
    /// <returns>N x D.</returns>
    /// <exception cref="ArgumentException">There are not k coordinates in a row.</exception>
    public Matrix<float> InverseTransform(ReadOnlyMatrixSpan<float> coordinates)
    {
        MatrixShape.Require(coordinates, coordinates.Rows, Count, nameof(coordinates));
        var rows = new Matrix<float>(coordinates.Rows, FeatureSize);
        Gemm.NN<float>(coordinates, Components, _mean, rows);
        return rows;
    }

    private static float[] MeanOf(ReadOnlyMatrixSpan<float> rows)
    {
        var sums = new double[rows.Columns];
        for (int i = 0; i < rows.Rows; i++)
        {
            ReadOnlySpan<float> row = rows.Row(i);
            if (!TensorPrimitives.IsFiniteAll(row))
            {
                throw new DataException(
                    $"Row {i} of the features holds NaN or infinity; principal components need finite numbers.");
            }

            for (int j = 0; j < sums.Length; j++)
            {
                sums[j] += row[j];
            }
        }

        TensorPrimitives.Divide(sums, rows.Rows, sums);
        return [.. sums.Select(mean => (float)mean)];
    }

    private static void Center(ReadOnlyMatrixSpan<float> rows, float[] mean, MatrixSpan<float> centered)
    {
        for (int i = 0; i < rows.Rows; i++)
        {
            TensorPrimitives.Subtract(rows.Row(i), mean, centered.Row(i));
        }
    }

    /// <summary>
    /// Orthonormal rows that span nearly the same space as the leading right singular vectors of A: W = orth(W AᵀA),
    /// iterated from a random W.
    /// </summary>
    private static Matrix<float> LeadingSubspace(Matrix<float> a, int directions, SeededRandom random)
    {
        Matrix<float> right = Matrix.Normal<float>(random, directions, a.Columns);
        var left = new Matrix<float>(directions, a.Rows);
        for (int iteration = 0; iteration <= PowerIterations; iteration++)
        {
            Gemm.NT<float>(right, a, left);
            Gemm.NN<float>(left, a, right);
            MakeOrthonormal(right);
        }

        return right;
    }

    /// <summary>Orthonormalizes rows by Householder reflections, whatever their rank.</summary>
    private static void MakeOrthonormal(Matrix<float> rows)
    {
        var q = new double[rows.Length];
        TensorPrimitives.ConvertTruncating<float, double>(rows.Span, q);
        s_algebra.ThinQRFactor(q, rows.Columns, rows.Rows, new double[rows.Rows * rows.Rows], new double[rows.Rows]);
        TensorPrimitives.ConvertTruncating<double, float>(q, rows.Span);
    }

    /// <summary>Eigenvalues of a symmetric matrix, largest first, and the eigenvectors as rows.</summary>
    private static (double[] Values, double[] Vectors) Eigen(Matrix<double> symmetric)
    {
        int n = symmetric.Rows;
        (var values, var vectors) = (new Complex[n], new double[n * n]);
        s_algebra.EigenDecomp(true, n, symmetric.Span.ToArray(), vectors, values, new double[n * n]);
        return (
            [.. values.Select(value => value.Real).Reverse()],
            [.. vectors.Chunk(n).Reverse().SelectMany(vector => vector)]);
    }

    /// <summary>(W Aᵀ)(W Aᵀ)ᵀ, summed in double.</summary>
    private static Matrix<double> ScatterWithin(Matrix<float> basis, Matrix<float> a)
    {
        var scatter = new Matrix<double>(basis.Rows, basis.Rows);
        var projected = new Matrix<float>(0, 0);
        var widened = new Matrix<double>(0, 0);
        for (int start = 0; start < a.Rows; start += RowsPerBlock)
        {
            int count = Math.Min(RowsPerBlock, a.Rows - start);
            projected.Reshape(count, basis.Rows);
            widened.Reshape(count, basis.Rows);
            Gemm.NT<float>(a.RowBlock(start, count), basis, projected);
            TensorPrimitives.ConvertTruncating<float, double>(projected.Span, widened.Span);
            Gemm.TN<double>(widened, widened, scatter, accumulate: true);
        }

        return scatter;
    }

    /// <summary>The first rows of V W, each with its largest entry positive.</summary>
    private static Matrix<float> Combine(ReadOnlySpan<double> vectors, Matrix<float> basis, int count)
    {
        var weights = new Matrix<float>(count, basis.Rows);
        TensorPrimitives.ConvertTruncating(vectors[..weights.Length], weights.Span);
        var components = new Matrix<float>(count, basis.Columns);
        Gemm.NN<float>(weights, basis, components);
        for (int i = 0; i < count; i++)
        {
            Span<float> component = components.Row(i);
            if (component[TensorPrimitives.IndexOfMaxMagnitude<float>(component)] < 0)
            {
                TensorPrimitives.Negate(component, component);
            }
        }

        return components;
    }

    private static double SumOfSquares(Matrix<float> a) =>
        Enumerable.Range(0, a.Rows).Sum(i => (double)TensorPrimitives.SumOfSquares<float>(a.Row(i)));
}
