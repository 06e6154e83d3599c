using System.Numerics;
using System.Runtime.InteropServices;

namespace ShowTell.Numerics;

/// <summary>A factor of a product, possibly transposed: element (i, k) lies at i * RowStep + k * ColumnStep.</summary>
internal readonly ref struct GemmFactor<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public GemmFactor(ReadOnlyMatrixSpan<T> matrix, bool transposed)
    {
        Elements = matrix.Elements;
        Rows = transposed ? matrix.Columns : matrix.Rows;
        Columns = transposed ? matrix.Rows : matrix.Columns;
        RowStep = transposed ? 1 : matrix.Stride;
        ColumnStep = transposed ? matrix.Stride : 1;
    }

    public ReadOnlySpan<T> Elements { get; }

    public int Rows { get; }

    public int Columns { get; }

    public int RowStep { get; }

    public int ColumnStep { get; }
}

/// <summary>
/// The product cut into blocks that stay in cache, their elements copied into the order in which the kernel reads them:
/// the scheme of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
/// </summary>
internal static unsafe class GemmBlocked
{
    // Block sizes: a KC x NR sliver of B stays in the first-level cache, an MC x KC block of A in the second.
    private const int KC = 256;
    private const int MC = 144;
    private const int NC = 1024;

    /// <summary>Below this many multiply-adds a product stays on the calling thread.</summary>
    private const long ParallelThreshold = 1 << 18;

    public static void Run<T>(GemmFactor<T> a, GemmFactor<T> b, MatrixSpan<T> c, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int m = c.Rows, n = c.Columns, k = a.Columns;
        if (m == 0 || n == 0)
        {
            return;
        }

        if (k == 0)
        {
            if (!accumulate)
            {
                c.Clear();
            }

            return;
        }

        fixed (T* pa = a.Elements, pb = b.Elements, pc = c.Elements)
        {
            var product = new Product<T>
            {
                A = pa, ARowStep = a.RowStep, AColumnStep = a.ColumnStep,
                B = pb, BRowStep = b.RowStep, BColumnStep = b.ColumnStep,
                C = pc, CStride = c.Stride, M = m, N = n, K = k, Accumulate = accumulate,
            };
            int workers = (long)m * n * k < ParallelThreshold ? 1 : Workers.Count;
            if (workers == 1)
            {
                product.RunPart(0, m, 0, n);
            }
            else
            {
                RunParallel(product, workers);
            }
        }
    }

    /// <summary>Cuts C along its longer side; each worker computes its own part, so that no sum is shared.</summary>
    private static void RunParallel<T>(Product<T> product, int workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool alongColumns = product.N >= product.M;
        int unit = alongColumns ? GemmKernel<T>.NR : GemmKernel<T>.MR;
        int length = alongColumns ? product.N : product.M;
        int tiles = (length + unit - 1) / unit;
        int parts = Math.Min(workers, tiles);
        Workers.For(parts, part =>
        {
            int start = (int)((long)tiles * part / parts) * unit;
            int end = Math.Min(length, (int)((long)tiles * (part + 1) / parts) * unit);
            if (alongColumns)
            {
                product.RunPart(0, product.M, start, end);
            }
            else
            {
                product.RunPart(start, end, 0, product.N);
            }
        });
    }

    private struct Product<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public T* A, B, C;
        public nint ARowStep, AColumnStep, BRowStep, BColumnStep, CStride;
        public int M, N, K;
        public bool Accumulate;

        /// <summary>Computes rows [i0, i1) and columns [j0, j1) of C.</summary>
        public readonly void RunPart(int i0, int i1, int j0, int j1)
        {
            int mr = GemmKernel<T>.MR, nr = GemmKernel<T>.NR;
            int kc = Math.Min(KC, K);
            T* packedA = PackBuffer.Get<T>(0, RoundUp(Math.Min(MC, i1 - i0), mr) * kc);
            T* packedB = PackBuffer.Get<T>(1, RoundUp(Math.Min(NC, j1 - j0), nr) * kc);
            for (int jc = j0; jc < j1; jc += NC)
            {
                int nc = Math.Min(NC, j1 - jc);
                for (int pc = 0; pc < K; pc += KC)
                {
                    int depth = Math.Min(KC, K - pc);
                    Pack(B + (jc * BColumnStep) + (pc * BRowStep), BColumnStep, BRowStep, nc, depth, nr, packedB);
                    for (int ic = i0; ic < i1; ic += MC)
                    {
                        int mc = Math.Min(MC, i1 - ic);
                        Pack(A + (ic * ARowStep) + (pc * AColumnStep), ARowStep, AColumnStep, mc, depth, mr, packedA);
                        MultiplyBlock(packedA, packedB, C + (ic * CStride) + jc, mc, nc, depth, Accumulate || pc > 0);
                    }
                }
            }
        }

        private readonly void MultiplyBlock(T* packedA, T* packedB, T* c, int mc, int nc, int depth, bool accumulate)
        {
            int mr = GemmKernel<T>.MR, nr = GemmKernel<T>.NR;
            for (int j = 0; j < nc; j += nr)
            {
                for (int i = 0; i < mc; i += mr)
                {
                    GemmKernel<T>.Run(
                        packedA + (i * depth), packedB + (j * depth), depth, c + (i * CStride) + j, CStride,
                        Math.Min(mr, mc - i), Math.Min(nr, nc - j), accumulate);
                }
            }
        }

        /// <summary>
        /// Copies <paramref name="lines"/> rows of A (or columns of B) into slivers of <paramref name="width"/> lines,
        /// within a sliver all lines of one depth side by side; missing lines are zero.
        /// </summary>
        private static void Pack(T* source, nint lineStep, nint depthStep, int lines, int depth, int width, T* target)
        {
            for (int line = 0; line < lines; line += width, target += width * depth, source += width * lineStep)
            {
                int present = Math.Min(width, lines - line);
                if (present < width)
                {
                    new Span<T>(target, width * depth).Clear();
                }

                if (lineStep == 1)
                {
                    for (int p = 0; p < depth; p++)
                    {
                        new ReadOnlySpan<T>(source + (p * depthStep), present).CopyTo(new Span<T>(target + (p * width), present));
                    }
                }
                else
                {
                    for (int l = 0; l < present; l++)
                    {
                        T* from = source + (l * lineStep);
                        T* to = target + l;
                        for (int p = 0; p < depth; p++)
                        {
                            to[p * width] = from[p * depthStep];
                        }
                    }
                }
            }
        }

        private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
    }

    /// <summary>The buffers that a thread packs into; they grow to the block sizes and are kept.</summary>
    private static class PackBuffer
    {
        [ThreadStatic]
        private static byte[]?[]? t_buffers;

        public static T* Get<T>(int index, int length)
            where T : unmanaged
        {
            const int Alignment = 64;
            byte[]?[] buffers = t_buffers ??= new byte[]?[2];
            byte[]? buffer = buffers[index];
            int bytes = (length * sizeof(T)) + Alignment;
            if (buffer is null || buffer.Length < bytes)
            {
                buffers[index] = buffer = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
            }

            nuint address = (nuint)(void*)Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0);
            return (T*)((address + Alignment - 1) & ~(nuint)(Alignment - 1));
        }
    }
}
