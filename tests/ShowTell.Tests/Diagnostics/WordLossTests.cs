using ShowTell.Decoding;
using ShowTell.Diagnostics;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Diagnostics;

public sealed class WordLossTests
{
    private const int Images = 20;
    private const int Words = 8;

    [Theory]
    [InlineData(CellKind.Rnn)]
    [InlineData(CellKind.Lstm)]
    public void Teacher_forced_is_the_loss_of_training_a_word(CellKind cell)
    {
        (CaptioningModel<float> model, Matrix<float> features) = Make(cell);
        int[] captions =
            [.. Enumerable.Range(0, Images).SelectMany(i => i % 2 == 0 ? new[] { 1, 4, 5, 6, 2 } : [1, 7, 2, 0, 0])];
        WordLoss loss = WordLoss.Total(WordLoss.TeacherForced(new InferenceModel<float>(model), features, captions));
        Assert.Equal(Images / 2 * (4 + 2), loss.Words);
        Assert.Equal(model.Loss(features, captions) * Images, loss.Sum, 1e-3);
        Assert.Equal(loss.Sum / loss.Words, loss.PerWord);
        Assert.Equal(Math.Exp(loss.PerWord), loss.Perplexity);
    }

    /// <summary>Who says the reference reads the reference.</summary>
    [Fact]
    public void Free_running_is_teacher_forced_where_the_model_says_the_reference_itself()
    {
        (CaptioningModel<float> model, Matrix<float> features) = Make(CellKind.Lstm);
        model.Parameters.BVocab.Span[..2].Fill(-100);
        var inference = new InferenceModel<float>(model);
        int[] said = model.DecodeGreedily<float>(features, Words);
        int[] own = [.. said.Chunk(Words).SelectMany(caption => new[] { 1 }.Concat(caption))];
        Assert.Equal(
            WordLoss.Total(WordLoss.TeacherForced(inference, features, own)).Sum,
            WordLoss.Total(WordLoss.FreeRunning(inference, features, own)).Sum, 1e-4);

        int[] other = [.. own.Select((id, i) => id > 3 && i % (Words + 1) == 1 ? 4 + ((id + 1) % 4) : id)];
        Assert.NotEqual(own, other);
        WordLoss forced = WordLoss.Total(WordLoss.TeacherForced(inference, features, other)),
            free = WordLoss.Total(WordLoss.FreeRunning(inference, features, other));
        Assert.Equal(forced.Words, free.Words);
        Assert.True(Math.Abs(forced.Sum - free.Sum) > 1, $"{forced} {free}");
    }

    /// <summary>The model would end at once; the word it reads then is its best one that ends nothing.</summary>
    [Fact]
    public void A_caption_that_ends_too_early_goes_on()
    {
        (CaptioningModel<float> model, Matrix<float> features) = Make(CellKind.Rnn);
        model.Parameters.BVocab.Span[model.Options.EndId] = 50;
        var inference = new InferenceModel<float>(model);
        MatrixSpan<float> scores = inference.Step(
            inference.Begin(features), [.. Enumerable.Repeat(model.Options.StartId, Images)]);
        var references = new List<int>();
        for (int n = 0; n < Images; n++)
        {
            float[] ofWords = scores.Row(n).ToArray();
            references.AddRange([1, Enumerable.Range(3, Words - 3).MaxBy(word => ofWords[word]), 4]);
        }

        int[] captions = [.. references];
        Assert.Equal(
            WordLoss.Total(WordLoss.TeacherForced(inference, features, captions)).Sum,
            WordLoss.Total(WordLoss.FreeRunning(inference, features, captions)).Sum, 1e-3);
    }

    private static (CaptioningModel<float> Model, Matrix<float> Features) Make(CellKind cell) =>
        (SmallModel.Normal<float>(SmallModel.Options(cell)), Matrix.Normal<float>(new SeededRandom(7), Images, 4));
}
