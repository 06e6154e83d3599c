using ShowTell.Captioning;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Captioning;

public sealed class WordAttentionTests
{
    [Fact]
    public void Weights_are_those_of_the_steps_that_read_the_caption()
    {
        InferenceModel<float> model = Make("attention");
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(1), 1, 4, 1);
        int[] caption = [5, 6, 4, 2];
        Matrix<float> weights = WordAttention.Of(model, features, caption)!;
        Assert.Equal((4, 2), (weights.Rows, weights.Columns));
        DecodingState<float> state = model.Begin(features);
        int[] read = [1, 5, 6, 4];
        for (int t = 0; t < read.Length; t++)
        {
            model.Step(state, [read[t]]);
            Assert.Equal(model.Attention!.Row(0).ToArray(), weights.Row(t).ToArray());
            Assert.Equal(1, weights.Row(t).ToArray().Sum(), 1e-5);
        }

        // A look comes from the state before the word that the step reads: the second word first tells in the fourth.
        Matrix<float> other = WordAttention.Of(model, features, [5, 7, 4, 2])!;
        Assert.Equal(weights.Span[..6].ToArray(), other.Span[..6].ToArray());
        Assert.NotEqual(weights.Row(3).ToArray(), other.Row(3).ToArray());
    }

    [Fact]
    public void A_model_without_attention_has_none() =>
        Assert.Null(WordAttention.Of(Make("lstm"), new Matrix<float>(1, 4), [5, 2]));

    private static InferenceModel<float> Make(string variant) =>
        new(SmallModel.Normal<float>(ModelVariants.Options(variant)));
}
