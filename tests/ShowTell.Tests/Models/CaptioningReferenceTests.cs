using System.Text.Json;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Layers;
using Xunit;

namespace ShowTell.Tests.Models;

/// <summary>Loss and gradients of a whole training step against the same model written in NumPy, in the exercise's order of axes.</summary>
public sealed class CaptioningReferenceTests
{
    private const string Reference = """
        import json, sys
        import numpy as np

        sigmoid = lambda z: 1 / (1 + np.exp(-z))

        def forward(p, cell, features, words):
            N, T, H = words.shape[0], words.shape[1], p['Wh'].shape[0]
            h, c = features @ p['W_proj'] + p['b_proj'], np.zeros((features.shape[0], H))
            steps, hs = [], np.zeros((N, T, H))
            for t in range(T):
                x = p['W_embed'][words[:, t]]
                a = x @ p['Wx'] + h @ p['Wh'] + p['b']
                if cell == 'rnn':
                    gates, next_c, next_h = None, c, np.tanh(a)
                else:
                    ai, af, ao, ag = np.split(a, 4, axis=1)
                    gates = i, f, o, g = sigmoid(ai), sigmoid(af), sigmoid(ao), np.tanh(ag)
                    next_c = f * c + i * g
                    next_h = o * np.tanh(next_c)
                steps.append((x, h, c, gates, next_h, next_c))
                h, c = next_h, next_c
                hs[:, t] = h
            return hs, steps

        def backward_step(p, cell, step, dh, dc, d):
            x, h, c, gates, next_h, next_c = step
            if cell == 'rnn':
                da = dh * (1 - next_h ** 2)
            else:
                i, f, o, g = gates
                dc = dc + dh * o * (1 - np.tanh(next_c) ** 2)
                da = np.concatenate([
                    dc * g * i * (1 - i), dc * c * f * (1 - f), dh * np.tanh(next_c) * o * (1 - o), dc * i * (1 - g ** 2)], axis=1)
                dc = dc * f
            d['Wx'] += x.T @ da
            d['Wh'] += h.T @ da
            d['b'] += da.sum(axis=0)
            return da @ p['Wx'].T, da @ p['Wh'].T, dc

        def loss_and_gradients(p, cell, features, captions):
            inputs, targets = captions[:, :-1], captions[:, 1:]
            N, T = inputs.shape
            hs, steps = forward(p, cell, features, inputs)
            scores = hs @ p['W_vocab'] + p['b_vocab']
            scores = scores - scores.max(axis=2, keepdims=True)
            probabilities = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
            counts = (targets != 0).astype(float)
            n, t = np.arange(N)[:, None], np.arange(T)[None, :]
            loss = -(counts * np.log(probabilities[n, t, targets])).sum() / N
            dscores = probabilities.copy()
            dscores[n, t, targets] -= 1
            dscores *= counts[:, :, None] / N
            d = {name: np.zeros_like(value) for name, value in p.items()}
            d['W_vocab'] = np.einsum('nth,ntv->hv', hs, dscores)
            d['b_vocab'] = dscores.sum(axis=(0, 1))
            dhs = dscores @ p['W_vocab'].T
            dh, dc = np.zeros_like(dhs[:, 0]), np.zeros_like(dhs[:, 0])
            for t in reversed(range(T)):
                dx, dh, dc = backward_step(p, cell, steps[t], dhs[:, t] + dh, dc, d)
                np.add.at(d['W_embed'], inputs[:, t], dx)
            d['W_proj'] = features.T @ dh
            d['b_proj'] = dh.sum(axis=0)
            return loss, d

        given = json.load(open(sys.argv[1]))
        p = {name: np.array(value) for name, value in given['parameters'].items()}
        loss, d = loss_and_gradients(p, given['cell'], np.array(given['features']), np.array(given['captions']))
        print(json.dumps({'loss': loss, 'gradients': {name: value.ravel().tolist() for name, value in d.items()}}))
        """;

    [Theory]
    [InlineData(CellKind.Rnn, "rnn")]
    [InlineData(CellKind.Lstm, "lstm")]
    public void A_training_step_is_that_of_numpy(CellKind cell, string name)
    {
        const int N = 6, Width = 8, D = 9, V = 14;
        CaptioningModel<double> model = SmallModel.Normal<double>(SmallModel.Options(cell, d: D, w: 7, h: 10, v: V));
        var random = new SeededRandom(11);
        Matrix<double> features = Matrix.Normal<double>(random, N, D);
        int[] captions = SmallModel.Captions(random, N, Width, V);

        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllText(folder.File("given.json"), JsonSerializer.Serialize(new
        {
            cell = name,
            features = Rows(features),
            captions = captions.Chunk(Width),
            parameters = model.Parameters.All.ToDictionary(
                parameter => parameter.Name,
                parameter => CaptioningParameters<double>.IsVector(parameter.Name)
                    ? (object)parameter.Value.Span.ToArray()
                    : Rows(parameter.Value)),
        }));
        using JsonDocument expected = JsonDocument.Parse(TestData.RunPython(["numpy"], Reference, folder.File("given.json")));

        var gradients = new CaptioningParameters<double>(model.Options);
        double loss = model.Loss(features, captions, gradients);
        Assert.Equal(expected.RootElement.GetProperty("loss").GetDouble(), loss, 1e-9);
        foreach ((string parameter, Matrix<double> gradient) in gradients.All)
        {
            double[] elements = [.. expected.RootElement.GetProperty("gradients").GetProperty(parameter).EnumerateArray().Select(e => e.GetDouble())];
            LayerTests.AssertClose(
                new Matrix<double>(gradient.Rows, gradient.Columns, elements), gradient, relative: 1e-9, absolute: 1e-12, parameter);
        }
    }

    private static double[][] Rows(Matrix<double> matrix) =>
        [.. Enumerable.Range(0, matrix.Rows).Select(row => matrix.Row(row).ToArray())];
}
