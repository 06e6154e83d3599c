using BenchmarkDotNet.Attributes;
using ShowTell.Layers;
using ShowTell.Numerics;

namespace ShowTell.Benchmarks.Kernels;

/// <summary>The recurrent layers over 16 timesteps, W 256, H 512, on all cores.</summary>
public class RecurrentBenchmarks
{
    private const int T = 16, W = 256, H = 512;

    private readonly RnnCache<float> _rnnCache = new();
    private readonly LstmCache<float> _lstmCache = new();
    private RecurrentWeights<float> _rnn = null!, _rnnGradients = null!, _lstm = null!, _lstmGradients = null!;
    private Matrix<float> _x = null!, _h0 = null!, _dH = null!, _dX = null!, _dH0 = null!;

    [Params(25, 128, 256)]
    public int N { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new SeededRandom(231);
        (_rnn, _rnnGradients) = (Weights(random, Rnn.Gates), Weights(random, Rnn.Gates));
        (_lstm, _lstmGradients) = (Weights(random, Lstm.Gates), Weights(random, Lstm.Gates));
        _x = Matrix.Normal<float>(random, T * N, W);
        _h0 = Matrix.Normal<float>(random, N, H);
        _dH = Matrix.Normal<float>(random, T * N, H);
        _dX = new Matrix<float>(T * N, W);
        _dH0 = new Matrix<float>(N, H);
        RnnForward();
        LstmForward();
    }

    [Benchmark]
    public void RnnForward() => Rnn.Forward(_x, _h0, _rnn, _rnnCache);

    [Benchmark]
    public void RnnBackward() => Rnn.Backward(_dH, _x, _rnnCache, _rnn, _dX, _dH0, _rnnGradients);

    [Benchmark]
    public void LstmForward() => Lstm.Forward(_x, _h0, _lstm, _lstmCache);

    [Benchmark]
    public void LstmBackward() => Lstm.Backward(_dH, _x, _lstmCache, _lstm, _dX, _dH0, _lstmGradients);

    private static RecurrentWeights<float> Weights(SeededRandom random, int gates) => new(
        Matrix.Normal<float>(random, W, gates * H, 0.05),
        Matrix.Normal<float>(random, H, gates * H, 0.05),
        new Matrix<float>(1, gates * H));
}
