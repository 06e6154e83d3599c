using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ShowTell.Numerics;

/// <summary>
/// The innermost part of a product: one tile of C from a packed sliver of A and one of B. The tallest tile fills the
/// machine's registers: 12 rows with 32 registers (AVX-512, Arm), 6 with 16 (AVX2). All tiles sum an element in the
/// same order.
/// </summary>
internal static unsafe class GemmKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Slivers that <see cref="RunRow"/> takes at a time.</summary>
    private const int RowSlivers = 4;

    private static readonly int s_vectorLength =
        Vector512.IsHardwareAccelerated ? Vector512<T>.Count
        : Vector256.IsHardwareAccelerated ? Vector256<T>.Count
        : Vector128<T>.Count;

    /// <summary>Rows of the tallest tile.</summary>
    public static int MR { get; } = Vector512.IsHardwareAccelerated || !Vector256.IsHardwareAccelerated ? 12 : 6;

    /// <summary>Columns of a tile, and of a sliver of B.</summary>
    public static int NR { get; } = 2 * s_vectorLength;

    /// <summary>
    /// The number of rows of the next tile: as few tiles as possible, of similar height, because a low tile reads as
    /// much of B as a tall one.
    /// </summary>
    public static int TileRows(int rows)
    {
        int tiles = (rows + MR - 1) / MR;
        return (rows + tiles - 1) / tiles;
    }

    /// <summary>
    /// Computes <paramref name="rows"/> rows of C (at most <see cref="MR"/>) from one packed sliver of A and as many
    /// packed slivers of B as <paramref name="columns"/> need, and writes them to <paramref name="c"/>, added to
    /// <paramref name="initial"/> if that is not null: C itself, or another matrix, whose rows are
    /// <paramref name="initialStride"/> apart.
    /// </summary>
    public static void Run(
        T* a, T* b, int depth, T* c, nint stride, T* initial, nint initialStride, int rows, int columns)
    {
        if (rows == 1)
        {
            RunRow(a, 1, b, NR, (nint)NR * depth, depth, c, initial, columns);
            return;
        }

        T* edge = stackalloc T[MR * NR];
        for (int j = 0; j < columns; j += NR, b += NR * depth, c += NR)
        {
            if (columns - j >= NR)
            {
                Prefetch(c, stride, rows);
                RunTile(a, b, depth, c, stride, initial, initialStride, rows);
            }
            else
            {
                RunTile(a, b, depth, edge, NR, null, 0, rows);
                CopyEdge(edge, NR, c, stride, initial, initialStride, rows, columns - j);
            }

            initial = initial == null ? null : initial + NR;
        }
    }

    /// <summary>
    /// Computes one row of C, up to eight vectors at a time: two alone would wait for each other. B's rows are
    /// <paramref name="bStep"/> apart, its slivers <paramref name="sliverStep"/>: it may be packed or, for whole
    /// slivers, in place.
    /// </summary>
    public static void RunRow(
        T* a, nint aStep, T* b, nint bStep, nint sliverStep, int depth, T* c, T* initial, int columns)
    {
        T* edge = stackalloc T[RowSlivers * NR];
        for (int j = 0, slivers; j < columns; j += slivers * NR, b += slivers * sliverStep)
        {
            slivers = Math.Min(RowSlivers, (columns - j + NR - 1) / NR);
            T* start = initial == null ? null : initial + j;
            if (columns - j >= slivers * NR)
            {
                RunSlivers(a, aStep, b, bStep, sliverStep, depth, c + j, start, slivers);
            }
            else
            {
                RunSlivers(a, aStep, b, bStep, sliverStep, depth, edge, null, slivers);
                CopyEdge(edge, 0, c + j, 0, start, 0, 1, columns - j);
            }
        }
    }

    /// <summary>Prefetches a tile of C while its sums are computed, where .NET supports it.</summary>
    private static void Prefetch(T* c, nint stride, int rows)
    {
        if (Sse.IsSupported)
        {
            for (int i = 0; i < rows; i++, c += stride)
            {
                Sse.Prefetch0(c);
                Sse.Prefetch0(c + (NR / 2));
            }
        }
    }

    /// <summary>Copies the existing columns of a tile at the right edge of C.</summary>
    private static void CopyEdge(
        T* tile, nint tileStride, T* c, nint stride, T* initial, nint initialStride, int rows, int columns)
    {
        for (int i = 0; i < rows; i++, tile += tileStride, c += stride, initial += initialStride)
        {
            for (int j = 0; j < columns; j++)
            {
                c[j] = initial == null ? tile[j] : initial[j] + tile[j];
            }
        }
    }

    private static void RunTile(T* a, T* b, int depth, T* c, nint stride, T* initial, nint initialStride, int rows)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            RunTile<Vector512<T>, Simd512<T>>(a, b, depth, c, stride, initial, initialStride, rows);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            RunTile<Vector256<T>, Simd256<T>>(a, b, depth, c, stride, initial, initialStride, rows);
        }
        else
        {
            RunTile<Vector128<T>, Simd128<T>>(a, b, depth, c, stride, initial, initialStride, rows);
        }
    }

    private static void RunTile<TVector, TSimd>(
        T* a, T* b, int depth, T* c, nint stride, T* initial, nint initialStride, int rows)
        where TSimd : struct, ISimd<TVector, T>
    {
        switch (rows)
        {
            case 2: Tile<TVector, TSimd, Two>(a, b, depth, c, stride, initial, initialStride); break;
            case 3: Tile<TVector, TSimd, Three>(a, b, depth, c, stride, initial, initialStride); break;
            case 4: Tile<TVector, TSimd, Four>(a, b, depth, c, stride, initial, initialStride); break;
            case 5: Tile<TVector, TSimd, Five>(a, b, depth, c, stride, initial, initialStride); break;
            case 6: Tile<TVector, TSimd, Six>(a, b, depth, c, stride, initial, initialStride); break;
            case 7: Tile<TVector, TSimd, Seven>(a, b, depth, c, stride, initial, initialStride); break;
            case 8: Tile<TVector, TSimd, Eight>(a, b, depth, c, stride, initial, initialStride); break;
            case 9: Tile<TVector, TSimd, Nine>(a, b, depth, c, stride, initial, initialStride); break;
            case 10: Tile<TVector, TSimd, Ten>(a, b, depth, c, stride, initial, initialStride); break;
            case 11: Tile<TVector, TSimd, Eleven>(a, b, depth, c, stride, initial, initialStride); break;
            default: Tile<TVector, TSimd, Twelve>(a, b, depth, c, stride, initial, initialStride); break;
        }
    }

    private static void RunSlivers(
        T* a, nint aStep, T* b, nint bStep, nint sliverStep, int depth, T* c, T* initial, int slivers)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            RunSlivers<Vector512<T>, Simd512<T>>(a, aStep, b, bStep, sliverStep, depth, c, initial, slivers);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            RunSlivers<Vector256<T>, Simd256<T>>(a, aStep, b, bStep, sliverStep, depth, c, initial, slivers);
        }
        else
        {
            RunSlivers<Vector128<T>, Simd128<T>>(a, aStep, b, bStep, sliverStep, depth, c, initial, slivers);
        }
    }

    private static void RunSlivers<TVector, TSimd>(
        T* a, nint aStep, T* b, nint bStep, nint sliverStep, int depth, T* c, T* initial, int slivers)
        where TSimd : struct, ISimd<TVector, T>
    {
        switch (slivers)
        {
            case 1: Row<TVector, TSimd, One>(a, aStep, b, bStep, sliverStep, depth, c, initial); break;
            case 2: Row<TVector, TSimd, Two>(a, aStep, b, bStep, sliverStep, depth, c, initial); break;
            case 3: Row<TVector, TSimd, Three>(a, aStep, b, bStep, sliverStep, depth, c, initial); break;
            default: Row<TVector, TSimd, Four>(a, aStep, b, bStep, sliverStep, depth, c, initial); break;
        }
    }

    /// <summary>A few rows by one sliver, two vectors; all sums stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TVector, TSimd, TRows>(
        T* a, T* b, int depth, T* c, nint stride, T* initial, nint initialStride)
        where TSimd : struct, ISimd<TVector, T>
        where TRows : struct, ICount
    {
        TVector s0L = TSimd.Zero, s1L = s0L, s2L = s0L, s3L = s0L, s4L = s0L, s5L = s0L;
        TVector s6L = s0L, s7L = s0L, s8L = s0L, s9L = s0L, s10L = s0L, s11L = s0L;
        TVector s0R = s0L, s1R = s0L, s2R = s0L, s3R = s0L, s4R = s0L, s5R = s0L;
        TVector s6R = s0L, s7R = s0L, s8R = s0L, s9R = s0L, s10R = s0L, s11R = s0L;
        for (int k = 0; k < depth; k++, a += TRows.Value, b += 2 * TSimd.Count)
        {
            TVector left = TSimd.Load(b), right = TSimd.Load(b + TSimd.Count);
            Add<TVector, TSimd, TRows>(0, a, left, right, ref s0L, ref s0R);
            Add<TVector, TSimd, TRows>(1, a, left, right, ref s1L, ref s1R);
            Add<TVector, TSimd, TRows>(2, a, left, right, ref s2L, ref s2R);
            Add<TVector, TSimd, TRows>(3, a, left, right, ref s3L, ref s3R);
            Add<TVector, TSimd, TRows>(4, a, left, right, ref s4L, ref s4R);
            Add<TVector, TSimd, TRows>(5, a, left, right, ref s5L, ref s5R);
            Add<TVector, TSimd, TRows>(6, a, left, right, ref s6L, ref s6R);
            Add<TVector, TSimd, TRows>(7, a, left, right, ref s7L, ref s7R);
            Add<TVector, TSimd, TRows>(8, a, left, right, ref s8L, ref s8R);
            Add<TVector, TSimd, TRows>(9, a, left, right, ref s9L, ref s9R);
            Add<TVector, TSimd, TRows>(10, a, left, right, ref s10L, ref s10R);
            Add<TVector, TSimd, TRows>(11, a, left, right, ref s11L, ref s11R);
        }

        Store<TVector, TSimd, TRows>(0, c, s0L, s0R, initial);
        Store<TVector, TSimd, TRows>(1, c += stride, s1L, s1R, initial += initialStride);
        Store<TVector, TSimd, TRows>(2, c += stride, s2L, s2R, initial += initialStride);
        Store<TVector, TSimd, TRows>(3, c += stride, s3L, s3R, initial += initialStride);
        Store<TVector, TSimd, TRows>(4, c += stride, s4L, s4R, initial += initialStride);
        Store<TVector, TSimd, TRows>(5, c += stride, s5L, s5R, initial += initialStride);
        Store<TVector, TSimd, TRows>(6, c += stride, s6L, s6R, initial += initialStride);
        Store<TVector, TSimd, TRows>(7, c += stride, s7L, s7R, initial += initialStride);
        Store<TVector, TSimd, TRows>(8, c += stride, s8L, s8R, initial += initialStride);
        Store<TVector, TSimd, TRows>(9, c += stride, s9L, s9R, initial += initialStride);
        Store<TVector, TSimd, TRows>(10, c += stride, s10L, s10R, initial += initialStride);
        Store<TVector, TSimd, TRows>(11, c += stride, s11L, s11R, initial += initialStride);
    }

    /// <summary>One row by a few slivers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TVector, TSimd, TSlivers>(
        T* a, nint aStep, T* b0, nint bStep, nint sliverStep, int depth, T* c, T* initial)
        where TSimd : struct, ISimd<TVector, T>
        where TSlivers : struct, ICount
    {
        TVector s0L = TSimd.Zero, s1L = s0L, s2L = s0L, s3L = s0L;
        TVector s0R = s0L, s1R = s0L, s2R = s0L, s3R = s0L;
        T* b1 = b0 + sliverStep, b2 = b1 + sliverStep, b3 = b2 + sliverStep;
        for (int k = 0; k < depth; k++, a += aStep)
        {
            TVector value = TSimd.Broadcast(*a);
            AddSliver<TVector, TSimd, TSlivers>(0, value, ref b0, bStep, ref s0L, ref s0R);
            AddSliver<TVector, TSimd, TSlivers>(1, value, ref b1, bStep, ref s1L, ref s1R);
            AddSliver<TVector, TSimd, TSlivers>(2, value, ref b2, bStep, ref s2L, ref s2R);
            AddSliver<TVector, TSimd, TSlivers>(3, value, ref b3, bStep, ref s3L, ref s3R);
        }

        nint next = 2 * TSimd.Count, initialNext = initial == null ? 0 : next;
        Store<TVector, TSimd, TSlivers>(0, c, s0L, s0R, initial);
        Store<TVector, TSimd, TSlivers>(1, c += next, s1L, s1R, initial += initialNext);
        Store<TVector, TSimd, TSlivers>(2, c += next, s2L, s2R, initial += initialNext);
        Store<TVector, TSimd, TSlivers>(3, c += next, s3L, s3R, initial += initialNext);
    }

    /// <summary>The next term of row <paramref name="i"/>'s sums, if the tile has such a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TVector, TSimd, TRows>(
        int i, T* a, TVector bLeft, TVector bRight, ref TVector left, ref TVector right)
        where TSimd : struct, ISimd<TVector, T>
        where TRows : struct, ICount
    {
        if (i < TRows.Value)
        {
            TVector value = TSimd.Broadcast(a[i]);
            left = TSimd.MultiplyAdd(value, bLeft, left);
            right = TSimd.MultiplyAdd(value, bRight, right);
        }
    }

    /// <summary>The next term of sliver <paramref name="i"/>'s sums, if there is such a sliver.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSliver<TVector, TSimd, TSlivers>(
        int i, TVector value, ref T* b, nint bStep, ref TVector left, ref TVector right)
        where TSimd : struct, ISimd<TVector, T>
        where TSlivers : struct, ICount
    {
        if (i < TSlivers.Value)
        {
            left = TSimd.MultiplyAdd(value, TSimd.Load(b), left);
            right = TSimd.MultiplyAdd(value, TSimd.Load(b + TSimd.Count), right);
            b += bStep;
        }
    }

    /// <summary>Writes the sums of row or sliver <paramref name="i"/>, if there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector, TSimd, TCount>(int i, T* c, TVector left, TVector right, T* initial)
        where TSimd : struct, ISimd<TVector, T>
        where TCount : struct, ICount
    {
        if (i < TCount.Value)
        {
            if (initial != null)
            {
                left = TSimd.Add(TSimd.Load(initial), left);
                right = TSimd.Add(TSimd.Load(initial + TSimd.Count), right);
            }

            TSimd.Store(c, left);
            TSimd.Store(c + TSimd.Count, right);
        }
    }

    /// <summary>A number that is constant to the JIT, so that code for rows beyond it is removed.</summary>
    private interface ICount
    {
        static abstract int Value { get; }
    }

    private readonly struct One : ICount { public static int Value => 1; }

    private readonly struct Two : ICount { public static int Value => 2; }

    private readonly struct Three : ICount { public static int Value => 3; }

    private readonly struct Four : ICount { public static int Value => 4; }

    private readonly struct Five : ICount { public static int Value => 5; }

    private readonly struct Six : ICount { public static int Value => 6; }

    private readonly struct Seven : ICount { public static int Value => 7; }

    private readonly struct Eight : ICount { public static int Value => 8; }

    private readonly struct Nine : ICount { public static int Value => 9; }

    private readonly struct Ten : ICount { public static int Value => 10; }

    private readonly struct Eleven : ICount { public static int Value => 11; }

    private readonly struct Twelve : ICount { public static int Value => 12; }
}
