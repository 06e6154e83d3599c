namespace ShowTell.Layers;

/// <summary>
/// The affine layer, out = x w + b, one sample per row of x.
/// <para>Shapes: x N x D, w D x M, b M, out N x M.</para>
/// </summary>
public static class Affine
{
    /// <summary>out = x w + b.</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> w, ReadOnlySpan<T> b, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Gemm.NN(x, w, b, output);

    /// <summary>out = x w + b, with w packed.</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Forward<T>(ReadOnlyMatrixSpan<T> x, PackedMatrix<T> w, ReadOnlySpan<T> b, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Gemm.NN(x, w, b, output);

    /// <summary>out = x w + b, with w packed if available.</summary>
    internal static void Forward<T>(
        ReadOnlyMatrixSpan<T> x, Matrix<T> w, PackedMatrix<T>? packed, ReadOnlySpan<T> b, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (packed is null)
        {
            Gemm.NN(x, w, b, output);
        }
        else
        {
            Gemm.NN(x, packed, b, output);
        }
    }

    /// <summary>dX = dOut wᵀ, dW = xᵀ dOut, dB = the sum of dOut's rows. Overwrites all three.</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Backward<T>(
        ReadOnlyMatrixSpan<T> dOut,
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> w,
        MatrixSpan<T> dX,
        MatrixSpan<T> dW,
        Span<T> dB)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Gemm.NT(dOut, w, dX);
        BackwardWeights(dOut, x, dW, dB);
    }

    /// <summary>The gradients of the weights only, for a constant x such as image features.</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void BackwardWeights<T>(
        ReadOnlyMatrixSpan<T> dOut, ReadOnlyMatrixSpan<T> x, MatrixSpan<T> dW, Span<T> dB)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.RequireLength(dB.Length, dOut.Columns, nameof(dB));
        Gemm.TN(x, dOut, dW);
        ColumnSums.Run(dOut, dB);
    }
}
