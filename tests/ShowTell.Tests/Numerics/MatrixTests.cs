using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

public sealed class MatrixTests
{
    [Fact]
    public void Rows_follow_each_other()
    {
        Matrix<float> matrix = Matrix.FromRows<float>([1, 2, 3], [4, 5, 6]);
        Assert.Equal((2, 3, 6), (matrix.Rows, matrix.Columns, matrix.Length));
        Assert.Equal([1, 2, 3, 4, 5, 6], matrix.Span);
        Assert.Equal([4, 5, 6], matrix.Row(1));
        Assert.Equal(6, matrix[1, 2]);
        Assert.Equal("2 x 3 Single", matrix.ToString());
        matrix[0, 1] = 20;
        Assert.Equal([1, 20, 3, 4, 5, 6], matrix.Span);
    }

    [Fact]
    public void A_new_matrix_is_zero() => Assert.Equal(new double[6], new Matrix<double>(2, 3).Span);

    [Fact]
    public void Arrays_are_not_copied()
    {
        double[] elements = [1, 2, 3, 4];
        var matrix = new Matrix<double>(2, 2, elements);
        elements[3] = 40;
        Assert.Equal(40, matrix[1, 1]);
    }

    [Fact]
    public void A_clone_has_its_own_memory()
    {
        Matrix<float> matrix = Matrix.FromRows<float>([1, 2]);
        Matrix<float> clone = matrix.Clone();
        matrix[0, 0] = 9;
        Assert.Equal([1, 2], clone.Span);
        clone.CopyFrom(matrix);
        Assert.Equal([9, 2], clone.Span);
        Assert.Throws<ArgumentException>(() => clone.CopyFrom(new Matrix<float>(2, 1)));
    }

    [Fact]
    public void Impossible_shapes_are_rejected()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix<float>(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix<float>(2, -1));
        Assert.Throws<OverflowException>(() => new Matrix<float>(1 << 16, 1 << 16));
        Assert.Throws<ArgumentException>(() => new Matrix<float>(2, 2, [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => new Matrix<float>(-1, -3, [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix<float>(1, 1).Reshape(-1, 0));
        Assert.Throws<ArgumentException>(() => Matrix.FromRows<float>([1, 2], [3]));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(2, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 3)]
    public void Indices_out_of_range_are_rejected(int row, int column)
    {
        var matrix = new Matrix<float>(2, 3);
        Assert.ThrowsAny<Exception>(() => matrix[row, column]);
        Assert.ThrowsAny<Exception>(() => matrix.AsSpan()[row, column]);
    }

    [Fact]
    public void Smaller_shapes_keep_the_memory_and_larger_ones_allocate()
    {
        var matrix = new Matrix<float>(4, 5);
        matrix.Reshape(2, 3);
        Assert.Equal((2, 3, 6), (matrix.Rows, matrix.Columns, matrix.Span.Length));
        long before = GC.GetAllocatedBytesForCurrentThread();
        matrix.Reshape(5, 4);
        matrix.Reshape(20, 1);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        matrix.Reshape(6, 7);
        matrix[5, 6] = 1;
        Assert.Equal(1, matrix.Span[^1]);
    }

    // NumPy 1.24: [float(x) for x in np.linspace(first, last, count)].
    [Theory]
    [InlineData(-0.1, 0.7, 5, 3, new[]
    {
        -0.1, -0.042857142857142864, 0.014285714285714277, 0.07142857142857142, 0.12857142857142856, 0.1857142857142857,
        0.24285714285714285, 0.29999999999999993, 0.3571428571428571, 0.41428571428571426, 0.4714285714285714,
        0.5285714285714286, 0.5857142857142857, 0.6428571428571429, 0.7,
    })]
    [InlineData(-1.5, 0.3, 1, 13, new[]
    {
        -1.5, -1.35, -1.2, -1.05, -0.9, -0.75, -0.6000000000000001, -0.44999999999999996, -0.30000000000000004,
        -0.15000000000000013, 0.0, 0.1499999999999999, 0.3,
    })]
    [InlineData(-0.3, 1.1, 1, 1, new[] { -0.3 })]
    [InlineData(0, 1, 0, 4, new double[0])]
    public void LinSpace_is_bit_identical_to_NumPy(
        double first, double last, int rows, int columns, double[] expected) =>
        Assert.Equal(expected, Matrix.LinSpace<double>(first, last, rows, columns).Span);

    /// <summary>0.9 + 48 steps of (0.1 - 0.9) / 48 is 0.09999999999999998 and not 0.1.</summary>
    [Fact]
    public void LinSpace_ends_exactly_at_the_last_element()
    {
        Assert.Equal(0.1, Matrix.LinSpace<double>(0.9, 0.1, 7, 7)[6, 6]);
        Assert.Equal(0.1f, Matrix.LinSpace<float>(0.9, 0.1, 7, 7)[6, 6]);
    }

    [Fact]
    public void Normal_scales_the_generators_samples()
    {
        var random = new SeededRandom(231);
        Matrix<float> matrix = Matrix.Normal<float>(new SeededRandom(231), 2, 3, 0.5);
        foreach (float element in matrix.Span)
        {
            Assert.Equal((float)(0.5 * random.NextNormal()), element);
        }
    }
}
