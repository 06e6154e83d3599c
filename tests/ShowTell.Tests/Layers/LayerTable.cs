using System.Numerics;
using ShowTell.Layers;
using ShowTell.Numerics;

namespace ShowTell.Tests.Layers;

/// <summary>The layers and the shapes to test.</summary>
internal static class LayerTable
{
    public static Shape[] Shapes { get; } =
    [
        new(N: 1, T: 1, D: 1, H: 1, V: 1),
        new(N: 2, T: 3, D: 4, H: 5, V: 6),
        new(N: 5, T: 1, D: 3, H: 7, V: 2),
        new(N: 1, T: 9, D: 2, H: 3, V: 11),
        new(N: 3, T: 7, D: 1, H: 2, V: 3),
        new(N: 13, T: 2, D: 17, H: 9, V: 5),
        new(N: 2, T: 2, D: 5, H: 33, V: 37),
    ];

    public static (string Name, Func<Shape, SeededRandom, Differentiable<T>> Make)[] Layers<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
    [
        ("Affine", (s, random) => OfAffine<T>(random, s.N, s.D, s.V, Affine.Forward, Affine.Backward)),
        ("WordEmbedding", OfWordEmbedding<T>),
        ("ProjectedEmbedding", (s, random) => OfProjectedEmbedding<T>(s, random, mask: default)),
        ("Rnn step", OfRnnStep<T>),
        ("Rnn", OfRnn<T>),
        ("Lstm step", OfLstmStep<T>),
        ("Lstm", OfLstm<T>),
        ("Gru step", OfGruStep<T>),
        ("Gru", OfGru<T>),
        ("AttentionLstm", (s, random) => AttentionLayers.Make<T>(s, random, additive: false)),
        ("AttentionLstm, additive", (s, random) => AttentionLayers.Make<T>(s, random, additive: true)),
        ("LayerNorm", OfLayerNorm<T>),
        ("FeedForward", OfFeedForward<T>),
        ("MultiHeadAttention to itself", (s, random) => OfSelfAttention<T>(s, random, causal: false)),
        ("MultiHeadAttention to itself, causal", (s, random) => OfSelfAttention<T>(s, random, causal: true)),
        ("MultiHeadAttention to a memory", OfCrossAttention<T>),
        ("Dropout", OfDropout<T>),
        ("ProjectedEmbedding with dropout", (s, random) => OfProjectedEmbedding<T>(
            s, random, new DropoutMask(0.4, key: 7))),
        ("TemporalSoftmaxLoss", (s, random) => OfSoftmaxLoss<T>(s, random, labelSmoothing: 0)),
        ("TemporalSoftmaxLoss with label smoothing", (s, random) => OfSoftmaxLoss<T>(s, random, labelSmoothing: 0.2)),
    ];

