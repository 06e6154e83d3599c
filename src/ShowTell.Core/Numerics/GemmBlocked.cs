using System.Runtime.Intrinsics.X86;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics;

namespace ShowTell.Numerics;

/// <summary>
/// The product in blocks that stay in cache, packed in the order in which the kernel reads them (Goto and van de Geijn,
/// "Anatomy of high-performance matrix multiplication", 2008).
/// </summary>
internal static unsafe class GemmBlocked
{
    /// <summary>
    /// The depth of a block. An MR x KC sliver of A, used with every sliver of B, stays in the first-level cache. Sums
    /// run over one block's depth, then are added to C: changing KC changes last bits.
    /// </summary>
    public const int KC = 512;

    /// <summary>The columns of a block of B, used with every sliver of A.</summary>
    private const int NC = 1024;

    /// <summary>With fewer multiply-adds, a product stays on the calling thread.</summary>
    private const long ParallelThreshold = 1 << 18;

    /// <summary>Up to this number of rows, B is read in place instead of being packed.</summary>
    private const int FewRows = 3;

    /// <summary>Multiplies into C, m x n, with inner dimension k.</summary>
    public static void Run<T>(GemmFactor<T> a, GemmFactor<T> b, GemmTarget<T> c, int m, int n, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GemmJob<T> job = GemmJob<T>.ForThisThread;
        job.A = a;
        job.B = b;
        job.C = c;
        (job.M, job.N, job.K) = (m, n, k);
        job.AlongColumns = n >= m;
        int tiles = job.AlongColumns
            ? RoundUp(n, GemmKernel<T>.NR) / GemmKernel<T>.NR
            : RoundUp(m, GemmKernel<T>.MR) / GemmKernel<T>.MR;
        job.Parts = (long)m * n * k < ParallelThreshold ? 1 : Math.Min(Workers.Count, tiles);
        Workers.Run(job, job.Parts);
    }

    public static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;

    /// <summary>A product, divided along C's longer side; each part computes its own rows or columns of C.</summary>
    private sealed class GemmJob<T> : WorkerJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static GemmJob<T>? t_job;

        public GemmFactor<T> A, B;
        public GemmTarget<T> C;
        public int M, N, K, Parts;
        public bool AlongColumns;

        public static GemmJob<T> ForThisThread => t_job ??= new GemmJob<T>();

        public override void Run(int part)
        {
            int unit = AlongColumns ? GemmKernel<T>.NR : GemmKernel<T>.MR;
            int length = AlongColumns ? N : M;
            int tiles = RoundUp(length, unit) / unit;
            (int firstTile, int endTile) = Share(tiles, part, Parts);
            int start = firstTile * unit, end = Math.Min(length, endTile * unit);
            if (M <= FewRows && AlongColumns && !B.IsPacked && B.ColumnStep == 1)
            {
                int wide = (end - start) / unit * unit;
                RunRows(start, start + wide);
                RunPart(0, M, start + wide, end);
            }
            else if (AlongColumns)
            {
                RunPart(0, M, start, end);
            }
            else
            {
                RunPart(start, end, 0, N);
            }
        }

        /// <summary>Computes columns [j0, j1) of C row by row, with the same sums as <see cref="RunPart"/>.</summary>
        private void RunRows(int j0, int j1)
        {
            for (int pc = 0; pc < K; pc += KC)
            {
                int depth = Math.Min(KC, K - pc);
                for (int i = 0; i < M; i++)
                {
                    T* a = A.Elements + (i * A.RowStep) + (pc * A.ColumnStep);
                    T* b = B.Elements + (pc * B.RowStep) + j0;
                    GemmTarget<T> c = C.At(i, j0, isFirst: pc == 0);
                    GemmKernel<T>.RunRow(
                        a, A.ColumnStep, b, B.RowStep, GemmKernel<T>.NR, depth, c.Elements, c.Initial, j1 - j0);
                }
            }
        }

