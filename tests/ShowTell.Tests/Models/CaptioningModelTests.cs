using ShowTell.Layers;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Layers;
using Xunit;

namespace ShowTell.Tests.Models;

public sealed class CaptioningModelTests
{
    private static readonly (int N, int T, int D, int W, int H, int V)[] s_shapes =
        [
            (1, 1, 1, 1, 1, 3), (2, 3, 4, 5, 6, 7), (5, 1, 3, 2, 7, 4), (1, 8, 2, 3, 1, 9), (7, 4, 1, 1, 5, 2),
            (3, 5, 9, 17, 19, 11),
        ];

    public static TheoryData<CellKind> Cells => [CellKind.Rnn, CellKind.Lstm];

    public static TheoryData<CellKind, int> CellsAndShapes
    {
        get
        {
            var data = new TheoryData<CellKind, int>();
            for (int i = 0; i < s_shapes.Length; i++)
            {
                data.Add(CellKind.Rnn, i);
                data.Add(CellKind.Lstm, i);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(CellsAndShapes))]
    public void Gradients_of_all_parameters_match_numeric_ones(CellKind cell, int shape)
    {
        (int n, int t, int d, int w, int h, int v) = s_shapes[shape];
        CaptioningModel<double> model = SmallModel.Normal<double>(SmallModel.Options(cell, d, w, h, v));
        var random = new SeededRandom(2);
        Matrix<double> features = Matrix.Normal<double>(random, n, d);
        int[] captions = SmallModel.Captions(random, n, t + 1, v);
        captions[1] = v - 1; // One word at least that is no null token.
        var gradients = new CaptioningParameters<double>(model.Options);
        double loss = model.Loss(features, captions, gradients);
        Assert.True(loss > 0, "Only null tokens: nothing is tested.");
        Assert.Equal(loss, model.Loss(features, captions));
        for (int i = 0; i < gradients.All.Count; i++)
        {
            (string name, Matrix<double> value) = model.Parameters.All[i];
            Matrix<double> numeric = GradientCheck.Numeric(() => model.Loss(features, captions), value);
            LayerTests.AssertClose(numeric, gradients.All[i].Value, relative: 1e-6, absolute: 1e-8, $"{cell} {name}");
        }
    }

    [Theory, MemberData(nameof(Cells))]
    public void The_loss_matches_the_equations(CellKind cell)
    {
        CaptioningModel<double> model = SmallModel.Normal<double>(SmallModel.Options(cell));
        double[] features = [0.3, -1.2, 0.8, 2];
        int[] caption = [1, 4, 7, 5, 2, 0, 0];
        Assert.Equal(
            LossOfOneCaption(model, features, caption),
            model.Loss(new ReadOnlyMatrixSpan<double>(features, 1, 4), caption),
            1e-12);
    }

    [Theory, MemberData(nameof(Cells))]
    public void The_loss_of_a_minibatch_is_the_mean_over_captions(CellKind cell)
    {
        CaptioningModel<double> model = SmallModel.Normal<double>(SmallModel.Options(cell));
        var random = new SeededRandom(3);
        Matrix<double> features = Matrix.Normal<double>(random, 5, 4);
        int[] captions = SmallModel.Captions(random, 5, 6, 8);
        double mean = Enumerable.Range(0, 5).Average(
            n => LossOfOneCaption(model, features.Row(n).ToArray(), captions.AsSpan(n * 6, 6).ToArray()));
        Assert.Equal(mean, model.Loss(features, captions), 1e-12);
    }

    [Theory, MemberData(nameof(Cells))]
    public void Skipping_padding_changes_neither_loss_nor_gradients(CellKind cell)
    {
        CaptioningModel<double> model = SmallModel.Normal<double>(SmallModel.Options(cell, d: 3, w: 9, h: 11, v: 13));
        var random = new SeededRandom(5);
        foreach (int n in (int[])[1, 2, 7, 30])
        {
            Matrix<double> features = Matrix.Normal<double>(random, n, 3);
            int[] captions = SmallModel.Captions(random, n, 9, 13);
            for (int i = 0; i < n; i++)
            {
                // Lengths from none to all words, with null tokens in the middle.
                captions.AsSpan((i * 9) + 1 + (i * 5 % 9), 8 - (i * 5 % 9)).Clear();
            }

            var (dense, sparse) =
                (new CaptioningParameters<double>(model.Options), new CaptioningParameters<double>(model.Options));
            Assert.Equal(
                DenseComputation.Loss(model, features, captions, dense), model.Loss(features, captions, sparse), 1e-12);
            Assert.All(dense.All.Zip(sparse.All), pair =>
                LayerTests.AssertClose(
                    pair.First.Value, pair.Second.Value, relative: 1e-11, absolute: 1e-13, pair.First.Name));
        }
    }

    [Theory, MemberData(nameof(Cells))]
    public void Empty_captions_have_no_loss(CellKind cell)
    {
        CaptioningModel<float> model = SmallModel.Normal<float>(SmallModel.Options(cell));
        var gradients = new CaptioningParameters<float>(model.Options);
        gradients.All[0].Value.Span.Fill(1);
        Assert.Equal(0, model.Loss(new Matrix<float>(2, 4), [1, 0, 0, 1, 0, 0], gradients));
        Assert.All(gradients.All, gradient => Assert.Equal(-1, gradient.Value.Span.IndexOfAnyExcept(0f)));
    }

    [Theory, MemberData(nameof(Cells))]
    public void More_null_tokens_change_neither_loss_nor_gradients(CellKind cell)
    {
        CaptioningModel<double> model = SmallModel.Normal<double>(SmallModel.Options(cell));
        Matrix<double> features = Matrix.Normal<double>(new SeededRandom(4), 2, 4);
        var (narrow, wide) =
            (new CaptioningParameters<double>(model.Options), new CaptioningParameters<double>(model.Options));
        double loss = model.Loss(features, [1, 4, 2, 0, 1, 5, 6, 2], narrow);
        Assert.Equal(loss, model.Loss(features, [1, 4, 2, 0, 0, 0, 0, 0, 0, 1, 5, 6, 2, 0, 0, 0, 0, 0], wide), 1e-14);
        Assert.All(narrow.All.Zip(wide.All), pair =>
            LayerTests.AssertClose(
                pair.First.Value, pair.Second.Value, relative: 1e-13, absolute: 1e-14, pair.First.Name));
    }

    [Theory]
    [InlineData(CellKind.Rnn, 1)]
    [InlineData(CellKind.Lstm, 4)]
    public void Parameters_have_the_names_and_shapes_of_the_exercise(CellKind cell, int gates)
    {
        var parameters = new CaptioningParameters<float>(SmallModel.Options(cell, d: 2, w: 3, h: 5, v: 7));
        Assert.Equal(
            [
                ("W_proj", 2, 5), ("b_proj", 1, 5), ("W_embed", 7, 3), ("Wx", 3, 5 * gates), ("Wh", 5, 5 * gates),
                ("b", 1, 5 * gates), ("W_vocab", 5, 7), ("b_vocab", 1, 7),
            ],
            parameters.All.Select(parameter => (parameter.Name, parameter.Value.Rows, parameter.Value.Columns)));
        Assert.Equal(
            parameters.All.Sum(parameter => parameter.Value.Length),
            CaptioningParameters.CountOf(SmallModel.Options(cell, d: 2, w: 3, h: 5, v: 7)));
    }

    [Fact]
    public void Initial_values_are_random_with_the_documented_deviation()
    {
        var model = new CaptioningModel<float>(
            SmallModel.Options(CellKind.Lstm, d: 100, w: 81, h: 64, v: 400), new SeededRandom(5));
        foreach ((string name, Matrix<float> value) in model.Parameters.All)
        {
            double deviation = Math.Sqrt(value.Span.ToArray().Average(element => (double)element * element));
            double expected = name switch
            {
                "W_embed" => 0.01,
                "W_proj" => 1 / Math.Sqrt(100),
                "Wx" => 1 / Math.Sqrt(81),
                "Wh" or "W_vocab" => 1 / Math.Sqrt(64),
                _ => 0,
            };
            Assert.Equal(expected, deviation, 0.05 * expected);
        }
    }

    [Theory, MemberData(nameof(Cells))]
    public void A_new_model_gives_words_similar_probabilities(CellKind cell)
    {
        const int N = 200, Width = 9, V = 300;
        var random = new SeededRandom(6);
        var model = new CaptioningModel<float>(SmallModel.Options(cell, d: 30, w: 20, h: 40, v: V), random);
        int[] captions = SmallModel.Captions(random, N, Width, V);
        int words = Enumerable.Range(0, captions.Length).Count(i => i % Width > 0 && captions[i] != 0);
        double loss = model.Loss(Matrix.Normal<float>(random, N, 30), captions);
        double expected = Math.Log(V) * words / N;
        Assert.InRange(loss, 0.99 * expected, 1.1 * expected);
    }

    [Theory, MemberData(nameof(Cells))]
    public void A_reused_model_gives_the_same_results_as_a_new_one(CellKind cell)
    {
        CaptioningOptions options = SmallModel.Options(cell);
        CaptioningModel<float> used = SmallModel.Normal<float>(options);
        foreach ((int n, int width) in new[] { (3, 5), (20, 9), (1, 2), (7, 4), (3, 5) })
        {
            var random = new SeededRandom(7);
            Matrix<float> features = Matrix.Normal<float>(random, n, 4);
            int[] captions = SmallModel.Captions(random, n, width, 8);
            var (fromUsed, fromFresh) =
                (new CaptioningParameters<float>(options), new CaptioningParameters<float>(options));
            double loss = SmallModel.Normal<float>(options).Loss(features, captions, fromFresh);
            Assert.Equal(loss, used.Loss(features, captions, fromUsed));
            Assert.All(
                fromUsed.All.Zip(fromFresh.All), pair => Assert.Equal(pair.Second.Value.Span, pair.First.Value.Span));
        }
    }

    [Fact]
    public void Incompatible_inputs_are_rejected()
    {
        CaptioningModel<float> model = SmallModel.Normal<float>(SmallModel.Options(CellKind.Lstm));
        var features = new Matrix<float>(2, 4);
        int[] captions = [1, 4, 2, 1, 5, 2];
        model.Loss(features, captions);
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(new Matrix<float>(2, 3), captions));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(new Matrix<float>(0, 4), captions));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(features, captions.AsSpan(1)));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(features, []));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(features, [1, 4, 2, 1, 8, 2]));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(features, [1, 4, 2, 1, 2, 8]));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(features, [-1, 4, 2, 1, 2, 0]));
        Assert.ThrowsAny<ArgumentException>(() => model.Loss(
            features, captions, new CaptioningParameters<float>(SmallModel.Options(CellKind.Rnn))));
    }

    [Fact]
    public void Weights_of_other_sizes_are_rejected()
    {
        CaptioningOptions options = SmallModel.Options(CellKind.Lstm);
        foreach (CaptioningOptions other in (CaptioningOptions[])
            [
                options with { Cell = CellKind.Rnn }, options with { FeatureSize = 5 },
                options with { VocabularySize = 9 }, options with { WordVectorSize = 4 },
                options with { HiddenSize = 7 },
            ])
        {
            Assert.Throws<ArgumentException>(
                () => new CaptioningModel<float>(options, new CaptioningParameters<float>(other)));
        }
    }

    [Fact]
    public void Sizes_must_be_positive()
    {
        CaptioningOptions options = SmallModel.Options(CellKind.Lstm);
        foreach (CaptioningOptions wrong in (CaptioningOptions[])
            [
                options with { FeatureSize = 0 }, options with { VocabularySize = -1 },
                options with { WordVectorSize = 0 }, options with { HiddenSize = int.MinValue },
                options with { Cell = (CellKind)99 },
            ])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new CaptioningParameters<float>(wrong));
        }
    }

    /// <summary>The equations, word by word and number by number.</summary>
    private static double LossOfOneCaption(CaptioningModel<double> model, double[] features, int[] caption)
    {
        CaptioningParameters<double> p = model.Parameters;
        int size = model.Options.HiddenSize;
        double[] h = Product(features, p.WProj, p.BProj), c = new double[size];
        double loss = 0;
        for (int t = 0; t + 1 < caption.Length; t++)
        {
            double[] ofX = Product(p.WEmbed.Row(caption[t]).ToArray(), p.Recurrent.Wx, p.Recurrent.B);
            double[] ofH = Product(h, p.Recurrent.Wh, new Matrix<double>(1, p.Recurrent.Wh.Columns));
            double[] a = [.. ofX.Zip(ofH, (x, y) => x + y)];
            for (int j = 0; j < size; j++)
            {
                if (model.Options.Cell == CellKind.Rnn)
                {
                    h[j] = Math.Tanh(a[j]);
                    continue;
                }

                double i = Sigmoid(a[j]), f = Sigmoid(a[size + j]), o = Sigmoid(a[(2 * size) + j]),
                    g = Math.Tanh(a[(3 * size) + j]);
                c[j] = (f * c[j]) + (i * g);
                h[j] = o * Math.Tanh(c[j]);
            }

            if (caption[t + 1] != model.Options.NullId)
            {
                double[] scores = Product(h, p.WVocab, p.BVocab);
                loss += Math.Log(scores.Sum(Math.Exp)) - scores[caption[t + 1]];
            }
        }

        return loss;
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double[] Product(double[] x, Matrix<double> w, Matrix<double> b) =>
        [.. Enumerable.Range(0, w.Columns).Select(j => b[0, j] + x.Select((element, i) => element * w[i, j]).Sum())];
}
