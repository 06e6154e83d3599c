using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Models;

public sealed class AttentionDecoderTests
{
    [Theory]
    [InlineData("attention")]
    [InlineData("additive attention")]
    [InlineData("transformer, 3 layers, 3 heads")]
    public void Each_step_reports_its_attention_weights(string variant)
    {
        CaptioningOptions options = ModelVariants.Options(variant, d: 12) with { Regions = 4 };
        var inference = new InferenceModel<float>(SmallModel.Normal<float>(options));
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(3), 3, 12);
        DecodingState<float> state = inference.Begin(features);
        inference.Step(state, [1, 1, 1]);
        state.Select([2, 0, 2, 1]);
        inference.Step(state, [4, 4, 4, 5]);
        Matrix<float> attention = inference.Attention!.Clone();
        Assert.Equal((4, 4), (attention.Rows, attention.Columns));
        Assert.All(Enumerable.Range(0, 4), n => Assert.Equal(1, attention.Row(n).ToArray().Sum(), 1e-5));
        Assert.All(attention.Span.ToArray(), weight => Assert.InRange(weight, 0, 1));
        Assert.Equal(attention.Row(0), attention.Row(2));
        Assert.False(attention.Row(0).SequenceEqual(attention.Row(1)));
        Assert.Null(new InferenceModel<float>(SmallModel.Normal<float>(ModelVariants.Options("lstm"))).Attention);
    }

    [Fact]
    public void Incompatible_features_are_rejected()
    {
        CaptioningModel<float> model = SmallModel.Normal<float>(ModelVariants.Options("attention"));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(new Matrix<float>(2, 2), [1, 4, 2, 1, 5, 2]));
        Assert.ThrowsAny<ArgumentException>(() => new InferenceModel<float>(model).Begin(new Matrix<float>(2, 2)));
    }

    /// <summary>
    /// One of nine regions has an object of one of three kinds, which the caption names. The model must attend to it:
    /// in the mean of all regions, the others drown it.
    /// </summary>
    [Theory]
    [InlineData(ShowTell.Models.Architecture.Attention, AttentionScore.Dot)]
    [InlineData(ShowTell.Models.Architecture.Attention, AttentionScore.Additive)]
    [InlineData(ShowTell.Models.Architecture.Transformer, AttentionScore.Dot)]
    public void The_model_learns_to_attend_to_the_relevant_region(
        ShowTell.Models.Architecture architecture, AttentionScore score)
    {
        const int Regions = 9, Kinds = 3, FeaturesPerRegion = 8, N = 64;
        var options = new CaptioningOptions
        {
            Architecture = architecture,
            Attention = score,
            Regions = Regions,
            FeatureSize = Regions * FeaturesPerRegion,
            VocabularySize = 4 + Kinds,
            WordVectorSize = 24,
            HiddenSize = 24,
            Heads = 2,
            FeedForwardSize = 48,
        };
        var model = new CaptioningModel<float>(options, new SeededRandom(5));
        var gradients = new CaptioningParameters<float>(options);
        var optimizer = new Optimizer<float>(UpdateRule.Adam, options);
        var random = new SeededRandom(6);
        (Matrix<float> features, int[] captions, int[] regions) = Batch();
        double before = model.Loss(features, captions);
        for (int i = 0; i < 400; i++)
        {
            (features, captions, _) = Batch();
            model.Loss(features, captions, gradients);
            optimizer.Update(model.Parameters, gradients, 5e-3);
        }

        (features, captions, regions) = Batch();
        Assert.InRange(model.Loss(features, captions), 0, 0.1 * before);
        var inference = new InferenceModel<float>(model);
        inference.Step(inference.Begin(features), [.. Enumerable.Repeat(1, N)]);
        double there = Enumerable.Range(0, N).Average(n => inference.Attention![n, regions[n]]);
        Assert.InRange(there, 0.5, 1);

        (Matrix<float> Features, int[] Captions, int[] Regions) Batch()
        {
            Matrix<float> features = Matrix.Normal<float>(random, N, Regions * FeaturesPerRegion, 0.5);
            var (captions, regions) = (new int[N * 3], new int[N]);
            for (int n = 0; n < N; n++)
            {
                int kind = random.NextInt(Kinds);
                regions[n] = random.NextInt(Regions);
                Span<float> region = features.Row(n).Slice(regions[n] * FeaturesPerRegion, FeaturesPerRegion);
                region[kind] += 2;
                region[^1] += 3;
                (captions[3 * n], captions[(3 * n) + 1], captions[(3 * n) + 2]) = (1, 4 + kind, 2);
            }

            return (features, captions, regions);
        }
    }
}
