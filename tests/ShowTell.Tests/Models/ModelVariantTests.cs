using ShowTell.Files;
using ShowTell.Layers;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Layers;
using ShowTell.Tests.Training;
using Xunit;

namespace ShowTell.Tests.Models;

/// <summary>Properties of every model in <see cref="ModelVariants"/>.</summary>
public sealed class ModelVariantTests
{
    public static TheoryData<string> Names => ModelVariants.Names;

    [Theory, MemberData(nameof(Names))]
    public void Gradients_match_numeric_ones(string variant) => AssertNumericGradients(variant, Regularization.None);

    /// <summary>With a fixed seed, dropout is deterministic and differentiable.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Gradients_with_regularization_match_numeric_ones(string variant) =>
        AssertNumericGradients(variant, ModelVariants.Regularization);

    /// <summary>With scheduled sampling, a model reads other words than those to predict.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Gradients_with_separate_inputs_match_numeric_ones(string variant) =>
        AssertNumericGradients(variant, Regularization.None, ScheduledSamplingTests.OtherWords);

    [Theory, MemberData(nameof(Names))]
    public void Regularization_depends_on_the_seed_and_applies_only_to_training(string variant)
    {
        CaptioningOptions options = ModelVariants.Options(variant);
        CaptioningModel<float> model = SmallModel.Normal<float>(options);
        (Matrix<float> features, int[] captions) = Batch<float>(options);
        double plain = model.Loss(features, captions);
        var gradients = new CaptioningParameters<float>(options);
        double Loss(ulong seed) => model.Loss(features, captions, gradients, ModelVariants.Regularization, seed);
        Assert.Equal(Loss(1), Loss(1));
        Assert.NotEqual(Loss(1), Loss(2));
        Assert.NotEqual(plain, Loss(1));
        Assert.Equal(plain, model.Loss(features, captions));
        Assert.Equal(plain, model.Loss(features, captions, gradients));
    }

    [Theory]
    [InlineData(0.4, 0, 0, 0)]
    [InlineData(0, 0.4, 0, 0)]
    [InlineData(0, 0, 0.4, 0)]
    [InlineData(0, 0, 0, 0.4)]
    public void Each_kind_of_regularization_has_an_effect(
        double dropout, double feature, double embedding, double smoothing)
    {
        CaptioningOptions options = ModelVariants.Options("lstm");
        CaptioningModel<double> model = SmallModel.Normal<double>(options);
        (Matrix<double> features, int[] captions) = Batch<double>(options);
        var gradients = new CaptioningParameters<double>(options);
        var regularization = new Regularization
        {
            Dropout = dropout, FeatureDropout = feature, EmbeddingDropout = embedding, LabelSmoothing = smoothing,
        };
        Assert.NotEqual(
            model.Loss(features, captions), model.Loss(features, captions, gradients, regularization, seed: 1));
    }

    /// <summary>Decoding has its own code: word by word, it must give the loss of the whole caption.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Decoding_gives_the_same_probabilities_as_the_loss(string variant)
    {
        const int N = 5, Width = 7;
        CaptioningOptions options = ModelVariants.Options(variant);
        CaptioningModel<double> model = SmallModel.Normal<double>(options);
        var random = new SeededRandom(12);
        Matrix<double> features = Matrix.Normal<double>(random, N, options.FeatureSize);
        int[] captions = [.. Enumerable.Range(0, N * Width).Select(_ => 1 + random.NextInt(7))];

        var inference = new InferenceModel<double>(model);
        DecodingState<double> state = inference.Begin(features);
        double loss = 0;
        for (int t = 0; t + 1 < Width; t++)
        {
            MatrixSpan<double> scores = inference.Step(
                state, [.. Enumerable.Range(0, N).Select(n => captions[(n * Width) + t])]);
            for (int n = 0; n < N; n++)
            {
                double[] row = scores.Row(n).ToArray();
                int target = captions[(n * Width) + t + 1];
                loss += target == options.UnknownId ? 0 : Math.Log(row.Sum(Math.Exp)) - row[target];
            }
        }

        Assert.Equal(model.Loss(features, captions), loss / N, 1e-11);
    }

    [Theory, MemberData(nameof(Names))]
    public void Selected_captions_continue_independently_of_the_others(string variant)
    {
        CaptioningOptions options = ModelVariants.Options(variant);
        var inference = new InferenceModel<float>(SmallModel.Normal<float>(options));
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(3), 4, options.FeatureSize);
        DecodingState<float> all = inference.Begin(features);
        inference.Step(all, [1, 1, 1, 1]);
        inference.Step(all, [4, 5, 6, 7]);
        all.Select([3, 1, 1, 0, 3, 2]);
        Assert.Equal([3, 1, 1, 0, 3, 2], all.Images.ToArray());
        inference.Step(all, [2, 2, 2, 2, 2, 2]);
        all.Select([0, 2]);
        Assert.Equal([3, 1], all.Images.ToArray());
        var scores = new Matrix<float>(2, 8);
        scores.CopyFrom(inference.Step(all, [5, 6]));
        foreach ((int image, int[] words, int row) in ((int, int[], int)[])[(3, [1, 7, 2, 5], 0), (1, [1, 5, 2, 6], 1)])
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

