using System.Numerics;
using System.Runtime.CompilerServices;

namespace ShowTell.Numerics;

/// <summary>Activation functions of whole rows, in place: <see cref="LanesMath"/> element by element.</summary>
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
}
