using System.Text.Json;
using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;
using static ShowTell.Tests.Layers.LayerTable;

namespace ShowTell.Tests.Layers;

public sealed class GruReferenceTests
{
    /// <summary>States and gradients of nn.GRU, by <c>tests/golden/gru.py</c>.</summary>
    [Fact]
    public void Matches_PyTorch()
    {
        JsonElement golden = GoldenFile.Read("gru"), given = golden.GetProperty("given");
        Matrix<double> x = given.Matrix("x"), h0 = given.Matrix("h0"), dH = given.Matrix("dH");
        var w = new RecurrentWeights<double>(
            given.Matrix("Wx"), given.Matrix("Wh"), given.Matrix("b"), given.Matrix("bh"));
        RecurrentWeights<double> d = Like(w);

        var cache = new GruCache<double>();
        var (dX, dH0) = (Like(x), Like(h0));
        Gru.Forward(x, h0, w, cache);
        Gru.Backward(dH, x, cache, w, dX, dH0, d);

        (string Name, Matrix<double> Value)[] results =
        [
            ("h", Copy<double>(cache.HiddenStates)), ("dX", dX), ("dH0", dH0), ("dWx", d.Wx), ("dWh", d.Wh),
            ("dB", d.B),
            ("dBh", d.HiddenBias),
        ];
        Assert.All(results, result => LayerTests.AssertClose(
            golden.GetProperty("expected").Matrix(result.Name), result.Value, relative: 1e-11, absolute: 1e-12,
            result.Name));
    }
}
