using System.Text.Json;
using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;
using static ShowTell.Tests.Layers.LayerTable;

namespace ShowTell.Tests.Layers;

/// <summary>States, attention weights and gradients of the attention LSTM against PyTorch's autograd.</summary>
public sealed class AttentionLstmReferenceTests
{
    /// <summary>By <c>tests/golden/attention_lstm.py</c>.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Matches_PyTorch(bool additive)
    {
        JsonElement golden = GoldenFile.Read("attention_lstm").GetProperty(additive ? "additive" : "dot");
        JsonElement given = golden.GetProperty("given"), expected = golden.GetProperty("expected");
        Matrix<double> x = given.Matrix("x"), grid = given.Matrix("grid"), dH = given.Matrix("dH");
        var w = new RecurrentWeights<double>(
            given.Matrix("Wx"), given.Matrix("Wh"), given.Matrix("b"), attention: given.Matrix("Wattn"),
            additiveScore: !additive ? null
            : new(given.Matrix("Wkey"), given.Matrix("bkey"), given.Matrix("Wquery"), given.Matrix("v")));

        AttentionLstmCache<double> cache = AttentionLayers.Cache<double>(additive);
        var (dX, dGrid, d) = (Like(x), Like(grid), AttentionLayers.Gradients(w, additive));
        AttentionLstm.Forward(x, grid, w, given.GetProperty("grid").GetArrayLength(), cache);
        AttentionLstm.Backward(dH, x, cache, w, dX, dGrid, d);
        AssertIs("h", Copy<double>(cache.HiddenStates));
        AssertIs("alpha", Copy<double>(cache.Attention));
        AssertIs("dx", dX);
        AssertIs("dgrid", dGrid);
        Assert.All(AttentionLayers.Named(d, additive), gradient => AssertIs("d" + gradient.Name, gradient.Value));

        void AssertIs(string name, Matrix<double> actual) => LayerTests.AssertClose(
            expected.Matrix(name), actual, relative: 1e-11, absolute: 1e-12, name);
    }

    [Fact]
    public void Incompatible_inputs_are_rejected()
    {
        var (x, grid, cache) = (new Matrix<double>(6, 3), new Matrix<double>(8, 5), new AttentionLstmCache<double>());
        RecurrentWeights<double> weights = AttentionLayers.Weights<double>(new SeededRandom(1), 3, 5);
        AttentionLstm.Forward<double>(x, grid, weights, batchSize: 2, cache);
        Assert.Equal((4, 3, 2), (cache.Images.Regions, cache.Time.Layout.Timesteps, cache.Time.Layout.BatchSize));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward<double>(x, grid, weights, batchSize: 3, cache));
        Assert.ThrowsAny<ArgumentException>(
            () => AttentionLstm.Forward<double>(x, new Matrix<double>(0, 5), weights, 2, cache));
        Assert.ThrowsAny<ArgumentException>(
            () => AttentionLstm.Forward<double>(x, new Matrix<double>(8, 4), weights, 2, cache));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward<double>(
            x, grid, weights, batchSize: 2, new AttentionLstmCache<double>(additive: true)));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward(
            x, grid, Weights<double>(new SeededRandom(1), 3, 5, Lstm.Gates), 2, cache));
    }
}
