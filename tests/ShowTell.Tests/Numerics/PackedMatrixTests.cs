using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

public sealed class PackedMatrixTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(13, 256, 32)]
    [InlineData(5, 257, 33)]
    [InlineData(25, 300, 1100)]
    [InlineData(150, 513, 70)]
    [InlineData(4, 1025, 100)]
    [InlineData(1, 600, 1500)]
    [InlineData(12, 3, 64)]
    public void A_product_with_a_packed_factor_is_bit_identical(int m, int k, int n)
    {
        HasSameBits<float>(m, k, n);
        HasSameBits<double>(m, k, n);
    }

    /// <summary>
    /// Few rows take other paths than many: several slivers at a time, an unpacked factor, lower tiles.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(150)]
    [InlineData(300)]
    public void Every_number_of_rows_is_bit_identical(int n)
    {
        EveryRowHasSameBits<float>(n);
        EveryRowHasSameBits<double>(n);
    }

    [Fact]
    public void A_packed_matrix_can_be_packed_again()
    {
        var packed = new PackedMatrix<double>();
        packed.Pack(Matrix.LinSpace<double>(0, 1, 40, 50));
        packed.Pack(Matrix.FromRows<double>([2.0, 3.0]));
        var product = new Matrix<double>(1, 2);
        Gemm.NN<double>(new Matrix<double>(1, 1, [5]), packed, product);
        Assert.Equal([10.0, 15.0], product.Span.ToArray());
    }

    [Fact]
    public void Incompatible_shapes_are_rejected()
    {
        var packed = new PackedMatrix<float>();
        packed.Pack(new Matrix<float>(3, 4));
        Assert.Throws<ArgumentException>(
            () => Gemm.NN<float>(new Matrix<float>(2, 4), packed, new Matrix<float>(2, 4)));
        Assert.Throws<ArgumentException>(
            () => Gemm.NN<float>(new Matrix<float>(2, 3), packed, new Matrix<float>(2, 3)));
    }

    private static void EveryRowHasSameBits<T>(int n)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        const int MostRows = 30, K = 515;
        var random = new SeededRandom(2);
        MatrixSpan<T> a = Matrix.Normal<T>(random, MostRows, K + 3).AsSpan().ColumnBlock(1, K);
        MatrixSpan<T> b = Matrix.Normal<T>(random, K, n + 5).AsSpan().ColumnBlock(2, n);
        var packed = new PackedMatrix<T>();
        packed.Pack(b);
        MatrixSpan<T> expected = new Matrix<T>(MostRows, n);
        for (int i = 0; i < MostRows; i++)
        {
            Gemm.NN(a.RowBlock(i, 1), packed, expected.RowBlock(i, 1));
        }

        for (int rows = 1; rows <= MostRows; rows++)
        {
            var wide = new Matrix<T>(rows, n + 4);
            MatrixSpan<T> product = wide.AsSpan().ColumnBlock(3, n);
            Gemm.NN(a.RowBlock(0, rows), packed, product);
            HasRows<T>(expected, product, $"{rows} rows, packed");
            product.Clear();
            Gemm.NN(a.RowBlock(0, rows), b, product);
            HasRows<T>(expected, product, $"{rows} rows, not packed");
        }
    }

    private static void HasRows<T>(ReadOnlyMatrixSpan<T> expected, ReadOnlyMatrixSpan<T> actual, string what)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < actual.Rows; i++)
        {
            Assert.True(expected.Row(i).SequenceEqual(actual.Row(i)), $"{typeof(T).Name}, {what}, row {i}");
        }
    }

    private static void HasSameBits<T>(int m, int k, int n)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var random = new SeededRandom(1);
        Matrix<T> a = Matrix.Normal<T>(random, m, k), b = Matrix.Normal<T>(random, k, n),
            c = Matrix.Normal<T>(random, m, n);
        var (plain, straight, transposed) = (c.Clone(), c.Clone(), c.Clone());
        Gemm.NN<T>(a, b, plain, accumulate: true);

        var packed = new PackedMatrix<T>();
        packed.Pack(b);
        Gemm.NN(a, packed, straight, accumulate: true);
        Assert.Equal(plain.Span.ToArray(), straight.Span.ToArray());

        var bTransposed = new Matrix<T>(n, k);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < k; j++)
            {
                bTransposed[i, j] = b[j, i];
            }
        }

        packed.PackTransposed(bTransposed);
        Gemm.NN(a, packed, transposed, accumulate: true);
        Assert.Equal(plain.Span.ToArray(), transposed.Span.ToArray());
    }
}
