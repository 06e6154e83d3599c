using System.Numerics.Tensors;

namespace ShowTell.Backbones;

/// <summary>
/// Fits a <see cref="FeatureTransform"/> to rows that are added block by block, so that they need not fit into memory:
/// means and deviations over all rows, principal components over a random sample of at most
/// <see cref="MaxSampledRows"/>.
/// </summary>
/// <param name="components">Number of principal components, k; null for none.</param>
/// <param name="standardize">Whether to divide each feature by its standard deviation.</param>
/// <param name="seed">Seed of the sample.</param>
public sealed class FeatureTransformFit(int? components, bool standardize, ulong seed = 231)
{
    /// <summary>Maximum number of rows for fitting the principal components.</summary>
    public const int MaxSampledRows = 20_000;

    // A feature with a smaller deviation is noise, or always 0; dividing by it would amplify rounding errors.
    private const double MinDeviation = 1e-6;

    private readonly SeededRandom _random = new(seed);
    private Matrix<float> _sample = new(0, 0);
    private double[] _mean = [];
    private double[] _squares = [];
    private long _count;

    /// <summary>Adds rows.</summary>
    /// <param name="rows">N x D, with the same D in each call.</param>
    /// <exception cref="DataException">A row holds NaN or infinity.</exception>
    public void Add(ReadOnlyMatrixSpan<float> rows)
    {
        if (_count == 0)
        {
            _mean = new double[rows.Columns];
            _squares = new double[rows.Columns];
            _sample = new Matrix<float>(components is null ? 0 : MaxSampledRows, rows.Columns);
        }

        MatrixShape.Require(rows, rows.Rows, _mean.Length, nameof(rows));
        for (int i = 0; i < rows.Rows; i++)
        {
            Add(rows.Row(i));
        }
    }

    /// <summary>The transform for the rows added so far.</summary>
    /// <exception cref="DataException">There are no rows, or fewer rows or features than components.</exception>
    public FeatureTransform Fit()
    {
        if (_count == 0)
        {
            throw new DataException("There are no features to standardize or to find principal components of.");
        }

        float[] mean = [.. _mean.Select(value => (float)value)];
        float[] deviation = [.. _squares.Select(Deviation)];
        if (components is not int count)
        {
            return new FeatureTransform(mean, deviation);
        }

        int rows = (int)Math.Min(_count, MaxSampledRows);
        if (count > Math.Min(rows, mean.Length))
        {
            throw new DataException(
                $"{rows} rows of {mean.Length} features have fewer than {count} principal components: choose fewer.");
        }

        var standardized = new Matrix<float>(rows, mean.Length);
        new FeatureTransform(mean, deviation).Apply(_sample.RowBlock(0, rows), standardized);
        return new FeatureTransform(mean, deviation, Pca.Fit(standardized, count).Components);
    }

    /// <summary>Welford's update (1962), and reservoir sampling (Vitter's algorithm R, 1985).</summary>
    private void Add(ReadOnlySpan<float> row)
    {
        if (!TensorPrimitives.IsFiniteAll(row))
        {
            throw new DataException($"Row {_count} of the features holds NaN or infinity.");
        }

        _count++;
        for (int j = 0; j < row.Length; j++)
        {
            double difference = row[j] - _mean[j];
            _mean[j] += difference / _count;
            _squares[j] += difference * (row[j] - _mean[j]);
        }

        if (_sample.Rows == 0)
        {
            return;
        }

        long slot = _count <= MaxSampledRows ? _count - 1 : (long)(_random.NextUniform() * _count);
        if (slot < MaxSampledRows)
        {
            row.CopyTo(_sample.Row((int)slot));
        }
    }

    private float Deviation(double squares)
    {
        double deviation = Math.Sqrt(squares / _count);
        return standardize && deviation > MinDeviation ? (float)deviation : 1;
    }
}
