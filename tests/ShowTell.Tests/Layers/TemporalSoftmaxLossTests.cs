using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

public sealed class TemporalSoftmaxLossTests
{
    [Fact]
    public void Masked_rows_have_no_loss_and_no_gradient()
    {
        Matrix<double> scores = Matrix.Normal<double>(new SeededRandom(1), 6, 4), dScores = LayerTable.Like(scores);
        double loss = TemporalSoftmaxLoss.ForwardBackward<double>(scores, [0, 1, 2, 3, 0, 1], new bool[6], 2, dScores);
        Assert.Equal(0, loss);
        Assert.All(dScores.Span.ToArray(), gradient => Assert.Equal(0, gradient));
    }

    /// <summary>Two samples of two words, one of them masked. Computed by hand with exponentials of integers.</summary>
    [Fact]
    public void Loss_and_gradient_match_the_formula()
    {
        Matrix<double> scores = Matrix.FromRows<double>(
            [Math.Log(1), Math.Log(3)], [Math.Log(5), Math.Log(5)], [Math.Log(2), Math.Log(8)], [7, 9]);
        Matrix<double> dScores = LayerTable.Like(scores);
        double loss = TemporalSoftmaxLoss.ForwardBackward<double>(
            scores, [0, 1, 1, 0], [true, true, true, false], 2, dScores);
        Assert.Equal(-(Math.Log(0.25) + Math.Log(0.5) + Math.Log(0.8)) / 2, loss, 1e-15);
        double[] expected = [-0.375, 0.375, 0.25, -0.25, 0.1, -0.1, 0, 0];
        Assert.All(expected.Zip(dScores.Span.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-15));
    }

    [Theory]
    [InlineData(1e4)]
    [InlineData(-1e4)]
    [InlineData(1e30)]
    public void Huge_scores_stay_finite(double size)
    {
        foreach (int target in (int[])[0, 1])
        {
            var dScores = new Matrix<float>(1, 3);
            Matrix<float> scores = Matrix.FromRows<float>([0, (float)size, (float)(size / 2)]);
            double loss = TemporalSoftmaxLoss.ForwardBackward<float>(scores, [target], [true], 1, dScores);
            Assert.True(double.IsFinite(loss));
            Assert.Equal((target == 1) == size > 0 ? 0 : Math.Abs(size), loss, Math.Abs(size) * 1e-6);
            Assert.All(dScores.Span.ToArray(), gradient => Assert.InRange(gradient, -1, 1));
            Assert.Equal(0, dScores.Span.ToArray().Sum(), 1e-6);
        }
    }

    [Fact]
    public void The_gradient_may_overwrite_the_scores()
    {
        Matrix<float> scores = Matrix.Normal<float>(new SeededRandom(2), 6, 37), dScores = LayerTable.Like(scores);
        int[] targets = [0, 36, 2, 3, 4, 5];
        bool[] mask = [true, true, false, true, true, false];
        double loss = TemporalSoftmaxLoss.ForwardBackward<float>(scores, targets, mask, 3, dScores);
        Assert.Equal(loss, TemporalSoftmaxLoss.ForwardBackward<float>(scores, targets, mask, 3, scores));
        Assert.Equal(dScores.Span, scores.Span);
    }

    [Fact]
    public void NaN_scores_make_the_loss_NaN()
    {
        Matrix<float> scores = Matrix.FromRows<float>([0, float.NaN, 1]);
        Assert.False(double.IsFinite(TemporalSoftmaxLoss.ForwardBackward<float>(scores, [0], [true], 1, scores)));
    }

    [Fact]
    public void Words_without_scores_are_rejected_before_anything_is_written()
    {
        Matrix<float> scores = Matrix.Normal<float>(new SeededRandom(3), 3, 4), dScores = LayerTable.Like(scores);
        foreach (int word in new[] { -1, 4 })
        {
            Assert.Throws<ArgumentOutOfRangeException>(
                () => TemporalSoftmaxLoss.ForwardBackward<float>(scores, [0, 1, word], [true, true, true], 3, dScores));
            Assert.All(dScores.Span.ToArray(), gradient => Assert.Equal(float.NaN, gradient));
            Assert.NotEqual(
                0,
                TemporalSoftmaxLoss.ForwardBackward<float>(
                    scores, [0, 1, word], [true, true, false], 3, scores.Clone()));
        }
    }

    /// <summary>Any number of columns, with the scores in the middle of a larger matrix.</summary>
    [Fact]
    public void Vocabularies_of_any_size_have_probabilities()
    {
        for (int words = 1; words <= 70; words++)
        {
            Matrix<float> wide = Matrix.Normal<float>(new SeededRandom((ulong)words), 3, words + 5);
            MatrixSpan<float> scores = wide.RowBlock(0, wide.Rows).ColumnBlock(2, words);
            var dScores = new Matrix<float>(3, words);
            int[] targets = [0, words / 2, words - 1];
            double loss = TemporalSoftmaxLoss.ForwardBackward<float>(scores, targets, [true, true, true], 1, dScores);
            double expected = 0;
            for (int r = 0; r < 3; r++)
            {
                double[] e = [.. scores.Row(r).ToArray().Select(score => Math.Exp(score))];
                expected -= Math.Log(e[targets[r]] / e.Sum());
                for (int j = 0; j < words; j++)
                {
                    Assert.Equal((e[j] / e.Sum()) - (j == targets[r] ? 1 : 0), dScores[r, j], 1e-6);
                }
            }

            Assert.Equal(expected, loss, 1e-5);
        }
    }
}