    public static Differentiable<T> Make<T>(string layer, Shape shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Layers<T>().Single(entry => entry.Name == layer).Make(shape, new SeededRandom(231));

    /// <summary>Weights of realistic size: activations neither vanish nor saturate.</summary>
    public static RecurrentWeights<T> Weights<T>(SeededRandom random, int inputSize, int hiddenSize, int gates)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(
            Matrix.Normal<T>(random, inputSize, gates * hiddenSize, 1 / Math.Sqrt(inputSize)),
            Matrix.Normal<T>(random, hiddenSize, gates * hiddenSize, 1 / Math.Sqrt(hiddenSize)),
            Matrix.Normal<T>(random, 1, gates * hiddenSize),
            gates == Gru.Gates ? Matrix.Normal<T>(random, 1, hiddenSize) : null);

    public static AttentionWeights<T> MultiHeadWeights<T>(SeededRandom random, int inputs, int memory, int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(
            Matrix.Normal<T>(random, inputs, width, 1 / Math.Sqrt(inputs)),
            Matrix.Normal<T>(random, 1, width),
            Matrix.Normal<T>(random, memory, 2 * width, 1 / Math.Sqrt(memory)),
            Matrix.Normal<T>(random, 1, 2 * width),
            Matrix.Normal<T>(random, width, inputs, 1 / Math.Sqrt(width)),
            Matrix.Normal<T>(random, 1, inputs));

    public static AttentionWeights<T> Like<T>(AttentionWeights<T> w)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(Like(w.WQuery), Like(w.BQuery), Like(w.WMemory), Like(w.BMemory), Like(w.WOut), Like(w.BOut));

    public static (string Name, Matrix<T> Value)[] Named<T>(AttentionWeights<T> w)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
    [
        ("WQuery", w.WQuery), ("bQuery", w.BQuery), ("WMemory", w.WMemory), ("bMemory", w.BMemory), ("WOut", w.WOut),
        ("bOut", w.BOut),
    ];

    public static Matrix<T> Like<T>(Matrix<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Backward passes overwrite: previous contents must not matter.
        var like = new Matrix<T>(matrix.Rows, matrix.Columns);
        like.Span.Fill(T.NaN);
        return like;
    }

    public static RecurrentWeights<T> Like<T>(RecurrentWeights<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(
            Like(weights.Wx), Like(weights.Wh), Like(weights.B),
            weights.Wx.Columns == Gru.Gates * weights.HiddenSize ? Like(weights.HiddenBias) : null);

    public static Matrix<T> Copy<T>(ReadOnlyMatrixSpan<T> span)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var copy = new Matrix<T>(span.Rows, span.Columns);
        copy.CopyFrom(span);
        return copy;
    }

    private delegate void AffineForward<T>(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> w, ReadOnlySpan<T> b, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    private delegate void AffineBackward<T>(
        ReadOnlyMatrixSpan<T> dOut, ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> w,
        MatrixSpan<T> dX, MatrixSpan<T> dW, Span<T> dB)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    private static Differentiable<T> OfAffine<T>(
        SeededRandom random, int rows, int inputs, int outputs, AffineForward<T> forward, AffineBackward<T> backward)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, rows, inputs), w = Matrix.Normal<T>(random, inputs, outputs);
        Matrix<T> b = Matrix.Normal<T>(random, 1, outputs), dOut = Matrix.Normal<T>(random, rows, outputs);
        return new()
        {
            Inputs = [("x", x), ("w", w), ("b", b)],
            DOutputs = [dOut],
            Forward = () =>
            {
                Matrix<T> output = Like(dOut);
                forward(x, w, b.Span, output);
                return [output];
            },
            Backward = () =>
            {
                var (dX, dW, dB) = (Like(x), Like(w), Like(b));
                backward(dOut, x, w, dX, dW, dB.Span);
                return [dX, dW, dB];
            },
        };
    }

    private static Differentiable<T> OfWordEmbedding<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] words = Ids(random, s.T * s.N, s.V);
        Matrix<T> w = Matrix.Normal<T>(random, s.V, s.D), dOut = Matrix.Normal<T>(random, words.Length, s.D);
        return new()
        {
            Inputs = [("w", w)],
            DOutputs = [dOut],
            Forward = () =>
            {
                Matrix<T> output = Like(dOut);
                WordEmbedding.Forward<T>(words, w, output);
                return [output];
            },
            Backward = () =>
            {
                Matrix<T> dW = Like(w);
                WordEmbedding.Backward<T>(dOut, words, dW);
                return [dW];
            },
        };
    }

    private static Differentiable<T> OfProjectedEmbedding<T>(Shape s, SeededRandom random, DropoutMask mask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] words = Ids(random, s.T * s.N, s.V);
        Matrix<T> w = Matrix.Normal<T>(random, s.V, s.D), wx = Matrix.Normal<T>(random, s.D, s.H);
        Matrix<T> b = Matrix.Normal<T>(random, 1, s.H), dOut = Matrix.Normal<T>(random, words.Length, s.H);
        var cache = new ProjectedEmbeddingCache<T>();
        return new()
        {
            Inputs = [("w", w), ("wx", wx), ("b", b)],
            DOutputs = [dOut],
            Forward = () =>
            {
                Matrix<T> output = Like(dOut);
                ProjectedEmbedding.Forward(words, w, wx, b.Span, mask, cache, output);
                return [output];
            },
            Backward = () =>
            {
                Matrix<T> dW = Like(w), dWx = Like(wx), dB = Like(b);
                ProjectedEmbedding.Backward(dOut, wx, mask, cache, dW, dWx, dB.Span);
                return [dW, dWx, dB];
            },
        };
    }

    private static Differentiable<T> OfRnnStep<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.N, s.D), prevH = Matrix.Normal<T>(random, s.N, s.H);
        RecurrentWeights<T> weights = Weights<T>(random, s.D, s.H, Rnn.Gates);
        Matrix<T> dNextH = Matrix.Normal<T>(random, s.N, s.H), nextH = Like(prevH);
        return new()
        {
            Inputs = [("x", x), ("prevH", prevH), ("Wx", weights.Wx), ("Wh", weights.Wh), ("b", weights.B)],
            DOutputs = [dNextH],
            Forward = () =>
            {
                Rnn.Step(x, prevH, weights, nextH);
                return [nextH];
            },
            Backward = () =>
            {
                var (dX, dPrevH, d) = (Like(x), Like(prevH), Like(weights));
                Rnn.StepBackward(dNextH, x, prevH, nextH, weights, dX, dPrevH, d);
                return [dX, dPrevH, d.Wx, d.Wh, d.B];
            },
        };
    }

    private static Differentiable<T> OfRnn<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.T * s.N, s.D), h0 = Matrix.Normal<T>(random, s.N, s.H);
        RecurrentWeights<T> weights = Weights<T>(random, s.D, s.H, Rnn.Gates);
        Matrix<T> dH = Matrix.Normal<T>(random, x.Rows, s.H);
        var cache = new RnnCache<T>();
        return new()
        {
            Inputs = [("x", x), ("h0", h0), ("Wx", weights.Wx), ("Wh", weights.Wh), ("b", weights.B)],
            DOutputs = [dH],
            Forward = () =>
            {
                Rnn.Forward(x, h0, weights, cache);
                return [Copy<T>(cache.HiddenStates)];
            },
            Backward = () =>
            {
                var (dX, dH0, d) = (Like(x), Like(h0), Like(weights));
                Rnn.Backward(dH, x, cache, weights, dX, dH0, d);
                return [dX, dH0, d.Wx, d.Wh, d.B];
            },
        };
    }

    private static Differentiable<T> OfLstmStep<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.N, s.D);
        Matrix<T> prevH = Matrix.Normal<T>(random, s.N, s.H), prevC = Matrix.Normal<T>(random, s.N, s.H);
        RecurrentWeights<T> weights = Weights<T>(random, s.D, s.H, Lstm.Gates);
        Matrix<T> dNextH = Matrix.Normal<T>(random, s.N, s.H), dNextC = Matrix.Normal<T>(random, s.N, s.H);
        var (nextH, nextC, gates) = (Like(prevH), Like(prevC), new Matrix<T>(s.N, Lstm.Gates * s.H));
        return new()
        {
            Inputs =
            [
                ("x", x), ("prevH", prevH), ("prevC", prevC), ("Wx", weights.Wx), ("Wh", weights.Wh), ("b", weights.B),
            ],
            DOutputs = [dNextH, dNextC],
            Forward = () =>
            {
                Lstm.Step(x, prevH, prevC, weights, nextH, nextC, gates);
                return [nextH, nextC];
            },
            Backward = () =>
            {
                var (dX, dPrevH, dPrevC, d) = (Like(x), Like(prevH), Like(prevC), Like(weights));
                Lstm.StepBackward(dNextH, dNextC, x, prevH, prevC, nextC, gates, weights, dX, dPrevH, dPrevC, d);
                return [dX, dPrevH, dPrevC, d.Wx, d.Wh, d.B];
            },
        };
    }

    private static Differentiable<T> OfLstm<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.T * s.N, s.D), h0 = Matrix.Normal<T>(random, s.N, s.H);
        RecurrentWeights<T> weights = Weights<T>(random, s.D, s.H, Lstm.Gates);
        Matrix<T> dH = Matrix.Normal<T>(random, x.Rows, s.H);
        var cache = new LstmCache<T>();
        return new()
        {
            Inputs = [("x", x), ("h0", h0), ("Wx", weights.Wx), ("Wh", weights.Wh), ("b", weights.B)],
            DOutputs = [dH],
            Forward = () =>
            {
                Lstm.Forward(x, h0, weights, cache);
                return [Copy<T>(cache.HiddenStates)];
            },
            Backward = () =>
            {
                var (dX, dH0, d) = (Like(x), Like(h0), Like(weights));
                Lstm.Backward(dH, x, cache, weights, dX, dH0, d);
                return [dX, dH0, d.Wx, d.Wh, d.B];
            },
        };
    }

    private static Differentiable<T> OfGruStep<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.N, s.D), prevH = Matrix.Normal<T>(random, s.N, s.H);
        RecurrentWeights<T> w = Weights<T>(random, s.D, s.H, Gru.Gates);
        Matrix<T> dNextH = Matrix.Normal<T>(random, s.N, s.H), nextH = Like(prevH);
        Matrix<T> gates = new(s.N, Gru.Gates * s.H), hidden = new(s.N, Gru.Gates * s.H);
        return new()
        {
            Inputs = [("x", x), ("prevH", prevH), ("Wx", w.Wx), ("Wh", w.Wh), ("b", w.B), ("bh", w.HiddenBias)],
            DOutputs = [dNextH],
            Forward = () =>
            {
                Gru.Step(x, prevH, w, nextH, gates, hidden);
                return [nextH];
            },
            Backward = () =>
            {
                var (dX, dPrevH, d) = (Like(x), Like(prevH), Like(w));
                Gru.StepBackward(dNextH, x, prevH, gates, hidden, w, dX, dPrevH, d);
                return [dX, dPrevH, d.Wx, d.Wh, d.B, d.HiddenBias];
            },
        };
    }

    private static Differentiable<T> OfGru<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.T * s.N, s.D), h0 = Matrix.Normal<T>(random, s.N, s.H);
        RecurrentWeights<T> w = Weights<T>(random, s.D, s.H, Gru.Gates);
        Matrix<T> dH = Matrix.Normal<T>(random, x.Rows, s.H);
        var cache = new GruCache<T>();
        return new()
        {
            Inputs = [("x", x), ("h0", h0), ("Wx", w.Wx), ("Wh", w.Wh), ("b", w.B), ("bh", w.HiddenBias)],
            DOutputs = [dH],
            Forward = () =>
            {
                Gru.Forward(x, h0, w, cache);
                return [Copy<T>(cache.HiddenStates)];
            },
            Backward = () =>
            {
                var (dX, dH0, d) = (Like(x), Like(h0), Like(w));
                Gru.Backward(dH, x, cache, w, dX, dH0, d);
                return [dX, dH0, d.Wx, d.Wh, d.B, d.HiddenBias];
            },
        };
    }

    private static Differentiable<T> OfLayerNorm<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.T * s.N, s.H + 2), dOut = Matrix.Normal<T>(random, x.Rows, x.Columns);
        Matrix<T> gain = Matrix.Normal<T>(random, 1, x.Columns), bias = Matrix.Normal<T>(random, 1, x.Columns);
        var cache = new LayerNormCache<T>();
        return new()
        {
            Inputs = [("x", x), ("gain", gain), ("bias", bias)],
            DOutputs = [dOut],
            Forward = () =>
            {
                Matrix<T> output = Like(x);
                LayerNorm.Forward(x, gain.Span, bias.Span, cache, output);
                return [output];
            },
            Backward = () =>
            {
                Matrix<T> dX = Like(x), dGain = Like(gain), dBias = Like(bias);
                LayerNorm.Backward(dOut, gain.Span, cache, dX, dGain.Span, dBias.Span);
                return [dX, dGain, dBias];
            },
        };
    }

    private static Differentiable<T> OfFeedForward<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.T * s.N, s.D), dOut = Matrix.Normal<T>(random, x.Rows, s.V);
        var w = new FeedForwardWeights<T>(
            Matrix.Normal<T>(random, s.D, s.H), Matrix.Normal<T>(random, 1, s.H),
            Matrix.Normal<T>(random, s.H, s.V), Matrix.Normal<T>(random, 1, s.V));
        Matrix<T> hidden = new(x.Rows, s.H), dHidden = Like(hidden);
        return new()
        {
            Inputs = [("x", x), ("WIn", w.WIn), ("bIn", w.BIn), ("WOut", w.WOut), ("bOut", w.BOut)],
            DOutputs = [dOut],
            Forward = () =>
            {
                Matrix<T> output = Like(dOut);
                FeedForward.Forward(x, w, hidden, output);
                return [output];
            },
            Backward = () =>
            {
                var (dX, d) = (new Matrix<T>(x.Rows, x.Columns), new FeedForwardWeights<T>(
                    Like(w.WIn), Like(w.BIn), Like(w.WOut), Like(w.BOut)));
                FeedForward.Backward(dOut, x, hidden, w, dHidden, dX, d);
                return [dX, d.WIn, d.BIn, d.WOut, d.BOut];
            },
        };
    }

    /// <summary>Two heads.</summary>
    private static Differentiable<T> OfSelfAttention<T>(Shape s, SeededRandom random, bool causal)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.N * s.T, s.D), dOut = Matrix.Normal<T>(random, x.Rows, s.D);
        AttentionWeights<T> w = MultiHeadWeights<T>(random, s.D, s.D, 2 * s.H);
        var cache = new MultiHeadAttentionCache<T>();
        return new()
        {
            Inputs = [("x", x), .. Named(w)],
            DOutputs = [dOut],
            Forward = () =>
            {
                Matrix<T> output = Like(dOut);
                MultiHeadAttention.Forward(x, x, w, s.N, heads: 2, causal, cache, output);
                return [output];
            },
            Backward = () =>
            {
                var (dX, d) = (new Matrix<T>(x.Rows, x.Columns), Like(w));
                MultiHeadAttention.Backward(dOut, x, x, cache, w, dX, dX, d);
                return [dX, .. Named(d).Select(gradient => gradient.Value)];
            },
        };
    }

    /// <summary>Two heads, V regions per sequence, of D + 1 features each.</summary>
    private static Differentiable<T> OfCrossAttention<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.N * s.T, s.D), memory = Matrix.Normal<T>(random, s.N * s.V, s.D + 1);
        AttentionWeights<T> w = MultiHeadWeights<T>(random, s.D, s.D + 1, 2 * s.H);
        Matrix<T> dOut = Matrix.Normal<T>(random, x.Rows, s.D);
        var cache = new MultiHeadAttentionCache<T>();
        return new()
        {
            Inputs = [("x", x), ("memory", memory), .. Named(w)],
            DOutputs = [dOut],
            Forward = () =>
            {
                Matrix<T> output = Like(dOut);
                MultiHeadAttention.Forward(x, memory, w, s.N, heads: 2, causal: false, cache, output);
                return [output];
            },
            Backward = () =>
            {
                Matrix<T> dX = new(x.Rows, x.Columns), dMemory = new(memory.Rows, memory.Columns);
                AttentionWeights<T> d = Like(w);
                MultiHeadAttention.Backward(dOut, x, memory, cache, w, dX, dMemory, d);
                return [dX, dMemory, .. Named(d).Select(gradient => gradient.Value)];
            },
        };
    }

    private static Differentiable<T> OfDropout<T>(Shape s, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.T * s.N, s.H), dOut = Matrix.Normal<T>(random, x.Rows, s.H);
        var mask = new DropoutMask(0.4, random.NextBits());
        return new()
        {
            Inputs = [("x", x)],
            DOutputs = [dOut],
            Forward = () =>
            {
                Matrix<T> output = Like(x);
                Dropout.Forward<T>(x, mask, output);
                return [output];
            },
            Backward = () =>
            {
                Matrix<T> dX = Like(x);
                Dropout.Backward<T>(dOut, mask, dX);
                return [dX];
            },
        };
    }

    private static Differentiable<T> OfSoftmaxLoss<T>(Shape s, SeededRandom random, double labelSmoothing)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = s.T * s.N;
        Matrix<T> scores = Matrix.Normal<T>(random, rows, s.V), dScores = Like(scores), one = new(1, 1, [T.One]);
        int[] targets = Ids(random, rows, s.V);
        bool[] mask = [.. Enumerable.Range(0, rows).Select(_ => random.NextUniform() < 0.7)];
        return new()
        {
            Inputs = [("scores", scores)],
            DOutputs = [one],
            Forward = () =>
                [new Matrix<T>(1, 1, [T.CreateTruncating(Loss())])],
            Backward = () =>
            {
                Loss();
                return [dScores.Clone()];
            },
        };

        double Loss() => TemporalSoftmaxLoss.ForwardBackward<T>(scores, targets, mask, s.N, dScores, labelSmoothing);
    }

    private static int[] Ids(SeededRandom random, int count, int limit) =>
        [.. Enumerable.Range(0, count).Select(_ => random.NextInt(limit))];
}
