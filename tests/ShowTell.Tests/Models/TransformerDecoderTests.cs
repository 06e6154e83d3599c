using System.Text.Json;
using ShowTell.Models;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Models;

public sealed class TransformerDecoderTests
{
    /// <summary>
    /// Loss and gradients of captions of different lengths against torch.nn.TransformerDecoderLayer, by
    /// <c>tests/golden/transformer.py</c>.
    /// </summary>
    [Theory]
    [InlineData("one layer, one head, one region")]
    [InlineData("three layers, two heads, four regions")]
    public void Matches_PyTorch(string name)
    {
        JsonElement golden = GoldenFile.Read("transformer").GetProperty(name), given = golden.GetProperty("given");
        int regions = given.GetProperty("regions").GetInt32();
        CaptioningOptions options = ModelVariants.Options("transformer", d: regions * 3, h: 8) with
        {
            Regions = regions,
            Layers = given.GetProperty("layers").GetInt32(),
            Heads = given.GetProperty("heads").GetInt32(),
            FeedForwardSize = 11,
        };
        SmallModel.AssertGolden(golden, options);
    }

    /// <summary>Longer than any training caption: positions are unlimited, and buffers grow.</summary>
    [Fact]
    public void Captions_may_exceed_the_longest_training_caption()
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
    public void Incompatible_features_are_rejected()
    {
        CaptioningModel<float> model = SmallModel.Normal<float>(ModelVariants.Options("transformer"));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(new Matrix<float>(2, 2), [1, 4, 2, 1, 5, 2]));
        Assert.ThrowsAny<ArgumentException>(() => new InferenceModel<float>(model).Begin(new Matrix<float>(2, 2)));
    }
}
