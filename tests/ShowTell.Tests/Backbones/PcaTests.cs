using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ShowTell.Backbones;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Backbones;

public sealed class PcaTests
{
    [Fact]
    public void Four_points_on_a_cross_have_the_axes_for_components()
    {
        Matrix<float> points = Matrix.FromRows<float>([13, 5], [7, 5], [10, 6], [10, 4]);

        Pca pca = Pca.Fit(points, 2);

        Assert.Equal([10f, 5f], pca.Mean.ToArray());
        AssertClose([1, 0, 0, 1], pca.Components.Span, 1e-6f);
        Assert.Equal(6, pca.ExplainedVariance[0], 1e-6);
        Assert.Equal(2.0 / 3, pca.ExplainedVariance[1], 1e-6);
        Assert.Equal(20.0 / 3, pca.TotalVariance, 1e-6);
        AssertClose([3, 0, -3, 0, 0, 1, 0, -1], pca.Transform(points).Span, 1e-5f);
    }

    [Theory]
    [InlineData(300, 200, 20)]
    [InlineData(80, 400, 40)]
    [InlineData(500, 30, 30)]
    public void Components_are_orthonormal_and_variances_are_those_of_the_coordinates(int n, int d, int k)
    {
        Matrix<float> rows = Decaying(n, d);

        Pca pca = Pca.Fit(rows, k);

        var gram = new Matrix<float>(k, k);
        Gemm.NT<float>(pca.Components, pca.Components, gram);
        Matrix<float> coordinates = pca.Transform(rows);
        for (int i = 0; i < k; i++)
        {
            for (int j = 0; j < k; j++)
            {
                Assert.Equal(i == j ? 1 : 0, gram[i, j], 2e-6f);
            }

            double variance = 0;
            for (int row = 0; row < n; row++)
            {
                variance += (double)coordinates[row, i] * coordinates[row, i] / (n - 1);
            }

            Assert.InRange(variance / pca.ExplainedVariance[i], 0.9999, 1.0001);
            Assert.True(i == 0 || pca.ExplainedVariance[i] <= pca.ExplainedVariance[i - 1]);
            Assert.True(pca.Components.Row(i)[TensorPrimitives.IndexOfMaxMagnitude<float>(pca.Components.Row(i))] > 0);
        }
    }

    [Fact]
    public void Agrees_with_the_singular_values_of_numpy()
    {
        const string Python = "/usr/bin/python3";
        if (!File.Exists(Python) || Run(Python, "import numpy; print(1)", []).Output.Length == 0)
        {
            Assert.Skip("python3 with numpy is needed to compare with an independent decomposition.");
        }

        Matrix<float> rows = Decaying(400, 300);
        const string Script = """
            import numpy, sys
            a = numpy.frombuffer(sys.stdin.buffer.read(), numpy.float32).reshape(400, 300).astype(float)
            a -= a.mean(0)
            u, s, v = numpy.linalg.svd(a, full_matrices=False)
            v *= numpy.sign(v[numpy.arange(len(v)), abs(v).argmax(1)])[:, None]
            sys.stdout.buffer.write((s[:50] ** 2 / 399).tobytes() + v[:50].tobytes())
            """;
        byte[] output = Run(Python, Script, MemoryMarshal.AsBytes(rows.Span).ToArray()).Output;
        ReadOnlySpan<double> expected = MemoryMarshal.Cast<byte, double>(output);
        Assert.Equal(50 * 301, expected.Length);

        Pca pca = Pca.Fit(rows, 50);

        for (int i = 0; i < 50; i++)
        {
            Assert.InRange(pca.ExplainedVariance[i] / expected[i], 1 - 1e-3, 1 + 1e-3);
        }

        for (int i = 0; i < 20; i++)
        {
            for (int j = 0; j < 300; j++)
            {
                Assert.Equal(expected[50 + (i * 300) + j], pca.Components[i, j], 5e-3);
            }
        }
    }

    [Fact]
    public void All_components_together_lose_nothing()
    {
        Matrix<float> rows = Decaying(40, 25);
        Pca pca = Pca.Fit(rows, 25);

        AssertClose(rows.Span, pca.InverseTransform(pca.Transform(rows)).Span, 1e-4f);
        Assert.Equal(pca.TotalVariance, pca.ExplainedVariance.ToArray().Sum(), 1e-5 * pca.TotalVariance);
    }

    [Fact]
    public void Small_variance_beside_a_large_mean_is_found()
    {
        Matrix<float> rows = Matrix.Normal<float>(new SeededRandom(5), 500, 3);
        for (int i = 0; i < rows.Rows; i++)
        {
            rows[i, 0] = 1000 + (2 * rows[i, 0]);
            rows[i, 1] = -500;
        }

        Pca pca = Pca.Fit(rows, 3);

        Assert.InRange(pca.ExplainedVariance[0], 3.2, 4.8);
        Assert.InRange(pca.ExplainedVariance[1], 0.8, 1.2);
        Assert.Equal(0, pca.ExplainedVariance[2], 1e-6);
        Assert.Equal(0, pca.Components[0, 1], 1e-6f);
    }

