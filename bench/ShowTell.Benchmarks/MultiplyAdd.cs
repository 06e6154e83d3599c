using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ShowTell.Benchmarks;

/// <summary>A fused multiply-add of one vector width and element type.</summary>
internal interface IMultiplyAdd<TVector>
{
    static abstract int Lanes { get; }

    static abstract TVector Create(float value);

    static abstract TVector Compute(TVector x, TVector y, TVector sum);
}

internal readonly struct Float512 : IMultiplyAdd<Vector512<float>>
{
    public static int Lanes => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Create(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Compute(Vector512<float> x, Vector512<float> y, Vector512<float> sum) =>
        Vector512.FusedMultiplyAdd(x, y, sum);
}

internal readonly struct Double512 : IMultiplyAdd<Vector512<double>>
{
    public static int Lanes => Vector512<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Create(float value) => Vector512.Create((double)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Compute(Vector512<double> x, Vector512<double> y, Vector512<double> sum) =>
        Vector512.FusedMultiplyAdd(x, y, sum);
}

internal readonly struct Float256 : IMultiplyAdd<Vector256<float>>
{
    public static int Lanes => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Create(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Compute(Vector256<float> x, Vector256<float> y, Vector256<float> sum) =>
        Vector256.FusedMultiplyAdd(x, y, sum);
}

internal readonly struct Double256 : IMultiplyAdd<Vector256<double>>
{
    public static int Lanes => Vector256<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Create(float value) => Vector256.Create((double)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Compute(Vector256<double> x, Vector256<double> y, Vector256<double> sum) =>
        Vector256.FusedMultiplyAdd(x, y, sum);
}

internal readonly struct Float128 : IMultiplyAdd<Vector128<float>>
{
    public static int Lanes => Vector128<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Create(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Compute(Vector128<float> x, Vector128<float> y, Vector128<float> sum) =>
        Vector128.FusedMultiplyAdd(x, y, sum);
}

internal readonly struct Double128 : IMultiplyAdd<Vector128<double>>
{
    public static int Lanes => Vector128<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Create(float value) => Vector128.Create((double)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Compute(Vector128<double> x, Vector128<double> y, Vector128<double> sum) =>
        Vector128.FusedMultiplyAdd(x, y, sum);
}
