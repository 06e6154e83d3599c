namespace ShowTell.Decoding;

/// <summary>
/// Log-probabilities of words:
/// <code>log p[word] = scores[word] - log Σ_v exp(scores[v])</code>
/// </summary>
internal static class LogSoftmax
{
    /// <summary>log Σ exp(scores), shifted by the maximum to avoid overflow.</summary>
    /// <param name="scores">The scores of all words, V; at least one.</param>
    public static double LogSumExp<T>(ReadOnlySpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T max = TensorPrimitives.Max(scores);
        T sum = Elementwise.Sum<ExpPass<T>, T>(new(scores, max), scores.Length);
        return double.CreateTruncating(max) + Math.Log(double.CreateTruncating(sum));
    }

    /// <summary>exp(scores - max), to be summed.</summary>
    private readonly ref struct ExpPass<T>(ReadOnlySpan<T> scores, T max) : IElementwiseSum<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _scores = scores;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes<TVector, TSimd, T> Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => LanesMath.Exp(at[_scores] - max);
    }
}
