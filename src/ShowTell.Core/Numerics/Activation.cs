namespace ShowTell.Numerics;

/// <summary>Elementwise activation functions of rows, in place.</summary>
internal static class Activation
{
    /// <summary>x = σ(x).</summary>
    public static void Sigmoid<T>(Span<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Elementwise.Run<SigmoidPass<T>, T>(new(x), x.Length);

    /// <summary>x = tanh(x).</summary>
    public static void Tanh<T>(Span<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Elementwise.Run<TanhPass<T>, T>(new(x), x.Length);

    /// <summary>x = max(0, x); NaN stays.</summary>
    public static void Relu<T>(Span<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Elementwise.Run<ReluPass<T>, T>(new(x), x.Length);

    /// <summary>d = 0 where max(0, x) is 0.</summary>
    public static void ReluBackward<T>(ReadOnlySpan<T> relu, Span<T> d)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Elementwise.Run<ReluBackwardPass<T>, T>(new(relu, d), d.Length);

    private readonly ref struct SigmoidPass<T>(Span<T> x) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly Span<T> _x = x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_x] = LanesMath.Sigmoid(at[_x]);
    }

    private readonly ref struct TanhPass<T>(Span<T> x) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly Span<T> _x = x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_x] = LanesMath.Tanh(at[_x]);
    }

    private readonly ref struct ReluPass<T>(Span<T> x) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly Span<T> _x = x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_x] = LanesMath.IfNegative(at[_x], 0.0, at[_x]);
    }

    private readonly ref struct ReluBackwardPass<T>(ReadOnlySpan<T> relu, Span<T> d) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _relu = relu;
        private readonly Span<T> _d = d;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_d] = LanesMath.IfNegative(0.0 - at[_relu], at[_d], 0.0);
    }
}