        /// <summary>Computes rows [i0, i1) and columns [j0, j1) of C.</summary>
        private void RunPart(int i0, int i1, int j0, int j1)
        {
            if (j0 == j1)
            {
                return;
            }

            int kc = Math.Min(KC, K), nr = GemmKernel<T>.NR;
            T* packedA = PackBuffer.Get<T>(0, GemmKernel<T>.MR * kc);
            T* ownB = B.IsPacked ? null : PackBuffer.Get<T>(1, RoundUp(Math.Min(NC, j1 - j0), nr) * kc);
            for (int jc = j0; jc < j1; jc += NC)
            {
                int nc = Math.Min(NC, j1 - jc);
                for (int pc = 0; pc < K; pc += KC)
                {
                    int depth = Math.Min(KC, K - pc);
                    T* packedB = ownB;
                    if (ownB is null)
                    {
                        packedB = B.Elements + ((nint)pc * RoundUp(N, nr)) + ((nint)jc * depth);
                    }
                    else
                    {
                        GemmPack<T>.PackB(B, jc, nc, pc, depth, ownB);
                    }

                    for (int i = i0, height; i < i1; i += height)
                    {
                        height = GemmKernel<T>.TileRows(i1 - i);
                        T* a = A.Elements + (i * A.RowStep) + (pc * A.ColumnStep);
                        GemmPack<T>.Pack(a, A.RowStep, A.ColumnStep, height, depth, height, packedA);
                        GemmTarget<T> c = C.At(i, jc, isFirst: pc == 0);
                        GemmKernel<T>.Run(
                            packedA, packedB, depth, c.Elements, c.Stride, c.Initial, c.InitialStride, height, nc);
                    }
                }
            }
        }
    }
}

/// <summary>
/// A factor of a product. Element (i, k) is at i * RowStep + k * ColumnStep, or in the order of
/// <see cref="PackedMatrix{T}"/> if packed.
/// </summary>
internal unsafe struct GemmFactor<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* Elements;
    public nint RowStep, ColumnStep;
    public bool IsPacked;

    public GemmFactor(T* elements, int stride, bool transposed)
    {
        Elements = elements;
        RowStep = transposed ? 1 : stride;
        ColumnStep = transposed ? stride : 1;
    }
}

/// <summary>
/// Where a product goes, and what it is added to: nothing (null), the target, or one row for all rows (stride 0).
/// </summary>
internal unsafe struct GemmTarget<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* Elements, Initial;
    public nint Stride, InitialStride;

    public GemmTarget(T* elements, int stride, bool accumulate)
    {
        Elements = elements;
        Stride = stride;
        Initial = accumulate ? elements : null;
        InitialStride = accumulate ? stride : 0;
    }

    public GemmTarget(T* elements, int stride, T* row)
    {
        Elements = elements;
        Stride = stride;
        Initial = row;
    }

    /// <summary>The part from a row and column on; after the first write, products are added to it.</summary>
    public readonly GemmTarget<T> At(int row, int column, bool isFirst)
    {
        var part = new GemmTarget<T>(Elements + (row * Stride) + column, (int)Stride, accumulate: true);
        if (isFirst)
        {
            part.Initial = Initial == null ? null : Initial + (row * InitialStride) + column;
            part.InitialStride = InitialStride;
        }

        return part;
    }
}

