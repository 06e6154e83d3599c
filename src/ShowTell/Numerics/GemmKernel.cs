using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ShowTell.Numerics;

/// <summary>
/// The innermost part of a product: one tile of C from a packed sliver of A and one of B. The tallest tile is as large
/// as the machine's registers hold: 12 rows with 32 registers (AVX-512, Arm), 6 with 16 (AVX2). Rows that are left over
/// go into tiles of 6, 2 and 1, so that few rows cost little. Every tile sums an element in the same order.
/// </summary>
internal static unsafe class GemmKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly int s_vectorLength =
        Vector512.IsHardwareAccelerated ? Vector512<T>.Count
        : Vector256.IsHardwareAccelerated ? Vector256<T>.Count
        : Vector128<T>.Count;

    /// <summary>Rows of the tallest tile.</summary>
    public static int MR { get; } = Vector512.IsHardwareAccelerated || !Vector256.IsHardwareAccelerated ? 12 : 6;

    /// <summary>Columns of a tile.</summary>
    public static int NR { get; } = 2 * s_vectorLength;

    /// <summary>Rows of the next tile when so many are left.</summary>
    public static int TileRows(int rows) => rows >= MR ? MR : rows >= 6 ? 6 : rows >= 2 ? 2 : 1;

    /// <summary>
    /// Computes the first <paramref name="columns"/> columns of a tile of <paramref name="rows"/> rows (a number that
    /// <see cref="TileRows"/> gives) and writes or adds them to <paramref name="c"/>.
    /// </summary>
    public static void Run(T* a, T* b, int depth, T* c, nint stride, int rows, int columns, bool accumulate)
    {
        if (columns == NR)
        {
            RunFull(a, b, depth, c, stride, rows, accumulate);
            return;
        }

        // The right edge: the whole tile goes into a buffer, and the part that exists from there to C.
        T* tile = stackalloc T[12 * 2 * 16];
        RunFull(a, b, depth, tile, NR, rows, accumulate: false);
        for (int i = 0; i < rows; i++)
        {
            T* from = tile + (i * NR);
            T* to = c + (i * stride);
            for (int j = 0; j < columns; j++)
            {
                to[j] = accumulate ? to[j] + from[j] : from[j];
            }
        }
    }

    /// <summary>
    /// One row of C by eight vectors of columns, with B where it lies: its rows are <paramref name="bStride"/> apart. A
    /// single row reads B once, so that copying B first would cost more than the product.
    /// </summary>
    public static void RunRow(T* a, nint aStep, T* b, nint bStride, int depth, T* c, bool accumulate)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Row8<Vector512<T>, Simd512<T>>(a, aStep, b, bStride, depth, c, accumulate);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Row8<Vector256<T>, Simd256<T>>(a, aStep, b, bStride, depth, c, accumulate);
        }
        else
        {
            Row8<Vector128<T>, Simd128<T>>(a, aStep, b, bStride, depth, c, accumulate);
        }
    }

    private static void RunFull(T* a, T* b, int depth, T* c, nint stride, int rows, bool accumulate)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            RunTile<Vector512<T>, Simd512<T>>(a, b, depth, c, stride, rows, accumulate);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            RunTile<Vector256<T>, Simd256<T>>(a, b, depth, c, stride, rows, accumulate);
        }
        else
        {
            RunTile<Vector128<T>, Simd128<T>>(a, b, depth, c, stride, rows, accumulate);
        }
    }

    private static void RunTile<TVector, TSimd>(T* a, T* b, int depth, T* c, nint stride, int rows, bool accumulate)
        where TSimd : struct, ISimd<TVector, T>
    {
        switch (rows)
        {
            case 12:
                Tile12<TVector, TSimd>(a, b, depth, c, stride, accumulate);
                break;
            case 6:
                Tile6<TVector, TSimd>(a, b, depth, c, stride, accumulate);
                break;
            case 2:
                Tile2<TVector, TSimd>(a, b, depth, c, stride, accumulate);
                break;
            default:
                Tile1<TVector, TSimd>(a, b, depth, c, accumulate);
                break;
        }
    }

    /// <summary>12 rows by two vectors of columns; 24 sums stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12<TVector, TSimd>(T* a, T* b, int depth, T* c, nint stride, bool accumulate)
        where TSimd : struct, ISimd<TVector, T>
    {
        TVector s0L = TSimd.Zero, s0R = TSimd.Zero;
        TVector s1L = TSimd.Zero, s1R = TSimd.Zero;
        TVector s2L = TSimd.Zero, s2R = TSimd.Zero;
        TVector s3L = TSimd.Zero, s3R = TSimd.Zero;
        TVector s4L = TSimd.Zero, s4R = TSimd.Zero;
        TVector s5L = TSimd.Zero, s5R = TSimd.Zero;
        TVector s6L = TSimd.Zero, s6R = TSimd.Zero;
        TVector s7L = TSimd.Zero, s7R = TSimd.Zero;
        TVector s8L = TSimd.Zero, s8R = TSimd.Zero;
        TVector s9L = TSimd.Zero, s9R = TSimd.Zero;
        TVector s10L = TSimd.Zero, s10R = TSimd.Zero;
        TVector s11L = TSimd.Zero, s11R = TSimd.Zero;
        int width = TSimd.Count;
        for (int k = 0; k < depth; k++, a += 12, b += 2 * width)
        {
            TVector left = TSimd.Load(b), right = TSimd.Load(b + width);
            TVector a0 = TSimd.Broadcast(a[0]);
            s0L = TSimd.MultiplyAdd(a0, left, s0L);
            s0R = TSimd.MultiplyAdd(a0, right, s0R);
            TVector a1 = TSimd.Broadcast(a[1]);
            s1L = TSimd.MultiplyAdd(a1, left, s1L);
            s1R = TSimd.MultiplyAdd(a1, right, s1R);
            TVector a2 = TSimd.Broadcast(a[2]);
            s2L = TSimd.MultiplyAdd(a2, left, s2L);
            s2R = TSimd.MultiplyAdd(a2, right, s2R);
            TVector a3 = TSimd.Broadcast(a[3]);
            s3L = TSimd.MultiplyAdd(a3, left, s3L);
            s3R = TSimd.MultiplyAdd(a3, right, s3R);
            TVector a4 = TSimd.Broadcast(a[4]);
            s4L = TSimd.MultiplyAdd(a4, left, s4L);
            s4R = TSimd.MultiplyAdd(a4, right, s4R);
            TVector a5 = TSimd.Broadcast(a[5]);
            s5L = TSimd.MultiplyAdd(a5, left, s5L);
            s5R = TSimd.MultiplyAdd(a5, right, s5R);
            TVector a6 = TSimd.Broadcast(a[6]);
            s6L = TSimd.MultiplyAdd(a6, left, s6L);
            s6R = TSimd.MultiplyAdd(a6, right, s6R);
            TVector a7 = TSimd.Broadcast(a[7]);
            s7L = TSimd.MultiplyAdd(a7, left, s7L);
            s7R = TSimd.MultiplyAdd(a7, right, s7R);
            TVector a8 = TSimd.Broadcast(a[8]);
            s8L = TSimd.MultiplyAdd(a8, left, s8L);
            s8R = TSimd.MultiplyAdd(a8, right, s8R);
            TVector a9 = TSimd.Broadcast(a[9]);
            s9L = TSimd.MultiplyAdd(a9, left, s9L);
            s9R = TSimd.MultiplyAdd(a9, right, s9R);
            TVector a10 = TSimd.Broadcast(a[10]);
            s10L = TSimd.MultiplyAdd(a10, left, s10L);
            s10R = TSimd.MultiplyAdd(a10, right, s10R);
            TVector a11 = TSimd.Broadcast(a[11]);
            s11L = TSimd.MultiplyAdd(a11, left, s11L);
            s11R = TSimd.MultiplyAdd(a11, right, s11R);
        }

        StoreRow<TVector, TSimd>(c, s0L, s0R, accumulate);
        StoreRow<TVector, TSimd>(c + (1 * stride), s1L, s1R, accumulate);
        StoreRow<TVector, TSimd>(c + (2 * stride), s2L, s2R, accumulate);
        StoreRow<TVector, TSimd>(c + (3 * stride), s3L, s3R, accumulate);
        StoreRow<TVector, TSimd>(c + (4 * stride), s4L, s4R, accumulate);
        StoreRow<TVector, TSimd>(c + (5 * stride), s5L, s5R, accumulate);
        StoreRow<TVector, TSimd>(c + (6 * stride), s6L, s6R, accumulate);
        StoreRow<TVector, TSimd>(c + (7 * stride), s7L, s7R, accumulate);
        StoreRow<TVector, TSimd>(c + (8 * stride), s8L, s8R, accumulate);
        StoreRow<TVector, TSimd>(c + (9 * stride), s9L, s9R, accumulate);
        StoreRow<TVector, TSimd>(c + (10 * stride), s10L, s10R, accumulate);
        StoreRow<TVector, TSimd>(c + (11 * stride), s11L, s11R, accumulate);
    }

    /// <summary>6 rows by two vectors of columns; 12 sums stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6<TVector, TSimd>(T* a, T* b, int depth, T* c, nint stride, bool accumulate)
        where TSimd : struct, ISimd<TVector, T>
    {
        TVector s0L = TSimd.Zero, s0R = TSimd.Zero;
        TVector s1L = TSimd.Zero, s1R = TSimd.Zero;
        TVector s2L = TSimd.Zero, s2R = TSimd.Zero;
        TVector s3L = TSimd.Zero, s3R = TSimd.Zero;
        TVector s4L = TSimd.Zero, s4R = TSimd.Zero;
        TVector s5L = TSimd.Zero, s5R = TSimd.Zero;
        int width = TSimd.Count;
        for (int k = 0; k < depth; k++, a += 6, b += 2 * width)
        {
            TVector left = TSimd.Load(b), right = TSimd.Load(b + width);
            TVector a0 = TSimd.Broadcast(a[0]);
            s0L = TSimd.MultiplyAdd(a0, left, s0L);
            s0R = TSimd.MultiplyAdd(a0, right, s0R);
            TVector a1 = TSimd.Broadcast(a[1]);
            s1L = TSimd.MultiplyAdd(a1, left, s1L);
            s1R = TSimd.MultiplyAdd(a1, right, s1R);
            TVector a2 = TSimd.Broadcast(a[2]);
            s2L = TSimd.MultiplyAdd(a2, left, s2L);
            s2R = TSimd.MultiplyAdd(a2, right, s2R);
            TVector a3 = TSimd.Broadcast(a[3]);
            s3L = TSimd.MultiplyAdd(a3, left, s3L);
            s3R = TSimd.MultiplyAdd(a3, right, s3R);
            TVector a4 = TSimd.Broadcast(a[4]);
            s4L = TSimd.MultiplyAdd(a4, left, s4L);
            s4R = TSimd.MultiplyAdd(a4, right, s4R);
            TVector a5 = TSimd.Broadcast(a[5]);
            s5L = TSimd.MultiplyAdd(a5, left, s5L);
            s5R = TSimd.MultiplyAdd(a5, right, s5R);
        }

        StoreRow<TVector, TSimd>(c, s0L, s0R, accumulate);
        StoreRow<TVector, TSimd>(c + (1 * stride), s1L, s1R, accumulate);
        StoreRow<TVector, TSimd>(c + (2 * stride), s2L, s2R, accumulate);
        StoreRow<TVector, TSimd>(c + (3 * stride), s3L, s3R, accumulate);
        StoreRow<TVector, TSimd>(c + (4 * stride), s4L, s4R, accumulate);
        StoreRow<TVector, TSimd>(c + (5 * stride), s5L, s5R, accumulate);
    }

    /// <summary>2 rows by two vectors of columns; 4 sums stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2<TVector, TSimd>(T* a, T* b, int depth, T* c, nint stride, bool accumulate)
        where TSimd : struct, ISimd<TVector, T>
    {
        TVector s0L = TSimd.Zero, s0R = TSimd.Zero;
        TVector s1L = TSimd.Zero, s1R = TSimd.Zero;
        int width = TSimd.Count;
        for (int k = 0; k < depth; k++, a += 2, b += 2 * width)
        {
            TVector left = TSimd.Load(b), right = TSimd.Load(b + width);
            TVector a0 = TSimd.Broadcast(a[0]);
            s0L = TSimd.MultiplyAdd(a0, left, s0L);
            s0R = TSimd.MultiplyAdd(a0, right, s0R);
            TVector a1 = TSimd.Broadcast(a[1]);
            s1L = TSimd.MultiplyAdd(a1, left, s1L);
            s1R = TSimd.MultiplyAdd(a1, right, s1R);
        }

        StoreRow<TVector, TSimd>(c, s0L, s0R, accumulate);
        StoreRow<TVector, TSimd>(c + (1 * stride), s1L, s1R, accumulate);
    }

    /// <summary>1 row by two vectors of columns; 2 sums stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1<TVector, TSimd>(T* a, T* b, int depth, T* c, bool accumulate)
        where TSimd : struct, ISimd<TVector, T>
    {
        TVector s0L = TSimd.Zero, s0R = TSimd.Zero;
        int width = TSimd.Count;
        for (int k = 0; k < depth; k++, a++, b += 2 * width)
        {
            TVector left = TSimd.Load(b), right = TSimd.Load(b + width);
            TVector a0 = TSimd.Broadcast(*a);
            s0L = TSimd.MultiplyAdd(a0, left, s0L);
            s0R = TSimd.MultiplyAdd(a0, right, s0R);
        }

        StoreRow<TVector, TSimd>(c, s0L, s0R, accumulate);
    }

    /// <summary>One row by eight vectors of columns of an unpacked B.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row8<TVector, TSimd>(T* a, nint aStep, T* b, nint bStride, int depth, T* c, bool accumulate)
        where TSimd : struct, ISimd<TVector, T>
    {
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        TVector s4 = TSimd.Zero, s5 = TSimd.Zero, s6 = TSimd.Zero, s7 = TSimd.Zero;
        int width = TSimd.Count;
        for (int k = 0; k < depth; k++, a += aStep, b += bStride)
        {
            TVector value = TSimd.Broadcast(*a);
            s0 = TSimd.MultiplyAdd(value, TSimd.Load(b), s0);
            s1 = TSimd.MultiplyAdd(value, TSimd.Load(b + width), s1);
            s2 = TSimd.MultiplyAdd(value, TSimd.Load(b + (2 * width)), s2);
            s3 = TSimd.MultiplyAdd(value, TSimd.Load(b + (3 * width)), s3);
            s4 = TSimd.MultiplyAdd(value, TSimd.Load(b + (4 * width)), s4);
            s5 = TSimd.MultiplyAdd(value, TSimd.Load(b + (5 * width)), s5);
            s6 = TSimd.MultiplyAdd(value, TSimd.Load(b + (6 * width)), s6);
            s7 = TSimd.MultiplyAdd(value, TSimd.Load(b + (7 * width)), s7);
        }

        StoreRow<TVector, TSimd>(c, s0, s1, accumulate);
        StoreRow<TVector, TSimd>(c + (2 * width), s2, s3, accumulate);
        StoreRow<TVector, TSimd>(c + (4 * width), s4, s5, accumulate);
        StoreRow<TVector, TSimd>(c + (6 * width), s6, s7, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<TVector, TSimd>(T* c, TVector left, TVector right, bool accumulate)
        where TSimd : struct, ISimd<TVector, T>
    {
        if (accumulate)
        {
            left = TSimd.Add(TSimd.Load(c), left);
            right = TSimd.Add(TSimd.Load(c + TSimd.Count), right);
        }

        TSimd.Store(c, left);
        TSimd.Store(c + TSimd.Count, right);
    }
}
