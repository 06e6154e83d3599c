using System.Numerics.Tensors;

namespace ShowTell.Exercises;

/// <summary>
/// Matrix arithmetic as on paper, for the exercises: every operation returns a new matrix. (The library's layers write
/// into existing memory, for speed.)
/// </summary>
public static class MatrixMath
{
    extension(Matrix<double>)
    {
        /// <summary>Elementwise sum. A matrix of one row is added to every row of the other.</summary>
        public static Matrix<double> operator +(Matrix<double> x, Matrix<double> y) =>
            Combine(x, y, TensorPrimitives.Add);

        /// <summary>
        /// Elementwise difference. A matrix of one row is subtracted from, or used for, every row of the other.
        /// </summary>
        public static Matrix<double> operator -(Matrix<double> x, Matrix<double> y) =>
            Combine(x, y, TensorPrimitives.Subtract);

        /// <summary>Elementwise product, not the matrix product; see <see cref="Dot"/> for that.</summary>
        public static Matrix<double> operator *(Matrix<double> x, Matrix<double> y) =>
            Combine(x, y, TensorPrimitives.Multiply);

        /// <summary>Every element subtracted from a number.</summary>
        public static Matrix<double> operator -(double x, Matrix<double> y) => Map(y, element => x - element);

        /// <summary>Every element times a number.</summary>
        public static Matrix<double> operator *(double x, Matrix<double> y) => Map(y, element => x * element);
    }

    extension(Matrix<double> x)
    {
        /// <summary>x transposed.</summary>
        public Matrix<double> Transposed => new(
            x.Columns,
            x.Rows,
            [.. from j in Enumerable.Range(0, x.Columns) from i in Enumerable.Range(0, x.Rows) select x[i, j]]);

        /// <summary>The matrix product of x and y.</summary>
        public Matrix<double> Dot(Matrix<double> y)
        {
            ArgumentNullException.ThrowIfNull(y);
            var result = new Matrix<double>(x.Rows, y.Columns);
            Gemm.NN<double>(x, y, result);
            return result;
        }

        /// <summary>The sum of all rows, 1 x columns.</summary>
        public Matrix<double> SumOfRows()
        {
            var sum = new Matrix<double>(1, x.Columns);
            for (int i = 0; i < x.Rows; i++)
            {
                TensorPrimitives.Add(sum.Span, x.Row(i), sum.Span);
            }

            return sum;
        }

        /// <summary>A copy of <paramref name="count"/> columns from column <paramref name="start"/> on.</summary>
        public Matrix<double> Columns(int start, int count)
        {
            var result = new Matrix<double>(x.Rows, count);
            result.CopyFrom(x.AsSpan().ColumnBlock(start, count));
            return result;
        }
    }

    /// <summary>tanh of every element.</summary>
    public static Matrix<double> Tanh(Matrix<double> x) => Map(x, Math.Tanh);

    /// <summary>σ(x) = 1 / (1 + e⁻ˣ) of every element.</summary>
    public static Matrix<double> Sigmoid(Matrix<double> x) => Map(x, element => 1 / (1 + Math.Exp(-element)));

    /// <summary>A matrix of zeros.</summary>
    public static Matrix<double> Zeros(int rows, int columns) => new(rows, columns);

    /// <summary>Matrices side by side.</summary>
    /// <exception cref="ArgumentException">The numbers of rows differ.</exception>
    public static Matrix<double> SideBySide(params Matrix<double>[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var result = new Matrix<double>(parts[0].Rows, parts.Sum(part => part.Columns));
        int start = 0;
        foreach (Matrix<double> part in parts)
        {
            ((ReadOnlyMatrixSpan<double>)part).CopyTo(result.AsSpan().ColumnBlock(start, part.Columns));
            start += part.Columns;
        }

        return result;
    }

    /// <summary>A function of every element.</summary>
    public static Matrix<double> Map(Matrix<double> x, Func<double, double> function)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(function);
        return new(x.Rows, x.Columns, [.. x.Span.ToArray().Select(function)]);
    }

    private delegate void Operation(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> result);

    private static Matrix<double> Combine(Matrix<double> x, Matrix<double> y, Operation operation)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        int rows = Math.Max(x.Rows, y.Rows);
        if (x.Columns != y.Columns || (x.Rows != rows && x.Rows != 1) || (y.Rows != rows && y.Rows != 1))
        {
            throw new ArgumentException(
                $"A {x.Rows} x {x.Columns} and a {y.Rows} x {y.Columns} matrix have no common shape.");
        }

        var result = new Matrix<double>(rows, x.Columns);
        for (int i = 0; i < rows; i++)
        {
            operation(x.Row(x.Rows == 1 ? 0 : i), y.Row(y.Rows == 1 ? 0 : i), result.Row(i));
        }

        return result;
    }
}
