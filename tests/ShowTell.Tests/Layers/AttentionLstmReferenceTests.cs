using System.Text.Json;
using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;
using static ShowTell.Tests.Layers.LayerTable;

namespace ShowTell.Tests.Layers;

/// <summary>The attention LSTM's states, weights of places and gradients against PyTorch's autograd.</summary>
public sealed class AttentionLstmReferenceTests
{
    private const string Reference = """
        import json, sys
        import torch
        torch.set_default_dtype(torch.float64)
        given = {name: torch.tensor(value).requires_grad_() for name, value in json.load(open(sys.argv[1])).items()}
        x, grid, dH = given['x'], given['grid'], given['dH']
        h = c = grid.mean(1)
        states, looks = [], []
        for x_t in x:
            if 'v' in given:
                keys = grid @ given['Wkey'] + given['bkey']
                e = (torch.tanh(keys + (h @ given['Wquery'])[:, None]) @ given['v'])[:, :, 0]
            else:
                e = torch.bmm(grid, h[:, :, None])[:, :, 0] / grid.shape[2] ** .5
            alpha = torch.softmax(e, 1)
            z = (alpha[:, :, None] * grid).sum(1)
            a = x_t @ given['Wx'] + h @ given['Wh'] + z @ given['Wattn'] + given['b']
            i, f, o, g = a.chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
            looks.append(alpha)
        h = torch.stack(states)
        (h * dH.detach()).sum().backward()
        flat = lambda tensor: tensor.detach().reshape(-1).tolist()
        result = {'d' + name: flat(given[name].grad) for name in given if name != 'dH'}
        print(json.dumps({'h': flat(h), 'alpha': flat(torch.stack(looks)), **result}))
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_that_of_PyTorch(bool additive)
    {
        const int N = 5, T = 7, D = 6, H = 9, P = 4, U = 8;
        var random = new SeededRandom(3);
        Matrix<double> x = Matrix.Normal<double>(random, T * N, D), grid = Matrix.Normal<double>(random, N * P, H);
        Matrix<double> dH = Matrix.Normal<double>(random, T * N, H);
        RecurrentWeights<double> w = AttentionLayers.Weights<double>(random, D, H, additive ? U : 0);
        var given = new Dictionary<string, object>
        {
            ["x"] = Rows(x).Chunk(N),
            ["grid"] = Rows(grid).Chunk(P),
            ["dH"] = Rows(dH).Chunk(N),
        };
        foreach ((string name, Matrix<double> value) in AttentionLayers.Named(w, additive))
        {
            given.Add(name, name.StartsWith('b') ? value.Span.ToArray() : Rows(value));
        }

        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllText(folder.File("given.json"), JsonSerializer.Serialize(given));
        using JsonDocument expected = JsonDocument.Parse(TestData.RunPython(["torch"], Reference, folder.File("given.json")));

        AttentionLstmCache<double> cache = AttentionLayers.Cache<double>(additive);
        var (dX, dGrid, d) = (Like(x), Like(grid), AttentionLayers.Gradients(w, additive));
        AttentionLstm.Forward(x, grid, w, N, cache);
        AttentionLstm.Backward(dH, x, cache, w, dX, dGrid, d);
        AssertIs("h", Copy<double>(cache.HiddenStates));
        AssertIs("alpha", Copy<double>(cache.Attention));
        AssertIs("dx", dX);
        AssertIs("dgrid", dGrid);
        Assert.All(AttentionLayers.Named(d, additive), gradient => AssertIs("d" + gradient.Name, gradient.Value));

        void AssertIs(string name, Matrix<double> actual)
        {
            double[] elements = [.. expected.RootElement.GetProperty(name).EnumerateArray().Select(e => e.GetDouble())];
            LayerTests.AssertClose(
                new Matrix<double>(actual.Rows, actual.Columns, elements), actual, relative: 1e-11, absolute: 1e-13, name);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var (x, grid, cache) = (new Matrix<double>(6, 3), new Matrix<double>(8, 5), new AttentionLstmCache<double>());
        RecurrentWeights<double> weights = AttentionLayers.Weights<double>(new SeededRandom(1), 3, 5);
        AttentionLstm.Forward<double>(x, grid, weights, batchSize: 2, cache);
        Assert.Equal((4, 3, 2), (cache.Places, cache.Timesteps, cache.BatchSize));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward<double>(x, grid, weights, batchSize: 3, cache));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward<double>(x, new Matrix<double>(0, 5), weights, 2, cache));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward<double>(x, new Matrix<double>(8, 4), weights, 2, cache));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward<double>(
            x, grid, weights, batchSize: 2, new AdditiveAttentionCache<double>()));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward(
            x, grid, Weights<double>(new SeededRandom(1), 3, 5, Lstm.Gates), 2, cache));
    }

    private static double[][] Rows(Matrix<double> matrix) =>
        [.. Enumerable.Range(0, matrix.Rows).Select(row => matrix.Row(row).ToArray())];
}
