using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;
using static ShowTell.Tests.Layers.LayerTable;

namespace ShowTell.Tests.Layers;

/// <summary>Recurrent layers over time against their single steps; reuse of caches; aliasing.</summary>
public sealed class RecurrentLayerTests
{
    public static TheoryData<int> ShapeIndices => [.. Enumerable.Range(0, Shapes.Length)];

    [Theory, MemberData(nameof(ShapeIndices))]
    public void Rnn_over_time_matches_single_steps(int index)
    {
        Shape s = Shapes[index];
        var random = new SeededRandom(1);
        Matrix<double> x = Matrix.Normal<double>(random, s.T * s.N, s.D), h0 = Matrix.Normal<double>(random, s.N, s.H);
        Matrix<double> dH = Matrix.Normal<double>(random, x.Rows, s.H);
        RecurrentWeights<double> weights = Weights<double>(random, s.D, s.H, Rnn.Gates);

        var h = new Matrix<double>[s.T + 1];
        h[0] = h0;
        for (int t = 0; t < s.T; t++)
        {
            h[t + 1] = Like(h0);
            Rnn.Step(x.RowBlock(t * s.N, s.N), h[t], weights, h[t + 1]);
        }

        var (expected, step, upstream, dPrevH) =
            (Zeros(weights), Like(weights), Like(h0), new Matrix<double>(s.N, s.H));
        Matrix<double> expectedDX = Like(x);
        for (int t = s.T - 1; t >= 0; t--)
        {
            Sum(dH.RowBlock(t * s.N, s.N), dPrevH, upstream);
            Rnn.StepBackward(
                upstream, x.RowBlock(t * s.N, s.N), h[t], h[t + 1], weights, expectedDX.RowBlock(t * s.N, s.N), dPrevH,
                step);
            Accumulate(expected, step);
        }

        var cache = new RnnCache<double>();
        Rnn.Forward(x, h0, weights, cache);
        var (dX, dH0, gradients) = (Like(x), Like(h0), Like(weights));
        Rnn.Backward(dH, x, cache, weights, dX, dH0, gradients);
        Assert.Equal(
            h.Skip(1).SelectMany(step => step.Span.ToArray()), Copy<double>(cache.HiddenStates).Span.ToArray());
        AssertSame(expectedDX, dX);
        AssertSame(dPrevH, dH0);
        AssertSame(expected, gradients);
    }

    [Theory, MemberData(nameof(ShapeIndices))]
    public void Lstm_over_time_matches_single_steps(int index)
    {
        Shape s = Shapes[index];
        var random = new SeededRandom(1);
        Matrix<double> x = Matrix.Normal<double>(random, s.T * s.N, s.D), h0 = Matrix.Normal<double>(random, s.N, s.H);
        Matrix<double> dH = Matrix.Normal<double>(random, x.Rows, s.H);
        RecurrentWeights<double> weights = Weights<double>(random, s.D, s.H, Lstm.Gates);

        Matrix<double>[] h = new Matrix<double>[s.T + 1], c = new Matrix<double>[s.T + 1],
            gates = new Matrix<double>[s.T];
        (h[0], c[0]) = (h0, new Matrix<double>(s.N, s.H));
        for (int t = 0; t < s.T; t++)
        {
            (h[t + 1], c[t + 1], gates[t]) = (Like(h0), Like(h0), new Matrix<double>(s.N, Lstm.Gates * s.H));
            Lstm.Step(x.RowBlock(t * s.N, s.N), h[t], c[t], weights, h[t + 1], c[t + 1], gates[t]);
        }

        var (expected, step, upstream, dPrevH) =
            (Zeros(weights), Like(weights), Like(h0), new Matrix<double>(s.N, s.H));
        var (expectedDX, dC) = (Like(x), new Matrix<double>(s.N, s.H));
        for (int t = s.T - 1; t >= 0; t--)
        {
            Sum(dH.RowBlock(t * s.N, s.N), dPrevH, upstream);
            Lstm.StepBackward(
                upstream, dC, x.RowBlock(t * s.N, s.N), h[t], c[t], c[t + 1], gates[t], weights,
                expectedDX.RowBlock(t * s.N, s.N), dPrevH, dC, step);
            Accumulate(expected, step);
        }

        var cache = new LstmCache<double>();
        Lstm.Forward(x, h0, weights, cache);
        var (dX, dH0, gradients) = (Like(x), Like(h0), Like(weights));
        Lstm.Backward(dH, x, cache, weights, dX, dH0, gradients);
        Assert.Equal(
            h.Skip(1).SelectMany(step => step.Span.ToArray()), Copy<double>(cache.HiddenStates).Span.ToArray());
        AssertSame(expectedDX, dX);
        AssertSame(dPrevH, dH0);
        AssertSame(expected, gradients);
    }

