using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ShowTell.Numerics;

/// <summary>What a pass over rows does with the elements at one position, for any vector width.</summary>
internal interface IElementwise<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
        where TSimd : struct, ISimd<TVector, T>;
}

/// <summary>A pass that also returns a term to sum.</summary>
internal interface IElementwiseSum<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    Lanes<TVector, TSimd, T> Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
        where TSimd : struct, ISimd<TVector, T>;
}

/// <summary>
/// Runs passes over rows, each element once: with the widest vectors, then narrower ones for the rest. An element's
/// bits do not depend on its position.
/// </summary>
internal static class Elementwise
{
    /// <summary>Runs a pass over the first <paramref name="length"/> elements of its rows.</summary>
    public static void Run<TPass, T>(TPass pass, int length)
        where TPass : struct, IElementwise<T>, allows ref struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int done = 0;
        if (Vector512.IsHardwareAccelerated && length - done >= Vector512<T>.Count)
        {
            done = Run<TPass, Vector512<T>, Simd512<T>, T>(pass, done, length);
        }

        if (Vector256.IsHardwareAccelerated && length - done >= Vector256<T>.Count)
        {
            done = Run<TPass, Vector256<T>, Simd256<T>, T>(pass, done, length);
        }

        if (Vector128.IsHardwareAccelerated && length - done >= Vector128<T>.Count)
        {
            done = Run<TPass, Vector128<T>, Simd128<T>, T>(pass, done, length);
        }

        if (done < length)
        {
            Run<TPass, T, SimdScalar<T>, T>(pass, done, length);
        }
    }

    /// <summary>Runs a pass and returns the sum, whose order depends only on length and machine.</summary>
    public static T Sum<TPass, T>(TPass pass, int length)
        where TPass : struct, IElementwiseSum<T>, allows ref struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int done = 0;
        T sum = T.Zero;
        if (Vector512.IsHardwareAccelerated && length - done >= Vector512<T>.Count)
        {
            sum += Sum<TPass, Vector512<T>, Simd512<T>, T>(pass, ref done, length);
        }

        if (Vector256.IsHardwareAccelerated && length - done >= Vector256<T>.Count)
        {
            sum += Sum<TPass, Vector256<T>, Simd256<T>, T>(pass, ref done, length);
        }

        if (Vector128.IsHardwareAccelerated && length - done >= Vector128<T>.Count)
        {
            sum += Sum<TPass, Vector128<T>, Simd128<T>, T>(pass, ref done, length);
        }

        return done < length ? sum + Sum<TPass, T, SimdScalar<T>, T>(pass, ref done, length) : sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Run<TPass, TVector, TSimd, T>(TPass pass, int done, int length)
        where TPass : struct, IElementwise<T>, allows ref struct
        where TSimd : struct, ISimd<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (; done <= length - TSimd.Count; done += TSimd.Count)
        {
            pass.Run(new LanesAt<TVector, TSimd, T>(done));
        }

        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Sum<TPass, TVector, TSimd, T>(TPass pass, ref int done, int length)
        where TPass : struct, IElementwiseSum<T>, allows ref struct
        where TSimd : struct, ISimd<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Lanes<TVector, TSimd, T> sum = 0;
        int i = done;
        for (; i <= length - TSimd.Count; i += TSimd.Count)
        {
            sum += pass.Run(new LanesAt<TVector, TSimd, T>(i));
        }

        done = i;
        return TSimd.Sum(sum.Vector);
    }
}

/// <summary>Neighboring elements of a row, as many as a vector holds, with the operators of numbers.</summary>
internal readonly struct Lanes<TVector, TSimd, T>(TVector vector)
    where TSimd : struct, ISimd<TVector, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public readonly TVector Vector = vector;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Lanes<TVector, TSimd, T>(T value) => new(TSimd.Broadcast(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Lanes<TVector, TSimd, T>(double value) => new(TSimd.Constant(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<TVector, TSimd, T> operator +(Lanes<TVector, TSimd, T> x, Lanes<TVector, TSimd, T> y) =>
        new(TSimd.Add(x.Vector, y.Vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<TVector, TSimd, T> operator -(Lanes<TVector, TSimd, T> x, Lanes<TVector, TSimd, T> y) =>
        new(TSimd.Subtract(x.Vector, y.Vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<TVector, TSimd, T> operator *(Lanes<TVector, TSimd, T> x, Lanes<TVector, TSimd, T> y) =>
        new(TSimd.Multiply(x.Vector, y.Vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<TVector, TSimd, T> operator /(Lanes<TVector, TSimd, T> x, Lanes<TVector, TSimd, T> y) =>
        new(TSimd.Divide(x.Vector, y.Vector));
}

/// <summary>A position in rows: <c>at[row]</c> are the elements of a row there.</summary>
internal readonly struct LanesAt<TVector, TSimd, T>(int index)
    where TSimd : struct, ISimd<TVector, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Lanes<TVector, TSimd, T> this[ReadOnlySpan<T> row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(TSimd.Load(in MemoryMarshal.GetReference(row.Slice(index, TSimd.Count))));
    }

    public Lanes<TVector, TSimd, T> this[Span<T> row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(TSimd.Load(in MemoryMarshal.GetReference(row.Slice(index, TSimd.Count))));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => TSimd.Store(ref MemoryMarshal.GetReference(row.Slice(index, TSimd.Count)), value.Vector);
    }
}

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
