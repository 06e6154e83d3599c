using System.Text.Json;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Layers;
using Xunit;

namespace ShowTell.Tests.Models;

public sealed class TransformerNetworkTests
{
    private const string Reference = """
        import json, math, sys
        import torch
        from torch.nn.utils.stateless import functional_call
        torch.set_default_dtype(torch.float64)
        given = json.load(open(sys.argv[1]))
        p = {name: torch.tensor(value).requires_grad_() for name, value in given['parameters'].items()}
        captions, heads, layers = torch.tensor(given['captions']), given['heads'], given['layers']
        memory = torch.tensor(given['features']) @ p['W_proj'] + p['b_proj']
        words, targets = captions[:, :-1], captions[:, 1:]
        T, H = words.shape[1], memory.shape[2]
        angle = torch.arange(T)[:, None] * torch.exp(torch.arange(0, H, 2) * (-math.log(10000) / H))
        positions = torch.zeros(T, H)
        positions[:, 0::2], positions[:, 1::2] = torch.sin(angle), torch.cos(angle)
        x = math.sqrt(H) * p['W_embed'][words] + positions
        causal = torch.triu(torch.full((T, T), float('-inf')), 1)
        for i in range(layers):
            w = lambda name: p[name + (str(i + 1) if i else '')]
            tensors = {}
            for theirs, ours in [('self_attn', 'self'), ('multihead_attn', 'cross')]:
                tensors[theirs + '.in_proj_weight'] = torch.cat([w(f'W_{ours}_query'), w(f'W_{ours}_memory')], 1).T
                tensors[theirs + '.in_proj_bias'] = torch.cat([w(f'b_{ours}_query'), w(f'b_{ours}_memory')])
                tensors[theirs + '.out_proj.weight'] = w(f'W_{ours}_out').T
                tensors[theirs + '.out_proj.bias'] = w(f'b_{ours}_out')
            for theirs, ours in [('linear1', 'feed_in'), ('linear2', 'feed_out')]:
                tensors[theirs + '.weight'], tensors[theirs + '.bias'] = w('W_' + ours).T, w('b_' + ours)
            for theirs, ours in [('norm1', 'self'), ('norm2', 'cross'), ('norm3', 'feed')]:
                tensors[theirs + '.weight'], tensors[theirs + '.bias'] = w(f'g_{ours}_norm'), w(f'b_{ours}_norm')
            F = w('b_feed_in').shape[0]
            layer = torch.nn.TransformerDecoderLayer(H, heads, F, dropout=0, batch_first=True)
            x = functional_call(layer, tensors, (x, memory), {'tgt_mask': causal})
        scores = x @ p['W_vocab'] + p['b_vocab']
        loss = torch.nn.functional.cross_entropy(
            scores.flatten(0, 1), targets.flatten(), ignore_index=0, reduction='sum') / len(captions)
        loss.backward()
        flat = {name: value.grad.flatten().tolist() for name, value in p.items()}
        print(json.dumps({'loss': loss.item(), 'gradients': flat}))
        """;

    /// <summary>Loss and all gradients, the captions of different lengths, by torch.nn.TransformerDecoderLayer.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 2, 4)]
    public void It_is_that_of_PyTorch(int layers, int heads, int places)
    {
        const int N = 5, Width = 7, D = 3;
        CaptioningOptions options = ModelVariants.Options("transformer", d: places * D, h: 8) with
        {
            Places = places, Layers = layers, Heads = heads, FeedForwardSize = 11,
        };
        CaptioningModel<double> model = SmallModel.Normal<double>(options);
        var random = new SeededRandom(8);
        Matrix<double> features = Matrix.Normal<double>(random, N, options.FeatureSize);
        int[] captions = [.. Enumerable.Range(0, N * Width).Select(_ => 1 + random.NextInt(7))];
        captions.AsSpan(3, 4).Clear();
        captions.AsSpan((3 * Width) + 5, 2).Clear();
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllText(folder.File("given.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["parameters"] = model.Parameters.All.ToDictionary(
                p => p.Name,
                p => CaptioningParameters<double>.IsVector(p.Name) ? (object)p.Value.Span.ToArray() : p.Value.Span.ToArray().Chunk(p.Value.Columns)),
            ["captions"] = captions.Chunk(Width),
            ["features"] = features.Span.ToArray().Chunk(D).Chunk(places),
            ["heads"] = heads,
            ["layers"] = layers,
        }));
        using JsonDocument expected = JsonDocument.Parse(TestData.RunPython(["torch"], Reference, folder.File("given.json")));

        var gradients = new CaptioningParameters<double>(options);
        double loss = model.Loss(features, captions, gradients);
        Assert.Equal(expected.RootElement.GetProperty("loss").GetDouble(), loss, 1e-11 * loss);
        foreach ((string name, Matrix<double> actual) in gradients.All)
        {
            double[] elements =
                [.. expected.RootElement.GetProperty("gradients").GetProperty(name).EnumerateArray().Select(e => e.GetDouble())];
            LayerTests.AssertClose(
                new Matrix<double>(actual.Rows, actual.Columns, elements), actual, relative: 1e-9, absolute: 1e-11, name);
        }
    }

    /// <summary>No caption of training is that long: positions have no end, and room for words grows.</summary>
    [Fact]
    public void Captions_may_become_longer_than_any_before()
    {
        const int Width = 60;
        CaptioningOptions options = ModelVariants.Options("transformer, 2 layers, tied");
        CaptioningModel<double> model = SmallModel.Normal<double>(options);
        var random = new SeededRandom(4);
        Matrix<double> features = Matrix.Normal<double>(random, 1, options.FeatureSize);
        int[] caption = [.. Enumerable.Range(0, Width).Select(_ => 1 + random.NextInt(7))];
        model.Loss(features, caption.AsSpan(0, 3));
        var inference = new InferenceModel<double>(model);
        DecodingState<double> state = inference.Begin(features);
        double loss = 0;
        for (int t = 0; t + 1 < Width; t++)
        {
            double[] scores = inference.Step(state, [caption[t]]).Row(0).ToArray();
            loss += Math.Log(scores.Sum(Math.Exp)) - scores[caption[t + 1]];
        }

        Assert.Equal(model.Loss(features, caption), loss, 1e-10 * loss);
    }

    [Fact]
    public void Features_that_do_not_fit_are_refused()
    {
        CaptioningModel<float> model = SmallModel.Normal<float>(ModelVariants.Options("transformer"));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(new Matrix<float>(2, 2), [1, 4, 2, 1, 5, 2]));
        Assert.ThrowsAny<ArgumentException>(() => new InferenceModel<float>(model).Begin(new Matrix<float>(2, 2)));
    }
}
