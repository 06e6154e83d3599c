using BenchmarkDotNet.Attributes;
using ShowTell.Layers;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;

namespace ShowTell.Benchmarks.Kernels;

/// <summary>What a training step does besides products, on all cores: the softmax loss, and Adam.</summary>
public class StepBenchmarks
{
    private const int V = 1004, N = 128, T = 16;

    private readonly int[] _targets = new int[T * N];
    private readonly bool[] _mask = new bool[T * N];
    private Matrix<float> _scores = null!, _dScores = null!;
    private CaptioningParameters<float> _parameters = null!, _gradients = null!;
    private Optimizer<float> _optimizer = null!;

    [GlobalSetup]
    public void Setup()
    {
        var random = new SeededRandom(231);
        _scores = Matrix.Normal<float>(random, T * N, V);
        _dScores = new Matrix<float>(T * N, V);
        foreach (ref int target in _targets.AsSpan())
        {
            target = random.NextInt(V);
        }

        Array.Fill(_mask, true);
        var options = new CaptioningOptions { FeatureSize = 512, VocabularySize = V };
        _parameters = new CaptioningParameters<float>(options);
        _parameters.Initialize(random);
        _gradients = new CaptioningParameters<float>(options);
        _gradients.Initialize(random);
        _optimizer = new Optimizer<float>(UpdateRule.Adam, options);
    }

    /// <summary>Batch 128, 16 timesteps.</summary>
    [Benchmark]
    public double SoftmaxLoss() =>
        TemporalSoftmaxLoss.ForwardBackward<float>(_scores, _targets, _mask, N, _dScores);

    /// <summary>All parameters of an LSTM model.</summary>
    [Benchmark]
    public void Adam() => _optimizer.Update(_parameters, _gradients, learningRate: 1e-3);
}
