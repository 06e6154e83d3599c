using System.Numerics.Tensors;

namespace ShowTell.Numerics;

/// <summary>
/// Gram and Schmidt's process in blocks: a block of rows is cleared of the rows before it by two products, then row by
/// row (the modified process) of the rows before it in the block. All is done twice, which is enough to be orthogonal
/// to working precision (Giraud, Langou and Rozložník, 2005).
/// </summary>
internal static class Orthonormal
{
    private const int BlockRows = 32;

    // A row of which no more than this is left depends on the rows before it, as far as floats can tell.
    private const float Dependent = 1e-6f;

    /// <summary>
    /// Makes the rows orthonormal with the same span. A row that depends on those before it gives way to a random one,
    /// so that the rows are orthonormal whatever their rank was. There must be no more rows than columns.
    /// </summary>
    public static void MakeRows(Matrix<float> rows, SeededRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows.Rows, rows.Columns, nameof(rows));
        Span<float> norms = stackalloc float[BlockRows];
        for (int start = 0; start < rows.Rows; start += BlockRows)
        {
            int count = Math.Min(BlockRows, rows.Rows - start);
            for (int i = 0; i < count; i++)
            {
                norms[i] = TensorPrimitives.Norm<float>(rows.Row(start + i));
            }

            ClearBlock(rows, start, count);
            ClearBlock(rows, start, count);
            for (int i = 0; i < count; i++)
            {
                ClearRow(rows, start, start + i);
                if (!Normalise(rows.Row(start + i), Dependent * norms[i]))
                {
                    Replace(rows, start + i, random);
                }
            }
        }
    }

    private static void ClearBlock(Matrix<float> rows, int start, int count)
    {
        if (start == 0)
        {
            return;
        }

        var coefficients = new Matrix<float>(count, start);
        Gemm.NT<float>(rows.RowBlock(start, count), rows.RowBlock(0, start), coefficients);
        TensorPrimitives.Negate<float>(coefficients.Span, coefficients.Span);
        Gemm.NN<float>(coefficients, rows.RowBlock(0, start), rows.RowBlock(start, count), accumulate: true);
    }

    private static void ClearRow(Matrix<float> rows, int first, int row)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = first; i < row; i++)
            {
                float coefficient = TensorPrimitives.Dot<float>(rows.Row(i), rows.Row(row));
                TensorPrimitives.MultiplyAdd(rows.Row(i), -coefficient, rows.Row(row), rows.Row(row));
            }
        }
    }

    private static bool Normalise(Span<float> row, float threshold)
    {
        float norm = TensorPrimitives.Norm<float>(row);
        if (norm <= threshold)
        {
            return false;
        }

        TensorPrimitives.Divide(row, norm, row);
        return true;
    }

    private static void Replace(Matrix<float> rows, int row, SeededRandom random)
    {
        // What a random direction loses to at most D - 1 others is seldom so much that a second draw is needed.
        do
        {
            foreach (ref float element in rows.Row(row))
            {
                element = (float)random.NextNormal();
            }

            Normalise(rows.Row(row), 0);
            ClearRow(rows, 0, row);
        }
        while (!Normalise(rows.Row(row), 1e-4f));
    }
}