    [Theory, MemberData(nameof(ShapeIndices))]
    public void Gru_over_time_matches_single_steps(int index)
    {
        Shape s = Shapes[index];
        var random = new SeededRandom(1);
        Matrix<double> x = Matrix.Normal<double>(random, s.T * s.N, s.D), h0 = Matrix.Normal<double>(random, s.N, s.H);
        Matrix<double> dH = Matrix.Normal<double>(random, x.Rows, s.H);
        RecurrentWeights<double> weights = Weights<double>(random, s.D, s.H, Gru.Gates);

        Matrix<double>[] h = new Matrix<double>[s.T + 1], gates = new Matrix<double>[s.T],
            hidden = new Matrix<double>[s.T];
        h[0] = h0;
        for (int t = 0; t < s.T; t++)
        {
            (h[t + 1], gates[t], hidden[t]) = (Like(h0), new(s.N, Gru.Gates * s.H), new(s.N, Gru.Gates * s.H));
            Gru.Step(x.RowBlock(t * s.N, s.N), h[t], weights, h[t + 1], gates[t], hidden[t]);
        }

        var (expected, step, upstream, dPrevH) =
            (Zeros(weights), Like(weights), Like(h0), new Matrix<double>(s.N, s.H));
        Matrix<double> expectedDX = Like(x);
        for (int t = s.T - 1; t >= 0; t--)
        {
            Sum(dH.RowBlock(t * s.N, s.N), dPrevH, upstream);
            Gru.StepBackward(
                upstream, x.RowBlock(t * s.N, s.N), h[t], gates[t], hidden[t], weights,
                expectedDX.RowBlock(t * s.N, s.N),
                dPrevH, step);
            Accumulate(expected, step);
            Sum(step.HiddenBias, expected.HiddenBias, expected.HiddenBias);
        }

        var cache = new GruCache<double>();
        Gru.Forward(x, h0, weights, cache);
        var (dX, dH0, gradients) = (Like(x), Like(h0), Like(weights));
        Gru.Backward(dH, x, cache, weights, dX, dH0, gradients);
        Assert.Equal(
            h.Skip(1).SelectMany(step => step.Span.ToArray()), Copy<double>(cache.HiddenStates).Span.ToArray());
        AssertSame(expectedDX, dX);
        AssertSame(dPrevH, dH0);
        AssertSame(expected, gradients);
        AssertSame(expected.HiddenBias, gradients.HiddenBias);
    }

    [Fact]
    public void Reused_caches_give_the_same_results_as_new_ones()
    {
        var (rnn, lstm) = (new RnnCache<float>(), new LstmCache<float>());
        foreach (Shape shape in (Shape[])[Shapes[1], Shapes[6], Shapes[0], Shapes[5], Shapes[2], Shapes[1]])
        {
            Assert.Equal(Run(shape, new RnnCache<float>(), new LstmCache<float>()), Run(shape, rnn, lstm));
        }

        static float[] Run(Shape s, RnnCache<float> rnn, LstmCache<float> lstm)
        {
            var random = new SeededRandom(3);
            Matrix<float> x = Matrix.Normal<float>(random, s.T * s.N, s.D), h0 = Matrix.Normal<float>(random, s.N, s.H);
            Matrix<float> dH = Matrix.Normal<float>(random, x.Rows, s.H), dX = Like(x), dH0 = Like(h0);
            RecurrentWeights<float> weights = Weights<float>(random, s.D, s.H, Rnn.Gates), d = Like(weights);
            Rnn.Forward(x, h0, weights, rnn);
            Rnn.Backward(dH, x, rnn, weights, dX, dH0, d);
            float[] ofRnn =
                [.. rnn.HiddenStates.Elements, .. dX.Span, .. dH0.Span, .. d.Wx.Span, .. d.Wh.Span, .. d.B.Span];
            Assert.Equal((s.T, s.N), (rnn.Time.Layout.Timesteps, rnn.Time.Layout.BatchSize));

            weights = Weights<float>(random, s.D, s.H, Lstm.Gates);
            d = Like(weights);
            Lstm.Forward(x, h0, weights, lstm);
            Lstm.Backward(dH, x, lstm, weights, dX, dH0, d);
            Assert.Equal((s.T, s.N), (lstm.Time.Layout.Timesteps, lstm.Time.Layout.BatchSize));
            return
            [
                .. ofRnn, .. lstm.HiddenStates.Elements, .. dX.Span, .. dH0.Span, .. d.Wx.Span, .. d.Wh.Span,
                .. d.B.Span,
            ];
        }
    }

