namespace ShowTell.Layers;

/// <summary>
/// The affine layer at every timestep, with the same weights: <see cref="Affine"/> over T·N rows.
/// <para>Shapes: x T·N x D (time-major: timestep t is rows t·N to t·N + N - 1), w D x M, b M, out T·N x M.</para>
/// </summary>
public static class TemporalAffine
{
    /// <summary>out = x w + b.</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> w, ReadOnlySpan<T> b, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Affine.Forward(x, w, b, output);

    /// <inheritdoc cref="Affine.Backward"/>
    public static void Backward<T>(
        ReadOnlyMatrixSpan<T> dOut,
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> w,
        MatrixSpan<T> dX,
        MatrixSpan<T> dW,
        Span<T> dB)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Affine.Backward(dOut, x, w, dX, dW, dB);
}
