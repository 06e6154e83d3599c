using System.Text.Json;
using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;
using static ShowTell.Tests.Layers.LayerTable;

namespace ShowTell.Tests.Layers;

/// <summary>The GRU's states and gradients against PyTorch's nn.GRU.</summary>
public sealed class GruReferenceTests
{
    // PyTorch keeps weights transposed and has hidden biases of r and z, here zero.
    private const string Reference = """
        import json, sys
        import torch
        torch.set_default_dtype(torch.float64)
        given = {name: torch.tensor(value) for name, value in json.load(open(sys.argv[1])).items()}
        x, h0, dH = given['x'], given['h0'], given['dH']
        T, N, H = x.shape[0], x.shape[1], h0.shape[1]
        gru = torch.nn.GRU(x.shape[2], H)
        with torch.no_grad():
            gru.weight_ih_l0.copy_(given['Wx'].T)
            gru.weight_hh_l0.copy_(given['Wh'].T)
            gru.bias_ih_l0.copy_(given['b'])
            gru.bias_hh_l0.zero_()
            gru.bias_hh_l0[2 * H:] = given['bh']
        x.requires_grad_()
        h0.requires_grad_()
        h, _ = gru(x, h0[None])
        (h * dH).sum().backward()
        flat = lambda tensor: tensor.detach().reshape(-1).tolist()
        print(json.dumps({
            'h': flat(h), 'dX': flat(x.grad), 'dH0': flat(h0.grad), 'dWx': flat(gru.weight_ih_l0.grad.T),
            'dWh': flat(gru.weight_hh_l0.grad.T), 'dB': flat(gru.bias_ih_l0.grad), 'dBh': flat(gru.bias_hh_l0.grad[2 * H:])}))
        """;

    [Fact]
    public void It_is_that_of_PyTorch()
    {
        const int N = 5, T = 7, D = 6, H = 9;
        var random = new SeededRandom(3);
        Matrix<double> x = Matrix.Normal<double>(random, T * N, D), h0 = Matrix.Normal<double>(random, N, H);
        Matrix<double> dH = Matrix.Normal<double>(random, T * N, H);
        RecurrentWeights<double> w = Weights<double>(random, D, H, Gru.Gates), d = Like(w);
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllText(folder.File("given.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["x"] = Rows(x).Chunk(N),
            ["h0"] = Rows(h0),
            ["dH"] = Rows(dH).Chunk(N),
            ["Wx"] = Rows(w.Wx),
            ["Wh"] = Rows(w.Wh),
            ["b"] = w.B.Span.ToArray(),
            ["bh"] = w.HiddenBias.Span.ToArray(),
        }));
        using JsonDocument expected = JsonDocument.Parse(TestData.RunPython(["torch"], Reference, folder.File("given.json")));

        var cache = new GruCache<double>();
        var (dX, dH0) = (Like(x), Like(h0));
        Gru.Forward(x, h0, w, cache);
        Gru.Backward(dH, x, cache, w, dX, dH0, d);
        AssertIs("h", Copy<double>(cache.HiddenStates));
        AssertIs("dX", dX);
        AssertIs("dH0", dH0);
        AssertIs("dWx", d.Wx);
        AssertIs("dWh", d.Wh);
        AssertIs("dB", d.B);
        AssertIs("dBh", d.HiddenBias);

        void AssertIs(string name, Matrix<double> actual)
        {
            double[] elements = [.. expected.RootElement.GetProperty(name).EnumerateArray().Select(e => e.GetDouble())];
            LayerTests.AssertClose(
                new Matrix<double>(actual.Rows, actual.Columns, elements), actual, relative: 1e-11, absolute: 1e-13, name);
        }
    }

    private static double[][] Rows(Matrix<double> matrix) =>
        [.. Enumerable.Range(0, matrix.Rows).Select(row => matrix.Row(row).ToArray())];
}
