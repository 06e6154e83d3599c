using BenchmarkDotNet.Attributes;
using ShowTell.Numerics;

namespace ShowTell.Benchmarks.Kernels;

/// <summary>Matrix products of the three forms on one core.</summary>
public class GemmBenchmarks
{
    private Matrix<float> _a = null!, _b = null!, _c = null!;

    [Params("NN", "NT", "TN")]
    public string Form { get; set; } = "";

    /// <summary>M x N x K.</summary>
    [Params("1024x1024x1024", "2048x2048x256", "128x2048x512", "25x2048x512")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        Workers.Count = 1;
        int[] sizes = [.. Shape.Split('x').Select(int.Parse)];
        (int m, int n, int k) = (sizes[0], sizes[1], sizes[2]);
        var random = new SeededRandom(231);
        _a = Form[0] == 'N' ? Matrix.Normal<float>(random, m, k) : Matrix.Normal<float>(random, k, m);
        _b = Form[1] == 'N' ? Matrix.Normal<float>(random, k, n) : Matrix.Normal<float>(random, n, k);
        _c = new Matrix<float>(m, n);
    }

    [Benchmark]
    public void Multiply()
    {
        switch (Form)
        {
            case "NN":
                Gemm.NN<float>(_a, _b, _c);
                break;
            case "NT":
                Gemm.NT<float>(_a, _b, _c);
                break;
            default:
                Gemm.TN<float>(_a, _b, _c);
                break;
        }
    }
}
