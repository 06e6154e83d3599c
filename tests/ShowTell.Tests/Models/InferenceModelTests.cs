using ShowTell.Layers;
using ShowTell.Models;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Models;

public sealed class InferenceModelTests
{
    [Theory]
    [InlineData(CellKind.Rnn)]
    [InlineData(CellKind.Lstm)]
    public void Scores_match_the_layers(CellKind cell)
    {
        CaptioningOptions options = SmallModel.Options(cell);
        CaptioningModel<double> model = SmallModel.Normal<double>(options);
        CaptioningParameters<double> p = model.Parameters;
        var random = new SeededRandom(3);
        Matrix<double> features = Matrix.Normal<double>(random, 5, options.FeatureSize);
        var inference = new InferenceModel<double>(model);
        DecodingState<double> state = inference.Begin(features);

        var (h, c) = (new Matrix<double>(5, options.HiddenSize), new Matrix<double>(5, options.HiddenSize));
        Affine.Forward<double>(features, p.WProj, p.BProj.Span, h);
        foreach (int[] words in (int[][])[[1, 1, 1, 1, 1], [4, 5, 4, 6, 7], [7, 7, 2, 4, 0], [1, 5, 4, 6, 7]])
        {
            var (x, next, gates) = (new Matrix<double>(5, options.WordVectorSize), h.Clone(), new Matrix<double>(
                5, p.Recurrent.Wx.Columns));
            WordEmbedding.Forward<double>(words, p.WEmbed, x);
            if (cell == CellKind.Rnn)
            {
                Rnn.Step<double>(x, h, p.Recurrent, next);
            }
            else
            {
                Lstm.Step<double>(x, h, c, p.Recurrent, next, c, gates);
            }

            h = next;
            var expected = new Matrix<double>(5, 8);
            Affine.Forward<double>(h, p.WVocab, p.BVocab.Span, expected);
            MatrixSpan<double> scores = inference.Step(state, words);
            Assert.InRange(GradientCheck.RelativeError<double>(expected, scores), 0, 1e-12);
            Assert.InRange(GradientCheck.RelativeError<double>(h, state[0]), 0, 1e-12);
        }
    }

    [Theory]
    [InlineData(CellKind.Rnn)]
    [InlineData(CellKind.Lstm)]
    public void Selected_captions_continue_independently_of_the_others(CellKind cell)
    {
        CaptioningOptions options = SmallModel.Options(cell);
        var inference = new InferenceModel<float>(SmallModel.Normal<float>(options));
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(3), 4, options.FeatureSize);
        DecodingState<float> all = inference.Begin(features);
        inference.Step(all, [1, 1, 1, 1]);
        inference.Step(all, [4, 5, 6, 7]);
        all.Select([3, 1, 1]);
        Assert.Equal(3, all.Count);
        var scores = new Matrix<float>(3, 8);
        scores.CopyFrom(inference.Step(all, [5, 6, 7]));

        foreach ((int image, int[] words, int row) in ((int, int[], int)[])[(3, [1, 7, 5], 0), (1, [1, 5, 6], 1), (
            1, [1, 5, 7], 2)])
        {
            DecodingState<float> alone = inference.Begin(features.RowBlock(image, 1));
            var expected = new Matrix<float>(1, 8);
            foreach (int word in words)
            {
                expected.CopyFrom(inference.Step(alone, [word]));
            }

            Assert.Equal(expected.Span, scores.Row(row));
        }
    }

    [Fact]
    public void Incompatible_inputs_are_rejected()
    {
        var model = new InferenceModel<float>(SmallModel.Normal<float>(SmallModel.Options(CellKind.Lstm)));
        var features = new Matrix<float>(2, 4);
        Assert.ThrowsAny<ArgumentException>(() => _ = model.Step(model.Begin(features), [1, 8]));
        Assert.ThrowsAny<ArgumentException>(() => _ = model.Step(model.Begin(features), [1, -1]));
        Assert.ThrowsAny<ArgumentException>(() => _ = model.Step(model.Begin(features), [1]));
        Assert.ThrowsAny<ArgumentException>(() => model.Begin(new Matrix<float>(2, 5)));
        Assert.ThrowsAny<ArgumentException>(() => model.Begin(features).Select([2]));
    }
}
