using System.Numerics;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary>The same bits for any number of threads and division of the matrices; no allocation once warm.</summary>
[Collection(WorkersCollection.Name)]
public sealed class GemmThreadsTests
{
    public static TheoryData<ProductKind, int, int, int> Products
    {
        get
        {
            var data = new TheoryData<ProductKind, int, int, int>();
            foreach (ProductKind kind in Enum.GetValues<ProductKind>())
            {
                data.Add(kind, 150, 333, 600);
                data.Add(kind, 333, 150, 300);
                data.Add(kind, 3, 2000, 257);
                data.Add(kind, 2000, 3, 257);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Products))]
    public void Bits_do_not_depend_on_the_number_of_threads(ProductKind kind, int m, int n, int k)
    {
        CheckThreads<float>(kind, m, n, k);
        CheckThreads<double>(kind, m, n, k);
    }

    [Theory, MemberData(nameof(Products))]
    public void Bits_do_not_depend_on_how_the_product_is_divided(ProductKind kind, int m, int n, int k)
    {
        (Matrix<float> a, Matrix<float> b) = Factors<float>(kind, m, n, k);
        var whole = new Matrix<float>(m, n);
        GemmOracle.Multiply<float>(kind, a, b, whole);

        var pieces = new Matrix<float>(m, n);
        int row = m / 3, column = n / 3;
        foreach ((int i, int rows) in new[] { (0, row), (row, m - row) })
        {
            foreach ((int j, int columns) in new[] { (0, column), (column, n - column) })
            {
                GemmOracle.Multiply<float>(
                    kind,
                    kind == ProductKind.TN ? a.AsSpan().ColumnBlock(i, rows) : a.RowBlock(i, rows),
                    kind == ProductKind.NT ? b.RowBlock(j, columns) : b.AsSpan().ColumnBlock(j, columns),
                    pieces.RowBlock(i, rows).ColumnBlock(j, columns));
            }
        }

        Assert.True(whole.Span.SequenceEqual(pieces.Span));
    }

    [Fact]
    public void A_product_on_one_thread_allocates_nothing_once_warm() => WorkersCollection.With(1, () =>
    {
        (Matrix<float> a, Matrix<float> b) = Factors<float>(ProductKind.NN, 200, 300, 400);
        var c = new Matrix<float>(200, 300);
        Gemm.NN<float>(a, b, c);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Gemm.NN<float>(a, b, c);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    });

    [Fact]
    public void The_number_of_threads_must_be_positive()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Workers.Count = 0);
        Assert.True(Workers.Count >= 1);
    }

    private static void CheckThreads<T>(ProductKind kind, int m, int n, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (Matrix<T> a, Matrix<T> b) = Factors<T>(kind, m, n, k);
        Matrix<T> start = Matrix.Normal<T>(new SeededRandom(6), m, n);
        Matrix<T>? first = null;
        foreach (int count in new[] { 1, 2, 3, 8 })
        {
            Matrix<T> c = WorkersCollection.InThreads(count, () =>
            {
                Matrix<T> result = start.Clone();
                GemmOracle.Multiply<T>(kind, a, b, result, accumulate: true);
                return result;
            });
            first ??= c;
            Assert.True(first.Span.SequenceEqual(c.Span), $"{typeof(T).Name}, {count} threads");
        }
    }

    private static (Matrix<T> A, Matrix<T> B) Factors<T>(ProductKind kind, int m, int n, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new SeededRandom(5);
        ((int Rows, int Columns) a, (int Rows, int Columns) b) = GemmOracle.Shapes(kind, m, n, k);
        return (Matrix.Normal<T>(random, a.Rows, a.Columns), Matrix.Normal<T>(random, b.Rows, b.Columns));
    }
}
