using System.Numerics;
using System.Runtime.Intrinsics;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary>
/// Products of matrices of small integers, which are exact in float and double in any order. What must not be read is
/// NaN; what must not be written is checked afterwards.
/// </summary>
public sealed class GemmTests
{
    // Columns around the edges of slivers: two vectors of 2 to 16. Rows: every number up to several tiles of 6 or 12.
    private const int TileRows = 30;
    private static readonly int[] s_tileColumns = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65];

    // Sizes around the edges of blocks: 1024 columns, 512 deep. (Some are large enough for several threads.)
    private static readonly (int M, int N, int K)[] s_blocks =
    [
        (143, 9, 5), (144, 9, 5), (145, 9, 5), (288, 17, 3), (289, 1, 7),
        (3, 1023, 2), (3, 1024, 2), (3, 1025, 2), (1, 2049, 2), (4, 1023, 6), (4, 1024, 6), (4, 1025, 6),
        (7, 5, 511), (7, 5, 512), (7, 5, 513), (13, 33, 1024), (13, 33, 1025), (3, 200, 513), (2, 100, 1025),
        (145, 70, 257), (64, 64, 63), (64, 64, 64), (64, 64, 65), (70, 290, 40), (290, 70, 40), (1, 1100, 300),
        (300, 1, 1100),
    ];

    public static TheoryData<ProductKind> Kinds => [ProductKind.NN, ProductKind.NT, ProductKind.TN];

    [Theory, MemberData(nameof(Kinds))]
    public void Tiles_of_every_size_are_exact_in_float(ProductKind kind) => CheckTiles<float>(kind);

    [Theory, MemberData(nameof(Kinds))]
    public void Tiles_of_every_size_are_exact_in_double(ProductKind kind) => CheckTiles<double>(kind);

    [Theory, MemberData(nameof(Kinds))]
    public void Blocks_of_every_size_are_exact_in_float(ProductKind kind) => CheckBlocks<float>(kind);

    [Theory, MemberData(nameof(Kinds))]
    public void Blocks_of_every_size_are_exact_in_double(ProductKind kind) => CheckBlocks<double>(kind);

    [Theory, MemberData(nameof(Kinds))]
    public void Rounding_stays_within_its_bound(ProductKind kind)
    {
        CheckRounding<float>(kind, Math.ScaleB(1, -24));
        CheckRounding<double>(kind, Math.ScaleB(1, -53));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Memory_outside_the_matrices_is_not_touched(ProductKind kind)
    {
        foreach (bool atEnd in new[] { false, true })
        {
            foreach ((int m, int n, int k) in new[]
            {
                (1, 1, 1), (12, 32, 4), (6, 16, 4), (13, 33, 5), (5, 7, 300), (150, 20, 3),
            })
            {
                CheckGuarded<float>(kind, m, n, k, atEnd);
                CheckGuarded<double>(kind, m, n, k, atEnd);
            }
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void An_empty_sum_is_zero(ProductKind kind)
    {
        ((int Rows, int Columns) a, (int Rows, int Columns) b) = GemmOracle.Shapes(kind, 2, 3, 0);
        Matrix<float> c = Matrix.FromRows<float>([1, 2, 3], [4, 5, float.NaN]);
        GemmOracle.Multiply<float>(
            kind, new Matrix<float>(a.Rows, a.Columns), new Matrix<float>(b.Rows, b.Columns), c, true);
        Assert.Equal([1, 2, 3, 4, 5, float.NaN], c.Span);
        GemmOracle.Multiply<float>(kind, new Matrix<float>(a.Rows, a.Columns), new Matrix<float>(b.Rows, b.Columns), c);
        Assert.Equal([0, 0, 0, 0, 0, 0], c.Span);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Empty_matrices_are_accepted(ProductKind kind)
    {
        foreach ((int m, int n) in new[] { (0, 3), (2, 0), (0, 0) })
        {
            ((int Rows, int Columns) a, (int Rows, int Columns) b) = GemmOracle.Shapes(kind, m, n, 4);
            GemmOracle.Multiply<double>(
                kind, new Matrix<double>(a.Rows, a.Columns), new Matrix<double>(b.Rows, b.Columns),
                new Matrix<double>(m, n));
        }
    }

    [Theory]
    [InlineData(ProductKind.NN, "A (2 x 3)", "C (2 x 5)", 2, 3, 4, 5, 2, 5)]
    [InlineData(ProductKind.NN, "A (2 x 3)", "C (3 x 5)", 2, 3, 3, 5, 3, 5)]
    [InlineData(ProductKind.NN, "A (2 x 3)", "C (2 x 4)", 2, 3, 3, 5, 2, 4)]
    [InlineData(ProductKind.NT, "Bᵀ (5 x 3)", "C (2 x 3)", 2, 3, 3, 5, 2, 3)]
    [InlineData(ProductKind.TN, "Aᵀ (3 x 2)", "C (2 x 5)", 2, 3, 3, 5, 2, 5)]
    public void Incompatible_shapes_are_rejected(
        ProductKind kind, string factor, string product,
        int aRows, int aColumns, int bRows, int bColumns, int cRows, int cColumns)
    {
        Exception exception = Assert.Throws<ArgumentException>(() => GemmOracle.Multiply<float>(
            kind, new Matrix<float>(aRows, aColumns), new Matrix<float>(bRows, bColumns),
            new Matrix<float>(cRows, cColumns)));
        Assert.Contains(factor, exception.Message, StringComparison.Ordinal);
        Assert.Contains(product, exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Checks the switches that <see cref="GemmVectorWidthTests"/> sets for this process.</summary>
    [Fact]
    public void Vectors_are_no_wider_than_the_environment_allows()
    {
        static bool IsOff(string name) => Environment.GetEnvironmentVariable($"DOTNET_Enable{name}") == "0";
        Assert.False(IsOff("AVX512") && Vector512.IsHardwareAccelerated);
        Assert.False(IsOff("AVX2") && Vector256.IsHardwareAccelerated);
        Assert.False(IsOff("HWIntrinsic") && Vector128.IsHardwareAccelerated);
    }

    private static void CheckTiles<T>(ProductKind kind)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int m = 1; m <= TileRows; m++)
        {
            foreach (int n in s_tileColumns)
            {
                Check<T>(kind, m, n, k: 1 + ((m + n) % 9));
            }
        }
    }

    private static void CheckBlocks<T>(ProductKind kind)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int m, int n, int k) in s_blocks)
        {
            Check<T>(kind, m, n, k);
        }
    }

    private static void Check<T>(ProductKind kind, int m, int n, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new SeededRandom((ulong)((m * 7919) + (n * 104729) + k));
        ((int Rows, int Columns) aShape, (int Rows, int Columns) bShape) = GemmOracle.Shapes(kind, m, n, k);
        Matrix<T> wideA = InsideNaN<T>(aShape.Rows, aShape.Columns, random);
        Matrix<T> wideB = InsideNaN<T>(bShape.Rows, bShape.Columns, random);
        MatrixSpan<T> a = Inside(wideA), b = Inside(wideB);

        foreach (bool accumulate in new[] { false, true })
        {
            Matrix<T> wideC = InsideNaN<T>(m, n, random);
            if (!accumulate)
            {
                Inside(wideC).Fill(T.NaN);
            }

            Matrix<T> expected = wideC.Clone();
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    T sum = T.CreateTruncating(GemmOracle.Element<T>(kind, a, b, i, j).Value);
                    expected[i + 1, j + 2] = accumulate ? expected[i + 1, j + 2] + sum : sum;
                }
            }

            GemmOracle.Multiply<T>(kind, a, b, Inside(wideC), accumulate);
            Assert.True(
                wideC.Span.SequenceEqual(expected.Span),
                $"{kind} {typeof(T).Name} {m} x {n} x {k}, accumulate {accumulate}");
        }
    }

    /// <summary>A matrix of integers from -8 to 8, in the middle of a larger one of NaN.</summary>
    private static Matrix<T> InsideNaN<T>(int rows, int columns, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var wide = new Matrix<T>(rows + 2, columns + 5);
        wide.Span.Fill(T.NaN);
        FillWithWholeNumbers(Inside(wide), random);
        return wide;
    }

    private static MatrixSpan<T> Inside<T>(Matrix<T> wide)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        wide.RowBlock(1, wide.Rows - 2).ColumnBlock(2, wide.Columns - 5);

    private static void FillWithWholeNumbers<T>(MatrixSpan<T> matrix, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < matrix.Rows; i++)
        {
            foreach (ref T element in matrix.Row(i))
            {
                element = T.CreateTruncating(random.NextInt(17) - 8);
            }
        }
    }

    private static void CheckRounding<T>(ProductKind kind, double unitRoundoff)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int M = 37, N = 41, K = 600;
        var random = new SeededRandom(3);
        ((int Rows, int Columns) aShape, (int Rows, int Columns) bShape) = GemmOracle.Shapes(kind, M, N, K);
        Matrix<T> a = Matrix.Normal<T>(random, aShape.Rows, aShape.Columns);
        Matrix<T> b = Matrix.Normal<T>(random, bShape.Rows, bShape.Columns);
        var c = new Matrix<T>(M, N);
        GemmOracle.Multiply<T>(kind, a, b, c);
        for (int i = 0; i < M; i++)
        {
            for (int j = 0; j < N; j++)
            {
                // Both sums round, K + 1 times at most (Higham, "Accuracy and stability of numerical algorithms", 3.1).
                (double value, double magnitude) = GemmOracle.Element<T>(kind, a, b, i, j);
                double error = Math.Abs(double.CreateTruncating(c[i, j]) - value);
                Assert.InRange(error, 0, 2 * (K + 1) * unitRoundoff * magnitude);
            }
        }
    }

    private static void CheckGuarded<T>(ProductKind kind, int m, int n, int k, bool atEnd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new SeededRandom(4);
        ((int Rows, int Columns) aShape, (int Rows, int Columns) bShape) = GemmOracle.Shapes(kind, m, n, k);
        using var aMemory = new GuardedMemory<T>(m * k, atEnd);
        using var bMemory = new GuardedMemory<T>(k * n, atEnd);
        using var cMemory = new GuardedMemory<T>(m * n, atEnd);
        var a = new MatrixSpan<T>(aMemory.Span, aShape.Rows, aShape.Columns);
        var b = new MatrixSpan<T>(bMemory.Span, bShape.Rows, bShape.Columns);
        var c = new MatrixSpan<T>(cMemory.Span, m, n);
        FillWithWholeNumbers(a, random);
        FillWithWholeNumbers(b, random);
        GemmOracle.Multiply<T>(kind, a, b, c, accumulate: false);
        GemmOracle.Multiply<T>(kind, a, b, c, accumulate: true);
        T last = T.CreateTruncating(2 * GemmOracle.Element<T>(kind, a, b, m - 1, n - 1).Value);
        Assert.Equal(last, c[m - 1, n - 1]);
    }
}
