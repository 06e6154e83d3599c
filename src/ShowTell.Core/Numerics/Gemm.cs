namespace ShowTell.Numerics;

/// <summary>
/// Matrix products, with the names of BLAS: N for a factor as it is, T for a transposed one. Results go into the
/// caller's memory; nothing is allocated once warm. Sums run over the inner dimension in a fixed order, so that bits do
/// not depend on the number of threads or on how matrices are divided into blocks of rows or columns.
/// </summary>
public static class Gemm
{
    /// <summary>C = A B, or C += A B.</summary>
    /// <param name="a">A, M x K.</param>
    /// <param name="b">B, K x N.</param>
    /// <param name="c">C, M x N; must not overlap A or B.</param>
    /// <param name="accumulate">Whether to add to C instead of overwriting it.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void NN<T>(ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, MatrixSpan<T> c, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireShapes("A", a.Rows, a.Columns, "B", b.Rows, b.Columns, c.Rows, c.Columns);
        Run(a, transposeA: false, b, transposeB: false, c, a.Columns, accumulate);
    }

    /// <summary>C = A B, or C += A B, with B packed. Bit-identical to the unpacked product.</summary>
    /// <inheritdoc cref="NN{T}(ReadOnlyMatrixSpan{T}, ReadOnlyMatrixSpan{T}, MatrixSpan{T}, bool)"/>
    public static unsafe void NN<T>(
        ReadOnlyMatrixSpan<T> a, PackedMatrix<T> b, MatrixSpan<T> c, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(b);
        RequireShapes("A", a.Rows, a.Columns, "B", b.Rows, b.Columns, c.Rows, c.Columns);
        if (IsTrivial(c, a.Columns, accumulate))
        {
            return;
        }

        fixed (T* pa = a.Elements, pc = c.Elements)
        {
            GemmBlocked.Run(
                new(pa, a.Stride, transposed: false), b.AsFactor(), new(pc, c.Stride, accumulate), c.Rows, c.Columns,
                a.Columns);
        }
    }

    /// <summary>C = A B + bias, the same bias in every row.</summary>
    /// <param name="a">A, M x K.</param>
    /// <param name="b">B, K x N.</param>
    /// <param name="bias">N elements.</param>
    /// <param name="c">C, M x N; must not overlap the others.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static unsafe void NN<T>(
        ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, ReadOnlySpan<T> bias, MatrixSpan<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireShapes("A", a.Rows, a.Columns, "B", b.Rows, b.Columns, c.Rows, c.Columns);
        fixed (T* pb = b.Elements)
        {
            RunWithBias(a, new(pb, b.Stride, transposed: false), bias, c);
        }
    }

    /// <summary>C = A B + bias, the same bias in every row, with B packed.</summary>
    /// <inheritdoc cref="NN{T}(ReadOnlyMatrixSpan{T}, ReadOnlyMatrixSpan{T}, ReadOnlySpan{T}, MatrixSpan{T})"/>
    public static unsafe void NN<T>(ReadOnlyMatrixSpan<T> a, PackedMatrix<T> b, ReadOnlySpan<T> bias, MatrixSpan<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(b);
        RequireShapes("A", a.Rows, a.Columns, "B", b.Rows, b.Columns, c.Rows, c.Columns);
        RunWithBias(a, b.AsFactor(), bias, c);
    }

    /// <summary>C = A Bᵀ, or C += A Bᵀ.</summary>
    /// <param name="a">A, M x K.</param>
    /// <param name="b">B, N x K.</param>
    /// <param name="c">C, M x N; must not overlap A or B.</param>
    /// <param name="accumulate">Whether to add to C instead of overwriting it.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void NT<T>(ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, MatrixSpan<T> c, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireShapes("A", a.Rows, a.Columns, "Bᵀ", b.Columns, b.Rows, c.Rows, c.Columns);
        Run(a, transposeA: false, b, transposeB: true, c, a.Columns, accumulate);
    }

    /// <summary>C = Aᵀ B, or C += Aᵀ B.</summary>
    /// <param name="a">A, K x M.</param>
    /// <param name="b">B, K x N.</param>
    /// <param name="c">C, M x N; must not overlap A or B.</param>
    /// <param name="accumulate">Whether to add to C instead of overwriting it.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void TN<T>(ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, MatrixSpan<T> c, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireShapes("Aᵀ", a.Columns, a.Rows, "B", b.Rows, b.Columns, c.Rows, c.Columns);
        Run(a, transposeA: true, b, transposeB: false, c, a.Rows, accumulate);
    }

    private static unsafe void Run<T>(
        ReadOnlyMatrixSpan<T> a,
        bool transposeA,
        ReadOnlyMatrixSpan<T> b,
        bool transposeB,
        MatrixSpan<T> c,
        int inner,
        bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (IsTrivial(c, inner, accumulate))
        {
            return;
        }

        fixed (T* pa = a.Elements, pb = b.Elements, pc = c.Elements)
        {
            GemmBlocked.Run<T>(
                new(pa, a.Stride, transposeA),
                new(pb, b.Stride, transposeB),
                new(pc, c.Stride, accumulate), c.Rows, c.Columns, inner);
        }
    }

    private static unsafe void RunWithBias<T>(
        ReadOnlyMatrixSpan<T> a, GemmFactor<T> b, ReadOnlySpan<T> bias, MatrixSpan<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.RequireLength(bias.Length, c.Columns, nameof(bias));
        if (IsTrivial(c, a.Columns, accumulate: false))
        {
            for (int i = 0; i < c.Rows; i++)
            {
                bias.CopyTo(c.Row(i));
            }

            return;
        }

        fixed (T* pa = a.Elements, pBias = bias, pc = c.Elements)
        {
            GemmBlocked.Run(
                new(pa, a.Stride, transposed: false), b, new(pc, c.Stride, pBias), c.Rows, c.Columns, a.Columns);
        }
    }

    /// <summary>Whether there is nothing to multiply; completes C in that case.</summary>
    private static bool IsTrivial<T>(MatrixSpan<T> c, int inner, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (c.Rows > 0 && c.Columns > 0 && inner > 0)
        {
            return false;
        }

        if (!accumulate)
        {
            c.Clear();
        }

        return true;
    }

    private static void RequireShapes(
        string aName, int aRows, int aColumns, string bName, int bRows, int bColumns, int cRows, int cColumns)
    {
        if (aColumns != bRows || aRows != cRows || bColumns != cColumns)
        {
            throw new ArgumentException(
                $"{aName} ({aRows} x {aColumns}) times {bName} ({bRows} x {bColumns}) is incompatible with "
                + $"C ({cRows} x {cColumns}).");
        }
    }
}
