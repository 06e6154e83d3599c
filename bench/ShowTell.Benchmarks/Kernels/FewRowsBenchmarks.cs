using BenchmarkDotNet.Attributes;
using ShowTell.Numerics;

namespace ShowTell.Benchmarks.Kernels;

/// <summary>
/// Products of few rows with an LSTM's hidden-to-hidden weights, on one core: packed beforehand, and as they lie.
/// </summary>
public class FewRowsBenchmarks
{
    private readonly PackedMatrix<float> _packed = new();
    private Matrix<float> _h = null!, _wh = null!, _gates = null!;

    [Params(1, 2, 4, 8, 16, 25, 64, 128)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Workers.Count = 1;
        var random = new SeededRandom(231);
        _h = Matrix.Normal<float>(random, Rows, 512);
        _wh = Matrix.Normal<float>(random, 512, 2048);
        _gates = new Matrix<float>(Rows, 2048);
        _packed.Pack(_wh);
    }

    [Benchmark]
    public void Packed() => Gemm.NN(_h, _packed, _gates);

    [Benchmark]
    public void AsItLies() => Gemm.NN<float>(_h, _wh, _gates);
}
