namespace ShowTell.Numerics;

/// <summary>The dot product of two rows.</summary>
internal static class DotProduct
{
    /// <summary>Σ x y.</summary>
    public static T Of<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Elementwise.Sum<Pass<T>, T>(new(x, y), x.Length);

    private readonly ref struct Pass<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y) : IElementwiseSum<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _x = x, _y = y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes<TVector, TSimd, T> Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_x] * at[_y];
    }
}