    [Fact]
    public void More_components_than_rank_have_no_variance_and_stay_orthonormal()
    {
        Matrix<float> factor = Matrix.Normal<float>(new SeededRandom(1), 60, 3);
        Matrix<float> directions = Matrix.Normal<float>(new SeededRandom(2), 3, 50);
        var rows = new Matrix<float>(60, 50);
        Gemm.NN<float>(factor, directions, rows);

        Pca pca = Pca.Fit(rows, 10);

        Assert.True(pca.ExplainedVariance[2] > 1);
        Assert.All(pca.ExplainedVariance[3..].ToArray(), variance => Assert.InRange(variance, 0, 1e-9));
        var gram = new Matrix<float>(10, 10);
        Gemm.NT<float>(pca.Components, pca.Components, gram);
        for (int i = 0; i < gram.Length; i++)
        {
            Assert.Equal(i % 11 == 0 ? 1 : 0, gram.Span[i], 2e-6f);
        }

        AssertClose(rows.Span, pca.InverseTransform(pca.Transform(rows)).Span, 1e-4f);
    }

    [Fact]
    public void One_row_is_its_own_mean()
    {
        Matrix<float> row = Matrix.FromRows<float>([3, -1, 4]);

        Pca pca = Pca.Fit(row, 1);

        Assert.Equal(0, pca.ExplainedVariance[0]);
        Assert.Equal(0, pca.TotalVariance);
        Assert.Equal(row.Span.ToArray(), pca.InverseTransform(pca.Transform(row)).Span.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(5)]
    public void Impossible_numbers_of_components_are_refused(int components)
    {
        var exception = Assert.Throws<ArgumentException>(() => Pca.Fit(new Matrix<float>(4, 9), components));
        Assert.Contains("4 rows of 9 features have 1 to 4 components", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Pca.Fit(new Matrix<float>(0, 9), components));
    }

    [Fact]
    public void Rows_that_are_not_finite_or_of_another_width_are_refused()
    {
        Matrix<float> rows = Decaying(6, 4);
        Pca pca = Pca.Fit(rows, 2);
        Assert.Throws<ArgumentException>(() => pca.Transform(new Matrix<float>(2, 5)));
        Assert.Throws<ArgumentException>(() => pca.InverseTransform(new Matrix<float>(2, 3)));

        rows[4, 1] = float.NaN;
        Assert.Contains(
            "Row 4", Assert.Throws<DataException>(() => Pca.Fit(rows, 2)).Message, StringComparison.Ordinal);

        rows[4, 1] = 1e30f;
        var error = Assert.Throws<DataException>(() => Pca.Fit(rows, 2));
        Assert.Contains("their squares overflow", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_rows_have_no_variance_and_components_all_the_same()
    {
        var rows = new Matrix<float>(6, 5);
        rows.Span.Fill(7);

        Pca pca = Pca.Fit(rows, 3);

        Assert.All(pca.ExplainedVariance.ToArray(), variance => Assert.Equal(0, variance));
        var gram = new Matrix<float>(3, 3);
        Gemm.NT<float>(pca.Components, pca.Components, gram);
        AssertClose([1, 0, 0, 0, 1, 0, 0, 0, 1], gram.Span, 1e-6f);
    }

    [Fact]
    public void Bits_depend_on_the_seed_but_not_on_the_number_of_threads()
    {
        Matrix<float> rows = Decaying(700, 120);
        int workers = Workers.Count;
        try
        {
            Workers.Count = 1;
            Pca one = Pca.Fit(rows, 30, seed: 7);
            float[] oneCoordinates = one.Transform(rows).Span.ToArray();
            Workers.Count = 3;
            Pca three = Pca.Fit(rows, 30, seed: 7);

            Assert.Equal(one.Components.Span.ToArray(), three.Components.Span.ToArray());
            Assert.Equal(one.ExplainedVariance.ToArray(), three.ExplainedVariance.ToArray());
            Assert.Equal(oneCoordinates, three.Transform(rows).Span.ToArray());
        }
        finally
        {
            Workers.Count = workers;
        }
    }

    /// <summary>Rows whose standard deviations fall by a tenth from one hidden direction to the next.</summary>
    private static Matrix<float> Decaying(int n, int d)
    {
        var random = new SeededRandom(42);
        Matrix<float> hidden = Matrix.Normal<float>(random, n, d);
        Matrix<float> mixing = Matrix.Normal<float>(random, d, d, 1 / Math.Sqrt(d));
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < d; j++)
            {
                hidden[i, j] *= 3 * MathF.Pow(0.9f, j);
            }
        }

        var rows = new Matrix<float>(n, d);
        Gemm.NN<float>(hidden, mixing, rows);
        return rows;
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }

    private static (byte[] Output, string Error) Run(string program, string script, byte[] input)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, ["-c", script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return (output.ToArray(), error.GetAwaiter().GetResult());
    }
}
