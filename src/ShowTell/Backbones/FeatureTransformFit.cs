using System.Numerics.Tensors;

namespace ShowTell.Backbones;

/// <summary>
/// Finds a <see cref="FeatureTransform"/> for rows that come block by block, so that they need not fit into memory:
/// means and deviations are of all rows, principal components of a random sample of at most
/// <see cref="SampledRows"/>.
/// </summary>
/// <param name="components">Principal components to find, k; null for none.</param>
/// <param name="standardize">Whether each feature is divided by its deviation.</param>
/// <param name="seed">Seed of the sample.</param>
public sealed class FeatureTransformFit(int? components, bool standardize, ulong seed = 231)
{
    /// <summary>The most rows that principal components are found from.</summary>
    public const int SampledRows = 20_000;

    // A feature that hardly varies is noise, or always 0; dividing by its deviation would blow it up.
    private const double LeastDeviation = 1e-6;

    private readonly SeededRandom _random = new(seed);
    private Matrix<float> _sample = new(0, 0);
    private double[] _mean = [];
    private double[] _squares = [];
    private long _count;

    /// <summary>Takes more rows.</summary>
    /// <param name="rows">n x D, D the same each time.</param>
    /// <exception cref="DataException">A row holds NaN or infinity.</exception>
    public void Add(ReadOnlyMatrixSpan<float> rows)
    {
        if (_count == 0)
        {
            _mean = new double[rows.Columns];
            _squares = new double[rows.Columns];
            _sample = new Matrix<float>(components is null ? 0 : SampledRows, rows.Columns);
        }

        MatrixShape.Require(rows, rows.Rows, _mean.Length, nameof(rows));
        for (int i = 0; i < rows.Rows; i++)
        {
            Add(rows.Row(i));
        }
    }

    /// <summary>The transform for the rows so far.</summary>
    /// <exception cref="DataException">There are fewer rows, or features, than components.</exception>
    public FeatureTransform Fit()
    {
        if (_count == 0)
        {
            throw new DataException("There are no features to standardise or to find principal components of.");
        }

        float[] mean = [.. _mean.Select(value => (float)value)];
        float[] deviation = [.. _squares.Select(Deviation)];
        if (components is not int count)
        {
            return new FeatureTransform(mean, deviation);
        }

        int rows = (int)Math.Min(_count, SampledRows);
        if (count > Math.Min(rows, mean.Length))
        {
            throw new DataException(
                $"{rows} rows of {mean.Length} features have no {count} principal components: ask for fewer.");
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

        long place = _count <= SampledRows ? _count - 1 : (long)(_random.NextUniform() * _count);
        if (place < SampledRows)
        {
            row.CopyTo(_sample.Row((int)place));
        }
    }

    private float Deviation(double squares)
    {
        double deviation = Math.Sqrt(squares / _count);
        return standardize && deviation > LeastDeviation ? (float)deviation : 1;
    }
}
