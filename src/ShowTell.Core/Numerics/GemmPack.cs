using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ShowTell.Numerics;

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
