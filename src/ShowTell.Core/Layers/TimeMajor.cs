namespace ShowTell.Layers;

/// <summary>
/// Time-major order: the N samples of timestep t are rows t·N to t·N + N - 1. The exercises' (N, T, D) arrays are
/// batch-major instead: the T timesteps of sample n are rows n·T to n·T + T - 1.
/// </summary>
public static class TimeMajor
{
    /// <summary>Reorders batch-major rows, N·T x D, into time-major rows, T·N x D.</summary>
    /// <exception cref="ArgumentException">The rows are not divisible by <paramref name="batchSize"/>.</exception>
    public static Matrix<T> FromBatchMajor<T>(ReadOnlyMatrixSpan<T> batchMajor, int batchSize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Exchange(batchMajor, batchSize, Timesteps(batchMajor.Rows, batchSize));

    /// <summary>Reorders time-major rows, T·N x D, into batch-major rows, N·T x D.</summary>
    /// <exception cref="ArgumentException">The rows are not divisible by <paramref name="batchSize"/>.</exception>
    public static Matrix<T> ToBatchMajor<T>(ReadOnlyMatrixSpan<T> timeMajor, int batchSize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Exchange(timeMajor, Timesteps(timeMajor.Rows, batchSize), batchSize);

    /// <summary>The number of timesteps.</summary>
    /// <exception cref="ArgumentException">The rows are not divisible by <paramref name="batchSize"/>.</exception>
    internal static int Timesteps(int rows, int batchSize)
    {
        if (batchSize <= 0 || rows % batchSize != 0)
        {
            throw new ArgumentException(
                $"{rows} rows are not divisible into {batchSize} sequences of equal length.", nameof(rows));
        }

        return rows / batchSize;
    }

    private static Matrix<T> Exchange<T>(ReadOnlyMatrixSpan<T> source, int outer, int inner)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = new Matrix<T>(source.Rows, source.Columns);
        for (int i = 0; i < outer; i++)
        {
            for (int j = 0; j < inner; j++)
            {
                source.Row((i * inner) + j).CopyTo(result.Row((j * outer) + i));
            }
        }

        return result;
    }
}
