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
        result = {'d' + name: flat(given[name].grad) for name in ['x', 'grid', 'Wx', 'Wh', 'Wattn', 'b']}
        print(json.dumps({'h': flat(h), 'alpha': flat(torch.stack(looks)), **result}))
        """;

    [Fact]
    public void It_is_that_of_PyTorch()
    {
        const int N = 5, T = 7, D = 6, H = 9, P = 4;
        var random = new SeededRandom(3);
        Matrix<double> x = Matrix.Normal<double>(random, T * N, D), grid = Matrix.Normal<double>(random, N * P, H);
        Matrix<double> dH = Matrix.Normal<double>(random, T * N, H);
        RecurrentWeights<double> w = AttentionWeights<double>(random, D, H), d = AttentionWeights<double>(random, D, H);
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllText(folder.File("given.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["x"] = Rows(x).Chunk(N),
            ["grid"] = Rows(grid).Chunk(P),
            ["dH"] = Rows(dH).Chunk(N),
            ["Wx"] = Rows(w.Wx),
            ["Wh"] = Rows(w.Wh),
            ["Wattn"] = Rows(w.Attention),
            ["b"] = w.B.Span.ToArray(),
        }));
        using JsonDocument expected = JsonDocument.Parse(TestData.RunPython(["torch"], Reference, folder.File("given.json")));

        var cache = new AttentionLstmCache<double>();
        var (dX, dGrid) = (Like(x), Like(grid));
        AttentionLstm.Forward(x, grid, w, N, cache);
        AttentionLstm.Backward(dH, x, cache, w, dX, dGrid, d);
        AssertIs("h", Copy<double>(cache.HiddenStates));
        AssertIs("alpha", Copy<double>(cache.Attention));
        AssertIs("dx", dX);
        AssertIs("dgrid", dGrid);
        AssertIs("dWx", d.Wx);
        AssertIs("dWh", d.Wh);
        AssertIs("dWattn", d.Attention);
        AssertIs("db", d.B);

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
        RecurrentWeights<double> weights = AttentionWeights<double>(new SeededRandom(1), 3, 5);
        AttentionLstm.Forward<double>(x, grid, weights, batchSize: 2, cache);
        Assert.Equal((4, 3, 2), (cache.Places, cache.Timesteps, cache.BatchSize));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward<double>(x, grid, weights, batchSize: 3, cache));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward<double>(x, new Matrix<double>(0, 5), weights, 2, cache));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward<double>(x, new Matrix<double>(8, 4), weights, 2, cache));
        Assert.ThrowsAny<ArgumentException>(() => AttentionLstm.Forward(
            x, grid, Weights<double>(new SeededRandom(1), 3, 5, Lstm.Gates), 2, cache));
    }

    private static double[][] Rows(Matrix<double> matrix) =>
        [.. Enumerable.Range(0, matrix.Rows).Select(row => matrix.Row(row).ToArray())];
}