    [Theory, MemberData(nameof(Names))]
    public void Saved_models_load(string variant)
    {
        using TemporaryFolder folder = TestData.Temporary();
        ModelBundle saved = SmallModel.Bundle();
        CaptioningOptions options = ModelVariants.Of(variant, saved.Model.Options);
        saved = saved with { Model = SmallModel.Normal<float>(options) };
        saved.Save(folder.File("m"));
        ModelBundle loaded = ModelBundle.Load(folder.File("m"));
        Assert.Equal(options, loaded.Model.Options);
        Assert.Equal(saved.Model.Parameters.All.Select(p => p.Name), loaded.Model.Parameters.All.Select(p => p.Name));
        Assert.All(saved.Model.Parameters.All.Zip(loaded.Model.Parameters.All), pair =>
            Assert.Equal(pair.First.Value.Span, pair.Second.Value.Span));
        Assert.Equal(CaptioningParameters.CountOf(options), loaded.Model.Parameters.All.Sum(parameter =>
            parameter.Value.Length));
    }

    /// <summary>Old versions can read the exercises' models, and their files are still readable.</summary>
    [Theory]
    [InlineData("lstm", "")]
    [InlineData("gru, 2 layers, tied", ",\"layers\":2,\"tieEmbeddings\":true")]
    [InlineData("lstm, image cell", ",\"imageCell\":true")]
    [InlineData("lstm, unknown words not learned", ",\"unknownId\":3")]
    public void Only_non_default_options_are_saved_in_addition_to_the_exercises_ones(string variant, string added)
    {
        using TemporaryFolder folder = TestData.Temporary();
        ModelBundle bundle = SmallModel.Bundle();
        CaptioningOptions options = ModelVariants.Of(variant, bundle.Model.Options);
        (bundle with { Model = SmallModel.Normal<float>(options) }).Save(folder.File("m"));
        using var file = SafeTensorsReader.Open(folder.File("m"));
        Assert.Equal(
            $"{{\"cell\":\"{options.Cell.ToString().ToLowerInvariant()}\",\"featureSize\":2,"
            + $"\"vocabularySize\":{options.VocabularySize},\"wordVectorSize\":{options.WordVectorSize},"
            + $"\"hiddenSize\":4,\"nullId\":0,\"startId\":1,\"endId\":2{added}}}",
            file.Metadata["options"]);
    }

