using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>
/// Gradient clipping: gradients whose global norm exceeds a limit are scaled down to it (Pascanu, Mikolov and Bengio,
/// "On the difficulty of training recurrent neural networks", 2013).
/// </summary>
public static class GradientClipping
{
    // Squares within a block are summed in T, block sums in double.
    private const int BlockLength = 2048;

    /// <summary>The Euclidean norm of all gradients. Bit-identical for any number of threads.</summary>
    public static double Norm<T>(CaptioningParameters<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(gradients);
        double sum = 0;
        for (int i = 0; i < gradients.All.Count; i++)
        {
            ReadOnlySpan<T> values = gradients.All[i].Value.Span;
            for (int start = 0; start < values.Length; start += BlockLength)
            {
                ReadOnlySpan<T> block = values.Slice(start, Math.Min(BlockLength, values.Length - start));
                sum += double.CreateTruncating(TensorPrimitives.SumOfSquares(block));
            }
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Scales gradients down if their norm exceeds a limit.</summary>
    /// <param name="gradients">The gradients, changed in place.</param>
    /// <param name="limit">The maximum norm; positive.</param>
    /// <returns>The norm before clipping.</returns>
    public static double Clip<T>(CaptioningParameters<T> gradients, double limit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        double norm = Norm(gradients);
        if (norm > limit && double.IsFinite(norm))
        {
            T scale = T.CreateTruncating(limit / norm);
            for (int i = 0; i < gradients.All.Count; i++)
            {
                Span<T> values = gradients.All[i].Value.Span;
                TensorPrimitives.Multiply(values, scale, values);
            }
        }

        return norm;
    }
}