/// <summary>
/// Copies blocks of factors into the order in which the kernel reads them: slivers of a few lines (rows of A, columns
/// of B), depth by depth, with the elements of all lines at one depth side by side.
/// </summary>
internal static unsafe class GemmPack<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Rows of an untransposed B that are copied to all slivers at a time, so that memory is read along rows.
    /// </summary>
    private const int RowsOfB = 8;

    /// <summary>
    /// Copies columns [<paramref name="j0"/>, j0 + <paramref name="columns"/>) of B's rows [<paramref name="k0"/>, k0 +
    /// <paramref name="depth"/>) into slivers of NR columns; missing columns are zero.
    /// </summary>
    public static void PackB(GemmFactor<T> b, int j0, int columns, int k0, int depth, T* target)
    {
        int nr = GemmKernel<T>.NR, step = b.ColumnStep == 1 ? RowsOfB : depth;
        for (int k = 0; k < depth; k += step)
        {
            for (int j = 0; j < columns; j += nr)
            {
                T* source = b.Elements + ((k0 + k) * b.RowStep) + ((j0 + j) * b.ColumnStep);
                T* sliver = target + ((nint)j * depth) + (k * nr);
                Pack(source, b.ColumnStep, b.RowStep, Math.Min(nr, columns - j), Math.Min(step, depth - k), nr, sliver);
            }
        }
    }

    /// <summary>
    /// Copies one sliver, <paramref name="width"/> lines wide; missing lines are zero. One of the two steps is 1, as in
    /// every <see cref="GemmFactor{T}"/>.
    /// </summary>
    public static void Pack(T* source, nint lineStep, nint depthStep, int lines, int depth, int width, T* target)
    {
        if (lines < width)
        {
            new Span<T>(target, width * depth).Clear();
        }

        int lanes = Vector128<T>.Count;
        if (lineStep == 1)
        {
            CopyLines(source, depthStep, lines, depth, width, target);
        }
        else if (lines < lanes || depth < lanes || !CanZip)
        {
            TransposeElements(source, lineStep, lines, depth, width, target);
        }
        else
        {
            Transpose(source, lineStep, lines, depth, width, target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyLines(T* source, nint depthStep, int lines, int depth, int width, T* target)
    {
        int lanes = Vector128<T>.Count;
        for (int p = 0; p < depth; p++, source += depthStep, target += width)
        {
            int l = 0;
            for (; l <= lines - lanes; l += lanes)
            {
                Vector128.Store(Vector128.Load(source + l), target + l);
            }

            for (; l < lines; l++)
            {
                target[l] = source[l];
            }
        }
    }

    private static void TransposeElements(T* source, nint lineStep, int lines, int depth, int width, T* target)
    {
        for (int l = 0; l < lines; l++, source += lineStep, target++)
        {
            for (int p = 0; p < depth; p++)
            {
                target[p * width] = source[p];
            }
        }
    }

    /// <summary>
    /// Transposes lines in squares of one vector's lanes. The last square of a line, and the last lines, overlap the
    /// previous ones instead of being smaller.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(T* source, nint lineStep, int lines, int depth, int width, T* target)
    {
        int lanes = Vector128<T>.Count;
        for (int l = 0; l < lines; l += lanes)
        {
            int line = Math.Min(l, lines - lanes);
            T* from = source + (line * lineStep);
            T* to = target + line;
            for (int p = 0; p <= depth - lanes; p += lanes)
            {
                TransposeSquare(from + p, lineStep, to + ((nint)p * width), width);
            }

            int last = depth - lanes;
            TransposeSquare(from + last, lineStep, to + ((nint)last * width), width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeSquare(T* source, nint step, T* target, nint width)
    {
        Vector128<T> r0 = Vector128.Load(source), r1 = Vector128.Load(source + step);
        if (Vector128<T>.Count == 2)
        {
            ZipLow(r0, r1).Store(target);
            ZipHigh(r0, r1).Store(target + width);
            return;
        }

        Vector128<T> r2 = Vector128.Load(source + (2 * step)), r3 = Vector128.Load(source + (3 * step));
        Vector128<T> even = ZipLow(r0, r2), odd = ZipLow(r1, r3);
        ZipLow(even, odd).Store(target);
        ZipHigh(even, odd).Store(target + width);
        (even, odd) = (ZipHigh(r0, r2), ZipHigh(r1, r3));
        ZipLow(even, odd).Store(target + (2 * width));
        ZipHigh(even, odd).Store(target + (3 * width));
    }

    private static bool CanZip => Sse2.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <summary>Interleaves the lower halves: x0 y0 x1 y1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> ZipLow(Vector128<T> x, Vector128<T> y)
    {
        if (typeof(T) == typeof(float))
        {
            return Sse2.IsSupported
                ? Sse.UnpackLow(x.AsSingle(), y.AsSingle()).As<float, T>()
                : AdvSimd.Arm64.ZipLow(x.AsSingle(), y.AsSingle()).As<float, T>();
        }

        return Sse2.IsSupported
            ? Sse2.UnpackLow(x.AsDouble(), y.AsDouble()).As<double, T>()
            : AdvSimd.Arm64.ZipLow(x.AsDouble(), y.AsDouble()).As<double, T>();
    }

    /// <summary>Interleaves the upper halves: x2 y2 x3 y3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> ZipHigh(Vector128<T> x, Vector128<T> y)
    {
        if (typeof(T) == typeof(float))
        {
            return Sse2.IsSupported
                ? Sse.UnpackHigh(x.AsSingle(), y.AsSingle()).As<float, T>()
                : AdvSimd.Arm64.ZipHigh(x.AsSingle(), y.AsSingle()).As<float, T>();
        }

        return Sse2.IsSupported
            ? Sse2.UnpackHigh(x.AsDouble(), y.AsDouble()).As<double, T>()
            : AdvSimd.Arm64.ZipHigh(x.AsDouble(), y.AsDouble()).As<double, T>();
    }
}