    [Theory, MemberData(nameof(Names))]
    public void Empty_captions_do_not_count(string variant)
    {
        CaptioningOptions options = ModelVariants.Options(variant);
        CaptioningModel<double> model = SmallModel.Normal<double>(options);
        (Matrix<double> features, int[] captions) = Batch<double>(options);
        var (gradients, withOthers) =
            (new CaptioningParameters<double>(options), new CaptioningParameters<double>(options));
        double loss = model.Loss(features.RowBlock(0, 2), captions.AsSpan(0, 12), gradients);
        captions.AsSpan(12).Clear();
        Assert.Equal(loss, 2 * model.Loss(features, captions, withOthers), 1e-12 * loss);
        for (int i = 0; i < gradients.All.Count; i++)
        {
            (string name, Matrix<double> gradient) = withOthers.All[i];
            double[] twice = [.. gradient.Span.ToArray().Select(element => 2 * element)];
            LayerTests.AssertClose(
                gradients.All[i].Value, new Matrix<double>(gradient.Rows, gradient.Columns, twice), relative: 1e-11,
                absolute: 1e-12, name);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_reused_model_gives_the_same_results_as_a_new_one(string variant)
    {
        CaptioningOptions options = ModelVariants.Options(variant);
        CaptioningModel<float> used = SmallModel.Normal<float>(options);
        foreach ((int n, int width) in new[] { (3, 5), (20, 9), (1, 2), (7, 4), (3, 5) })
        {
            (Matrix<float> features, int[] captions) = Batch<float>(options, n, width);
            var (fromUsed, fromFresh) =
                (new CaptioningParameters<float>(options), new CaptioningParameters<float>(options));
            double loss = SmallModel.Normal<float>(
                options).Loss(features, captions, fromFresh, ModelVariants.Regularization, 3);
            Assert.Equal(loss, used.Loss(features, captions, fromUsed, ModelVariants.Regularization, 3));
            Assert.All(
                fromUsed.All.Zip(fromFresh.All), pair => Assert.Equal(pair.Second.Value.Span, pair.First.Value.Span));
        }
    }

    /// <summary>
    /// The equations of a deep LSTM with initial states from the image, layer by layer and step by step.
    /// </summary>
    [Fact]
    public void Two_layers_with_image_cell_states_match_their_steps()
    {
        const int N = 3, Width = 6, H = 6;
        CaptioningOptions options = ModelVariants.Options("lstm, 2 layers, image cell");
        CaptioningModel<double> model = SmallModel.Normal<double>(options);
        CaptioningParameters<double> p = model.Parameters;
        Matrix<double> features = Matrix.Normal<double>(new SeededRandom(3), N, 4);
        int[] captions = [1, 4, 7, 5, 3, 2, 1, 6, 6, 4, 2, 2, 1, 3, 3, 3, 3, 2];
        Matrix<double> First(string name)
        {
            var state = new Matrix<double>(N, H);
            Affine.Forward<double>(features, p["W_" + name], p["b_" + name].Span, state);
            return state;
        }

        Matrix<double>[] h = [First("proj"), First("proj2")], c = [First("cell"), First("cell2")];
        double loss = 0;
        for (int t = 0; t + 1 < Width; t++)
        {
            Matrix<double> x = new(N, options.WordVectorSize), scores = new(N, 8), gates = new(N, 4 * H);
            WordEmbedding.Forward<double>([captions[t], captions[Width + t], captions[(2 * Width) + t]], p.WEmbed, x);
            foreach (int layer in (int[])[0, 1])
            {
                var next = new Matrix<double>(N, H);
                var weights = new RecurrentWeights<double>(
                    p[layer == 0 ? "Wx" : "Wx2"], p[layer == 0 ? "Wh" : "Wh2"], p[layer == 0 ? "b" : "b2"]);
                Lstm.Step<double>(layer == 0 ? x : h[0], h[layer], c[layer], weights, next, c[layer], gates);
                h[layer] = next;
            }

            Affine.Forward<double>(h[1], p.WVocab, p.BVocab.Span, scores);
            loss += Enumerable.Range(0, N).Sum(n =>
                Math.Log(scores.Row(n).ToArray().Sum(Math.Exp)) - scores[n, captions[(n * Width) + t + 1]]);
        }

        Assert.Equal(loss / N, model.Loss(features, captions), 1e-12);
    }

    [Fact]
    public void Incompatible_options_are_rejected()
    {
        CaptioningOptions options = SmallModel.Options(CellKind.Lstm);
        foreach (CaptioningOptions wrong in (CaptioningOptions[])
            [
                options with { Layers = 0 }, options with { Layers = int.MaxValue }, options with { Regions = 3 },
                options with { Regions = 0 },
                options with { TieEmbeddings = true }, options with { CellFromImage = true, Cell = CellKind.Gru },
                options with { Architecture = (ShowTell.Models.Architecture)99 },
                options with { Attention = AttentionScore.Additive },
                options with { Architecture = ShowTell.Models.Architecture.Attention, Attention = (AttentionScore)99 },
                .. Array.ConvertAll<CaptioningOptions, CaptioningOptions>(
                    [
                        options with { Cell = CellKind.Gru }, options with { Layers = 2 },
                        options with { CellFromImage = true },
                    ],
                    o => o with { Architecture = ShowTell.Models.Architecture.Attention }),
                .. ((Func<CaptioningOptions, CaptioningOptions>[])
                    [
                        o => o with { WordVectorSize = 5 }, o => o with { Heads = 4 }, o => o with { Heads = 0 },
                        o => o with { FeedForwardSize = 0 }, o => o with { Cell = CellKind.Gru },
                        o => o with { CellFromImage = true },
                    ])
                    .Select(change => change(ModelVariants.Of("transformer", options))),
            ])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new CaptioningParameters<float>(wrong));
        }

        foreach (Regularization wrong in (Regularization[])
            [
                new() { Dropout = 1 }, new() { FeatureDropout = -0.1 }, new() { EmbeddingDropout = double.NaN },
                new() { LabelSmoothing = 1.5 },
            ])
        {
            Assert.Throws<ArgumentOutOfRangeException>(wrong.Validate);
        }
    }

    private static void AssertNumericGradients(
        string variant, Regularization regularization, Func<int[], int[]>? inputsOf = null)
    {
        CaptioningOptions options = ModelVariants.Options(variant);
        CaptioningModel<double> model = SmallModel.Normal<double>(options);
        (Matrix<double> features, int[] captions) = Batch<double>(options);
        int[] inputs = inputsOf?.Invoke(captions) ?? [];
        var (gradients, ignored) =
            (new CaptioningParameters<double>(options), new CaptioningParameters<double>(options));
        Assert.All(gradients.All, gradient => gradient.Value.Span.Fill(double.NaN));
        Assert.True(model.Loss(features, captions, gradients, regularization, seed: 4, inputs) > 0);
        for (int i = 0; i < gradients.All.Count; i++)
        {
            (string name, Matrix<double> value) = model.Parameters.All[i];
            Matrix<double> numeric = GradientCheck.Numeric(
                () => model.Loss(features, captions, ignored, regularization, seed: 4, inputs), value);
            LayerTests.AssertClose(
                numeric, gradients.All[i].Value, relative: 1e-6, absolute: 1e-8, $"{variant} {name}");
        }
    }

    private static (Matrix<T> Features, int[] Captions) Batch<T>(CaptioningOptions options, int n = 4, int width = 6)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var random = new SeededRandom(2);
        Matrix<T> features = Matrix.Normal<T>(random, n, options.FeatureSize);
        int[] captions = SmallModel.Captions(random, n, width, options.VocabularySize);
        captions[1] = options.VocabularySize - 1; // One word at least that is no null token.
        return (features, captions);
    }
}
