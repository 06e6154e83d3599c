namespace ShowTell.Layers;

/// <summary>
/// The softmax of one row, in place:
/// <code>
/// p_i = exp(s_i) / Σ_j exp(s_j)      ds_i = p_i (dp_i - Σ_j p_j dp_j)
/// </code>
/// </summary>
internal static class Softmax
{
    /// <summary>From scores to weights, shifted by the maximum to avoid overflow.</summary>
    public static void Forward<T>(Span<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T max = TensorPrimitives.Max<T>(scores);
        T sum = Elementwise.Sum<ExpPass<T>, T>(new(scores, max, scores), scores.Length);
        TensorPrimitives.Multiply(scores, T.One / sum, scores);
    }

    /// <summary>From the gradient of the weights to that of the scores.</summary>
    public static void Backward<T>(ReadOnlySpan<T> weights, Span<T> d)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T mean = DotProduct.Of<T>(weights, d);
        Elementwise.Run<BackwardPass<T>, T>(new(weights, mean, d), d.Length);
    }

    /// <summary>p = exp(s - max), and its sum; p may alias s.</summary>
    internal readonly ref struct ExpPass<T>(ReadOnlySpan<T> scores, T max, Span<T> p) : IElementwiseSum<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _scores = scores;
        private readonly Span<T> _p = p;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes<TVector, TSimd, T> Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var exp = LanesMath.Exp(at[_scores] - max);
            at[_p] = exp;
            return exp;
        }
    }

    private readonly ref struct BackwardPass<T>(ReadOnlySpan<T> weights, T mean, Span<T> d) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _weights = weights;
        private readonly Span<T> _d = d;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_d] = at[_weights] * (at[_d] - mean);
    }
}
