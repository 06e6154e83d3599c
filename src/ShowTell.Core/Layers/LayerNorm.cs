using static ShowTell.Numerics.LanesMath;

namespace ShowTell.Layers;

/// <summary>
/// Layer normalization (Ba, Kiros and Hinton, 2016): normalizes each row to mean 0 and variance 1, then applies a
/// learned gain and bias per element.
/// <code>
/// x̂ = (x - mean(x)) / √(var(x) + ε)      out = g ⊙ x̂ + b                              ε = 1e-5
/// dx̂ = g ⊙ dOut                          dX = (dx̂ - mean(dx̂) - x̂ mean(dx̂ ⊙ x̂)) / √(var(x) + ε)
/// dG = Σ_rows dOut ⊙ x̂                   dB = Σ_rows dOut
/// </code>
/// Shapes: x and out R x H, g and b H.
/// </summary>
public static class LayerNorm
{
    private const double Epsilon = 1e-5;

    /// <summary>out = g ⊙ x̂ + b. Allocates only if the cache must grow.</summary>
    /// <param name="x">R x H.</param>
    /// <param name="gain">g.</param>
    /// <param name="bias">b.</param>
    /// <param name="cache">Receives what <see cref="Backward"/> needs.</param>
    /// <param name="output">R x H; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x,
        ReadOnlySpan<T> gain,
        ReadOnlySpan<T> bias,
        LayerNormCache<T> cache,
        MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.RequireLength(gain.Length, x.Columns, nameof(gain));
        MatrixShape.RequireLength(bias.Length, x.Columns, nameof(bias));
        MatrixShape.Require<T>(output, x.Rows, x.Columns, nameof(output));
        cache.Resize(x.Rows, x.Columns);
        ForwardRows(x, 0, gain, bias, cache, output);
    }

    /// <summary>The forward pass of the rows from <paramref name="start"/> on; the cache must be resized.</summary>
    internal static void ForwardRows<T>(
        ReadOnlyMatrixSpan<T> x,
        int start,
        ReadOnlySpan<T> gain,
        ReadOnlySpan<T> bias,
        LayerNormCache<T> cache,
        MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int r = 0; r < x.Rows; r++)
        {
            cache.Scales.Span[start + r] =
                Normalize(x.Row(r), gain, bias, cache.Normalized.Row(start + r), output.Row(r));
        }
    }

    /// <summary>
    /// The gradients of x, g and b, overwritten. Overwrites the cache: one backward pass per forward pass.
    /// </summary>
    /// <param name="dOut">R x H.</param>
    /// <param name="gain">g.</param>
    /// <param name="cache">The cache of <see cref="Forward"/>.</param>
    /// <param name="dX">R x H; may be <paramref name="dOut"/> itself.</param>
    /// <param name="dGain">The gradient of g.</param>
    /// <param name="dBias">The gradient of b.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Backward<T>(
        ReadOnlyMatrixSpan<T> dOut,
        ReadOnlySpan<T> gain,
        LayerNormCache<T> cache,
        MatrixSpan<T> dX,
        Span<T> dGain,
        Span<T> dBias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.Require(dOut, cache.Normalized.Rows, cache.Normalized.Columns, nameof(dOut));
        MatrixShape.RequireLength(gain.Length, dOut.Columns, nameof(gain));
        MatrixShape.Require<T>(dX, dOut.Rows, dOut.Columns, nameof(dX));
        ColumnSums.Run(dOut, dBias);
        T share = T.One / T.CreateChecked(dOut.Columns);
        for (int r = 0; r < dOut.Rows; r++)
        {
            ReadOnlySpan<T> d = dOut.Row(r);
            Span<T> normalized = cache.Normalized.Row(r);
            T mean = share * DotProduct.Of<T>(d, gain);
            T along = share * Elementwise.Sum<DotThreePass<T>, T>(new(d, gain, normalized), d.Length);
            Elementwise.Run<BackwardPass<T>, T>(
                new(d, gain, mean, along, cache.Scales.Span[r], normalized, dX.Row(r)), d.Length);
        }

        ColumnSums.Run<T>(cache.Normalized, dGain);
    }

    /// <summary>
    /// One row; returns 1/√(var(x) + ε). The spans may alias; <paramref name="output"/> is written last.
    /// </summary>
    private static T Normalize<T>(
        ReadOnlySpan<T> x, ReadOnlySpan<T> gain, ReadOnlySpan<T> bias, Span<T> normalized, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T share = T.One / T.CreateChecked(x.Length);
        T mean = share * Elementwise.Sum<SumPass<T>, T>(new(x), x.Length);
        T variance = share * Elementwise.Sum<SquaresPass<T>, T>(new(x, mean), x.Length);
        T scale = T.One / T.Sqrt(variance + T.CreateTruncating(Epsilon));
        Elementwise.Run<ForwardPass<T>, T>(new(x, mean, scale, gain, bias, normalized, output), x.Length);
        return scale;
    }

    private readonly ref struct SumPass<T>(ReadOnlySpan<T> x) : IElementwiseSum<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _x = x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes<TVector, TSimd, T> Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_x];
    }

    private readonly ref struct SquaresPass<T>(ReadOnlySpan<T> x, T mean) : IElementwiseSum<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _x = x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes<TVector, TSimd, T> Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var d = at[_x] - mean;
            return d * d;
        }
    }

    private readonly ref struct ForwardPass<T>(
        ReadOnlySpan<T> x,
        T mean,
        T scale,
        ReadOnlySpan<T> gain,
        ReadOnlySpan<T> bias,
        Span<T> normalized,
        Span<T> output) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _x = x, _gain = gain, _bias = bias;
        private readonly Span<T> _normalized = normalized, _output = output;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var normalized = (at[_x] - mean) * scale;
            at[_normalized] = normalized;
            at[_output] = MultiplyAdd(normalized, at[_gain], at[_bias]);
        }
    }

    private readonly ref struct DotThreePass<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<T> z)
        : IElementwiseSum<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _x = x, _y = y, _z = z;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes<TVector, TSimd, T> Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_x] * at[_y] * at[_z];
    }

    /// <summary>Also replaces x̂ by dOut ⊙ x̂, whose sums are dG.</summary>
    private readonly ref struct BackwardPass<T>(
        ReadOnlySpan<T> dOut, ReadOnlySpan<T> gain, T mean, T along, T scale, Span<T> normalized, Span<T> dX)
        : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _dOut = dOut, _gain = gain;
        private readonly Span<T> _normalized = normalized, _dX = dX;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var d = at[_dOut];
            var normalized = at[_normalized];
            at[_dX] = ((d * at[_gain]) - mean - (normalized * along)) * scale;
            at[_normalized] = d * normalized;
        }
    }
}

/// <summary>
/// What <see cref="LayerNorm.Forward"/> saves for <see cref="LayerNorm.Backward"/>. Reusable without allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class LayerNormCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>x̂, R x H.</summary>
    internal Matrix<T> Normalized { get; } = new(0, 0);

    /// <summary>1/√(var(x) + ε) of each row, R x 1.</summary>
    internal Matrix<T> Scales { get; } = new(0, 0);

    /// <summary>Reserves memory for <paramref name="maxRows"/> rows.</summary>
    internal void Reserve(int maxRows, int columns)
    {
        Normalized.Reserve(maxRows, columns);
        Scales.Reserve(maxRows, 1);
    }

    internal void Resize(int rows, int columns)
    {
        Normalized.Reshape(rows, columns);
        Scales.Reshape(rows, 1);
    }
}
