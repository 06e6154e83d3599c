using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ShowTell.Backbones;

/// <summary>
/// The transform of a backbone's features before a model takes them: y = C ((x - mean) / deviation), with the mean and
/// standard deviation of each feature over the train photos and the principal components as rows of C, k x D. Each part
/// is optional. Immutable and thread-safe.
/// </summary>
public sealed class FeatureTransform
{
    private readonly float[] _mean;
    private readonly float[] _deviation;

    /// <summary>Creates a transform.</summary>
    /// <param name="mean">Mean per feature, which is subtracted, D.</param>
    /// <param name="deviation">Standard deviation per feature, the divisor, D numbers above 0.</param>
    /// <param name="components">C, k x D; null for none.</param>
    /// <exception cref="ArgumentException">The lengths differ, a number is not finite, or a deviation is not positive.
    /// </exception>
    public FeatureTransform(float[] mean, float[] deviation, Matrix<float>? components = null)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(deviation);
        if (mean.Length == 0 || deviation.Length != mean.Length || (components?.Columns ?? mean.Length) != mean.Length)
        {
            throw new ArgumentException(
                "Mean, deviation and components must have the same number of features.", nameof(mean));
        }

        if (!TensorPrimitives.IsFiniteAll<float>(mean)
            || !deviation.All(value => value > 0 && float.IsFinite(value))
            || (components is not null && !TensorPrimitives.IsFiniteAll<float>(components.Span)))
        {
            throw new ArgumentException("Numbers must be finite, and deviations above 0.", nameof(deviation));
        }

        (_mean, _deviation, Components) = (mean, deviation, components);
    }

    /// <summary>Mean per feature, which is subtracted, D.</summary>
    public ReadOnlySpan<float> Mean => _mean;

    /// <summary>Standard deviation per feature, the divisor, D.</summary>
    public ReadOnlySpan<float> Deviation => _deviation;

    /// <summary>Principal components, k x D; null for none.</summary>
    public Matrix<float>? Components { get; }

    /// <summary>Number of input features, D.</summary>
    public int InputSize => _mean.Length;

    /// <summary>Number of output features: k, or D without components.</summary>
    public int OutputSize => Components?.Rows ?? InputSize;

    /// <summary>SHA-256 of its numbers, 64 lower-case hexadecimal digits.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<float>(_mean));
        hash.AppendData(MemoryMarshal.AsBytes<float>(_deviation));
        hash.AppendData(Components is null ? [] : MemoryMarshal.AsBytes(Components.Span));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Transforms rows.</summary>
    /// <param name="rows">N x D.</param>
    /// <param name="result">Receives N x k; must not overlap <paramref name="rows"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public void Apply(ReadOnlyMatrixSpan<float> rows, MatrixSpan<float> result)
    {
        MatrixShape.Require(rows, rows.Rows, InputSize, nameof(rows));
        MatrixShape.Require<float>(result, rows.Rows, OutputSize, nameof(result));
        if (Components is null)
        {
            Standardize(rows, result);
            return;
        }

        var standardized = new Matrix<float>(rows.Rows, InputSize);
        Standardize(rows, standardized);
        Gemm.NT<float>(standardized, Components, result);
    }

    private void Standardize(ReadOnlyMatrixSpan<float> rows, MatrixSpan<float> result)
    {
        for (int i = 0; i < rows.Rows; i++)
        {
            Span<float> row = result.Row(i);
            TensorPrimitives.Subtract(rows.Row(i), _mean, row);
            TensorPrimitives.Divide(row, _deviation, row);
        }
    }
}
