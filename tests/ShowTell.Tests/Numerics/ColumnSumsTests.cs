using System.Numerics;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

[Collection(WorkersCollection.Name)]
public sealed class ColumnSumsTests
{
    [Theory]
    [InlineData(0, 5)]
    [InlineData(3, 0)]
    [InlineData(7, 1)]
    [InlineData(5, 33)]
    [InlineData(501, 97)]
    public void Columns_are_summed_in_the_order_of_rows_by_any_number_of_threads(int rows, int columns)
    {
        foreach (int threads in new[] { 1, 2, 3, 8 })
        {
            WorkersCollection.With(threads, () =>
            {
                Check<float>(rows, columns);
                Check<double>(rows, columns);
            });
        }
    }

    [Fact]
    public void Threads_share_the_columns() => WorkersCollection.InThreads(2, () =>
    {
        Check<float>(501, 400);
        return true;
    });

    [Fact]
    public void A_wrong_number_of_sums_is_rejected() =>
        Assert.Throws<ArgumentException>(() => ColumnSums.Run<float>(new Matrix<float>(2, 3), new float[4]));

    private static void Check<T>(int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> wide = Matrix.Normal<T>(new SeededRandom(3), rows, columns + 5);
        MatrixSpan<T> matrix = wide.RowBlock(0, wide.Rows).ColumnBlock(2, columns);
        var expected = new T[columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                expected[j] += matrix[i, j];
            }
        }

        var sums = new T[columns];
        sums.AsSpan().Fill(T.NaN);
        ColumnSums.Run<T>(matrix, sums);
        Assert.Equal(expected, sums);
    }
}
