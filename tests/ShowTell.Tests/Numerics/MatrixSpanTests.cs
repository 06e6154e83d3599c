using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

public sealed class MatrixSpanTests
{
    private readonly Matrix<float> _matrix = Matrix.FromRows<float>([0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23]);

    [Fact]
    public void A_block_is_a_view_of_the_same_memory()
    {
        MatrixSpan<float> block = _matrix.RowBlock(1, 2).ColumnBlock(1, 2);
        Assert.Equal((2, 2, 4), (block.Rows, block.Columns, block.Stride));
        Assert.Equal([11, 12], block.Row(0));
        Assert.Equal([21, 22], block.Row(1));
        block[1, 0] = -1;
        Assert.Equal(-1, _matrix[2, 1]);
        block.Clear();
        Assert.Equal([0, 1, 2, 3, 10, 0, 0, 13, 20, 0, 0, 23], _matrix.Span);
    }

    [Fact]
    public void A_read_only_block_is_the_same_block()
    {
        ReadOnlyMatrixSpan<float> whole = _matrix;
        ReadOnlyMatrixSpan<float> block = whole.ColumnBlock(2, 2).RowBlock(1, 2);
        Assert.Equal((2, 2, 4), (block.Rows, block.Columns, block.Stride));
        Assert.Equal([22, 23], block.Row(1));
        var copy = new Matrix<float>(2, 2);
        block.CopyTo(copy);
        Assert.Equal([12, 13, 22, 23], copy.Span);
    }

    [Fact]
    public void Empty_blocks_keep_their_shape()
    {
        MatrixSpan<float> noRows = _matrix.RowBlock(3, 0);
        Assert.Equal((0, 4), (noRows.Rows, noRows.Columns));
        Assert.Equal((0, 2), (noRows.ColumnBlock(1, 2).Rows, noRows.ColumnBlock(1, 2).Columns));
        MatrixSpan<float> noColumns = _matrix.AsSpan().ColumnBlock(4, 0);
        Assert.Equal((3, 0), (noColumns.Rows, noColumns.Columns));
        Assert.Equal(0, noColumns.Row(2).Length);
        Assert.Equal(2, noColumns.RowBlock(1, 2).Rows);
        ReadOnlyMatrixSpan<float> readOnly = noRows;
        Assert.Equal((0, 2), (readOnly.ColumnBlock(1, 2).Rows, readOnly.ColumnBlock(1, 2).Columns));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(2, 3)]
    [InlineData(5, 0)]
    [InlineData(1, int.MaxValue)]
    public void Blocks_out_of_range_are_rejected(int start, int count)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _matrix.RowBlock(start, count));
        Assert.Throws<ArgumentOutOfRangeException>(() => _matrix.AsSpan().ColumnBlock(start, count));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((ReadOnlyMatrixSpan<float>)_matrix).RowBlock(start, count));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => ((ReadOnlyMatrixSpan<float>)_matrix).ColumnBlock(start, count));
    }

    [Theory]
    [InlineData(11, 3, 4, 4)] // too few elements
    [InlineData(10, 3, 2, 5)] // the last row ends beyond them
    [InlineData(12, 3, 4, 3)] // rows would overlap
    [InlineData(12, -1, 4, 4)]
    [InlineData(12, 3, -1, 4)]
    [InlineData(12, 1 << 16, 1 << 16, 1 << 16)] // the product overflows an int
    public void Shapes_larger_than_the_memory_are_rejected(int length, int rows, int columns, int stride)
    {
        Assert.ThrowsAny<ArgumentException>(() => new MatrixSpan<float>(new float[length], rows, columns, stride));
        Assert.ThrowsAny<ArgumentException>(
            () => new ReadOnlyMatrixSpan<float>(new float[length], rows, columns, stride));
    }

    [Fact]
    public void The_last_row_needs_no_gap_after_it()
    {
        var matrix = new MatrixSpan<float>(new float[12], 3, 2, 5);
        matrix[2, 1] = 1;
        Assert.Equal(1, matrix.Elements[^1]);
    }

    [Fact]
    public void Copies_between_different_shapes_are_rejected() => Assert.Throws<ArgumentException>(
        () => ((ReadOnlyMatrixSpan<float>)_matrix).CopyTo(new Matrix<float>(4, 3)));
}
