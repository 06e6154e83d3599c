using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ShowTell.Backbones;

/// <summary>
/// What is done to a network's features before a model takes them: y = C ((x - mean) / deviation). Standardising has
/// the mean and deviation of each feature over the train photos; principal components have rows of C, k x D; either may
/// be left out. Immutable and thread-safe.
/// </summary>
public sealed class FeatureTransform
{
    private readonly float[] _mean;
    private readonly float[] _deviation;

    /// <summary>Makes a transform of its numbers.</summary>
    /// <param name="mean">What is subtracted from each feature, D.</param>
    /// <param name="deviation">By what it is divided then, D numbers above 0.</param>
    /// <param name="components">C, k x D; null for none.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a number makes no sense.</exception>
    public FeatureTransform(float[] mean, float[] deviation, Matrix<float>? components = null)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(deviation);
        if (mean.Length == 0 || deviation.Length != mean.Length || (components?.Columns ?? mean.Length) != mean.Length)
        {
            throw new ArgumentException("Mean, deviation and components must be of the same features.", nameof(mean));
        }

        if (!TensorPrimitives.IsFiniteAll<float>(mean)
            || !deviation.All(value => value > 0 && float.IsFinite(value))
            || (components is not null && !TensorPrimitives.IsFiniteAll<float>(components.Span)))
        {
            throw new ArgumentException("Numbers must be finite, and deviations above 0.", nameof(deviation));
        }

        (_mean, _deviation, Components) = (mean, deviation, components);
    }

    /// <summary>What is subtracted from each feature, D.</summary>
    public ReadOnlySpan<float> Mean => _mean;

    /// <summary>By what it is divided then, D.</summary>
    public ReadOnlySpan<float> Deviation => _deviation;

    /// <summary>Principal components, k x D; null for none.</summary>
    public Matrix<float>? Components { get; }

    /// <summary>Features that go in, D.</summary>
    public int InputSize => _mean.Length;

    /// <summary>Features that come out: k, or D without components.</summary>
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

    /// <summary>Writes the transformed rows.</summary>
    /// <param name="rows">n x D.</param>
    /// <param name="result">n x k; other memory than <paramref name="rows"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
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
