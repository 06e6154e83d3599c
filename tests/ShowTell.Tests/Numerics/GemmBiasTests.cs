using System.Numerics;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

public sealed class GemmBiasTests
{
    /// <summary>One row, few rows, edges of tiles and blocks, empty sums, and products divided among threads.</summary>
    [Theory]
    [InlineData(1, 5, 3)]
    [InlineData(1, 600, 1500)]
    [InlineData(3, 40, 33)]
    [InlineData(13, 513, 70)]
    [InlineData(150, 1025, 100)]
    [InlineData(2, 0, 7)]
    [InlineData(0, 4, 7)]
    public void A_bias_is_bit_identical_to_adding_it_to_every_row(int m, int k, int n)
    {
        Check<float>(m, k, n);
        Check<double>(m, k, n);
    }

    [Fact]
    public void A_bias_of_another_length_is_rejected()
    {
        Matrix<float> a = new(2, 3), b = new(3, 4), c = new(2, 4);
        Assert.Throws<ArgumentException>(() => Gemm.NN<float>(a, b, new float[3], c));
        Assert.Throws<ArgumentException>(() => Gemm.NN<float>(a, b, new float[4], new Matrix<float>(2, 5)));
    }

    private static void Check<T>(int m, int k, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new SeededRandom(7);
        Matrix<T> a = Matrix.Normal<T>(random, m, k), b = Matrix.Normal<T>(random, k, n),
            bias = Matrix.Normal<T>(random, 1, n);
        Matrix<T> expected = new(m, n), c = new(m, n);
        for (int i = 0; i < m; i++)
        {
            bias.Span.CopyTo(expected.Row(i));
        }

        Gemm.NN<T>(a, b, expected, accumulate: true);
        c.Span.Fill(T.NaN);
        Gemm.NN<T>(a, b, bias.Span, c);
        Assert.Equal(expected.Span, c.Span);

        var packed = new PackedMatrix<T>();
        packed.Pack(b);
        c.Span.Fill(T.NaN);
        Gemm.NN<T>(a, packed, bias.Span, c);
        Assert.Equal(expected.Span, c.Span);
    }
}