    [Fact]
    public void Backward_can_run_twice_after_one_forward()
    {
        foreach (string layer in (string[])["Rnn", "Lstm", "Gru"])
        {
            Differentiable<double> instance = Make<double>(layer, Shapes[1]);
            instance.Forward();
            Matrix<double>[] first = instance.Backward(), second = instance.Backward();
            Assert.All(first.Zip(second), pair => Assert.Equal(pair.First.Span, pair.Second.Span));
        }
    }

    [Fact]
    public void The_next_cell_state_may_overwrite_the_previous_one()
    {
        (Matrix<double> x, Matrix<double> h, Matrix<double> c, RecurrentWeights<double> weights) = LstmStep();
        var (nextH, nextC, gates) = (Like(h), Like(c), new Matrix<double>(3, 20));
        Lstm.Step(x, h, c, weights, nextH, nextC, gates);
        var (inPlaceH, inPlaceC) = (Like(h), c.Clone());
        Lstm.Step(x, h, inPlaceC, weights, inPlaceH, inPlaceC, gates);
        Assert.Equal(nextC.Span, inPlaceC.Span);
        Assert.Equal(nextH.Span, inPlaceH.Span);
    }

    [Fact]
    public void The_previous_cell_gradient_may_overwrite_the_next_one()
    {
        (Matrix<double> x, Matrix<double> h, Matrix<double> c, RecurrentWeights<double> weights) = LstmStep();
        var (nextH, nextC, gates) = (Like(h), Like(c), new Matrix<double>(3, 20));
        Lstm.Step(x, h, c, weights, nextH, nextC, gates);
        Matrix<double> dH = Matrix.Normal<double>(new SeededRandom(5), 3, 5),
            dC = Matrix.Normal<double>(new SeededRandom(6), 3, 5);
        var (dX, dPrevH, dPrevC, d) = (Like(x), Like(h), Like(c), Like(weights));
        Lstm.StepBackward(dH, dC, x, h, c, nextC, gates, weights, dX, dPrevH, dPrevC, d);
        var (dX2, dPrevH2, d2) = (Like(x), Like(h), Like(weights));
        Lstm.StepBackward(dH, dC, x, h, c, nextC, gates, weights, dX2, dPrevH2, dC, d2);
        Assert.Equal(dPrevC.Span, dC.Span);
        Assert.Equal(dX.Span, dX2.Span);
        Assert.Equal(d.Wx.Span, d2.Wx.Span);
    }

    private static (Matrix<double> X, Matrix<double> H, Matrix<double> C, RecurrentWeights<double> Weights) LstmStep()
    {
        var random = new SeededRandom(4);
        return (
            Matrix.Normal<double>(random, 3, 4), Matrix.Normal<double>(random, 3, 5),
            Matrix.Normal<double>(random, 3, 5), Weights<double>(random, 4, 5, Lstm.Gates));
    }

    private static RecurrentWeights<double> Zeros(RecurrentWeights<double> like) =>
        new(like.InputSize, like.HiddenSize, like.Wx.Columns / like.HiddenSize);

    private static void Sum(MatrixSpan<double> x, Matrix<double> y, Matrix<double> result)
    {
        for (int i = 0; i < result.Length; i++)
        {
            result.Span[i] = x.Elements[i] + y.Span[i];
        }
    }

    private static void Accumulate(RecurrentWeights<double> sum, RecurrentWeights<double> part)
    {
        Sum(part.Wx, sum.Wx, sum.Wx);
        Sum(part.Wh, sum.Wh, sum.Wh);
        Sum(part.B, sum.B, sum.B);
    }

    private static void AssertSame(Matrix<double> expected, Matrix<double> actual) =>
        LayerTests.AssertClose(expected, actual, relative: 1e-13, absolute: 1e-13, "over time");

    private static void AssertSame(RecurrentWeights<double> expected, RecurrentWeights<double> actual)
    {
        AssertSame(expected.Wx, actual.Wx);
        AssertSame(expected.Wh, actual.Wh);
        AssertSame(expected.B, actual.B);
    }
}
