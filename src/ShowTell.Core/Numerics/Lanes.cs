using System.Runtime.InteropServices;

namespace ShowTell.Numerics;

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
