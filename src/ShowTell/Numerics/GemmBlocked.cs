using System.Numerics;

namespace ShowTell.Numerics;

/// <summary>
/// The product cut into blocks that stay in cache, their elements copied ("packed") into the order in which the kernel
/// reads them: the scheme of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
/// </summary>
internal static unsafe class GemmBlocked
{
    // Block sizes: a KC x NR sliver of B stays in the first-level cache, an MC x KC block of A in the second.
    public const int KC = 256;
    private const int MC = 144;
    private const int NC = 1024;

    /// <summary>Below this many multiply-adds a product stays on the calling thread.</summary>
    private const long ParallelThreshold = 1 << 18;

    /// <summary>With no more rows than this, B is read where it lies instead of being packed first.</summary>
    private const int FewRows = 3;

    /// <summary>Multiplies into C, m x n, with inner dimension k.</summary>
    public static void Run<T>(GemmFactor<T> a, GemmFactor<T> b, T* c, int stride, int m, int n, int k, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GemmJob<T> job = GemmJob<T>.ForThisThread;
        job.A = a;
        job.B = b;
        job.C = c;
        job.CStride = stride;
        (job.M, job.N, job.K, job.Accumulate) = (m, n, k, accumulate);
        job.AlongColumns = n >= m;
        int tiles = job.AlongColumns
            ? RoundUp(n, GemmKernel<T>.NR) / GemmKernel<T>.NR
            : RoundUp(m, GemmKernel<T>.MR) / GemmKernel<T>.MR;
        job.Parts = (long)m * n * k < ParallelThreshold ? 1 : Math.Min(Workers.Count, tiles);
        Workers.Run(job, job.Parts);
    }

    public static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;

    /// <summary>
    /// Copies columns [<paramref name="j0"/>, j0 + <paramref name="columns"/>) of B's rows [<paramref name="k0"/>, k0 +
    /// <paramref name="depth"/>) into slivers of NR columns; what the last one lacks is zero.
    /// </summary>
    public static void PackB<T>(GemmFactor<T> b, int j0, int columns, int k0, int depth, T* target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int nr = GemmKernel<T>.NR;
        for (int j = 0; j < columns; j += nr, target += (nint)nr * depth)
        {
            T* source = b.Elements + (k0 * b.RowStep) + ((j0 + j) * b.ColumnStep);
            Pack(source, b.ColumnStep, b.RowStep, Math.Min(nr, columns - j), depth, nr, target);
        }
    }

    /// <summary>One sliver: all its lines of one depth side by side, then those of the next.</summary>
    private static void Pack<T>(T* source, nint lineStep, nint depthStep, int lines, int depth, int width, T* target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (lines < width)
        {
            new Span<T>(target, width * depth).Clear();
        }

        if (lineStep == 1)
        {
            for (int p = 0; p < depth; p++)
            {
                new ReadOnlySpan<T>(source + (p * depthStep), lines).CopyTo(new Span<T>(target + (p * width), lines));
            }

            return;
        }

        for (int l = 0; l < lines; l++)
        {
            T* from = source + (l * lineStep);
            T* to = target + l;
            for (int p = 0; p < depth; p++)
            {
                to[p * width] = from[p * depthStep];
            }
        }
    }

    /// <summary>A product, cut along C's longer side; each part computes its own rows or columns of C.</summary>
    private sealed class GemmJob<T> : WorkerJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static GemmJob<T>? t_job;

        public GemmFactor<T> A, B;
        public T* C;
        public nint CStride;
        public int M, N, K, Parts;
        public bool Accumulate, AlongColumns;

        public static GemmJob<T> ForThisThread => t_job ??= new GemmJob<T>();

        public override void Run(int part)
        {
            int unit = AlongColumns ? GemmKernel<T>.NR : GemmKernel<T>.MR;
            int length = AlongColumns ? N : M;
            int tiles = RoundUp(length, unit) / unit;
            int start = (int)((long)tiles * part / Parts) * unit;
            int end = Math.Min(length, (int)((long)tiles * (part + 1) / Parts) * unit);
            if (M <= FewRows && AlongColumns && !B.IsPacked && B.ColumnStep == 1)
            {
                int wide = (end - start) / RowWidth * RowWidth;
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

        /// <summary>Columns that <see cref="GemmKernel{T}.RunRow"/> computes at a time.</summary>
        private static int RowWidth => 4 * GemmKernel<T>.NR;

        /// <summary>Computes columns [j0, j1) of C row by row, with the same sums as <see cref="RunPart"/>.</summary>
        private void RunRows(int j0, int j1)
        {
            for (int pc = 0; pc < K; pc += KC)
            {
                int depth = Math.Min(KC, K - pc);
                for (int j = j0; j < j1; j += RowWidth)
                {
                    for (int i = 0; i < M; i++)
                    {
                        T* a = A.Elements + (i * A.RowStep) + (pc * A.ColumnStep);
                        T* b = B.Elements + (pc * B.RowStep) + j;
                        T* c = C + (i * CStride) + j;
                        GemmKernel<T>.RunRow(a, A.ColumnStep, b, B.RowStep, depth, c, Accumulate || pc > 0);
                    }
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

            int kc = Math.Min(KC, K);
            T* packedA = PackBuffer.Get<T>(0, Math.Min(MC, i1 - i0) * kc);
            T* ownB = B.IsPacked ? null : PackBuffer.Get<T>(1, RoundUp(Math.Min(NC, j1 - j0), GemmKernel<T>.NR) * kc);
            for (int jc = j0; jc < j1; jc += NC)
            {
                int nc = Math.Min(NC, j1 - jc);
                for (int pc = 0; pc < K; pc += KC)
                {
                    int depth = Math.Min(KC, K - pc);
                    T* packedB = ownB;
                    if (ownB is null)
                    {
                        packedB = B.Elements + ((nint)pc * RoundUp(N, GemmKernel<T>.NR)) + ((nint)jc * depth);
                    }
                    else
                    {
                        PackB(B, jc, nc, pc, depth, ownB);
                    }

                    for (int ic = i0; ic < i1; ic += MC)
                    {
                        int mc = Math.Min(MC, i1 - ic);
                        PackA(ic, mc, pc, depth, packedA);
                        MultiplyBlock(packedA, packedB, C + (ic * CStride) + jc, mc, nc, depth, Accumulate || pc > 0);
                    }
                }
            }
        }

        private void PackA(int i0, int rows, int k0, int depth, T* target)
        {
            for (int i = 0, height; i < rows; i += height, target += (nint)height * depth)
            {
                height = GemmKernel<T>.TileRows(rows - i);
                T* source = A.Elements + ((i0 + i) * A.RowStep) + (k0 * A.ColumnStep);
                Pack(source, A.RowStep, A.ColumnStep, height, depth, height, target);
            }
        }

        private void MultiplyBlock(T* packedA, T* packedB, T* c, int mc, int nc, int depth, bool accumulate)
        {
            int nr = GemmKernel<T>.NR;
            for (int j = 0; j < nc; j += nr)
            {
                for (int i = 0, height; i < mc; i += height)
                {
                    height = GemmKernel<T>.TileRows(mc - i);
                    GemmKernel<T>.Run(
                        packedA + (i * depth), packedB + (j * depth), depth, c + (i * CStride) + j, CStride,
                        height, Math.Min(nr, nc - j), accumulate);
                }
            }
        }
    }
}
