using System.Numerics.Tensors;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

public sealed class ScheduledSamplingTests
{
    private const int N = 6, Width = 7;

    public static TheoryData<string> Variants => ModelVariants.Names;

    [Fact]
    public void The_probability_grows_linearly_from_0()
    {
        Assert.Equal(0, ScheduledSampling.ProbabilityAt(0, 200, 0.25));
        Assert.Equal(0.125, ScheduledSampling.ProbabilityAt(100, 200, 0.25));
        Assert.Equal(0.25, ScheduledSampling.ProbabilityAt(199, 200, 0.25), 0.002);
        Assert.Equal(0, ScheduledSampling.ProbabilityAt(199, 200, 0));
    }

    /// <summary>If one word has all the probability, samples equal greedy decoding.</summary>
    [Theory, MemberData(nameof(Variants))]
    public void With_probability_1_a_model_reads_only_its_own_words(string variant)
    {
        CaptioningModel<float> model = SmallModel.Normal<float>(ModelVariants.Options(variant));
        MakeDeterministic(model);
        Matrix<float> features = Features(model);
        int[] captions = Captions();
        ReadOnlySpan<int> inputs = new ScheduledSampling(model).Mix(features, captions, probability: 1, seed: 5);
        for (int n = 0; n < N; n++)
        {
            int last = LastWord(captions, n);
            var inference = new InferenceModel<float>(model);
            DecodingState<float> state = inference.Begin(features.RowBlock(n, 1));
            int word = captions[n * Width];
            for (int t = 0; t < Width; t++)
            {
                Assert.Equal(t < last ? word : captions[(n * Width) + t], inputs[(n * Width) + t]);
                word = TensorPrimitives.IndexOfMax<float>(inference.Step(state, [word]).Row(0));
            }
        }

        // Greedy decoding stops at the end token; training reads on.
        int[] greedy = model.DecodeGreedily(features, Width);
        for (int n = 0; n < N; n++)
        {
            int end = Array.IndexOf(greedy, model.Options.EndId, n * Width, Width);
            int words = Math.Min(end < 0 ? Width : end - (n * Width) + 1, LastWord(captions, n) - 1);
            Assert.Equal(
                greedy.AsSpan(n * Width, words), inputs.Slice((n * Width) + 1, words));
        }
    }

    [Fact]
    public void Words_are_replaced_with_the_probability_by_samples_of_the_model()
    {
        const int Count = 4000;
        CaptioningModel<float> model = SmallModel.Normal<float>(ModelVariants.Options("lstm"));
        Matrix<float> features = new(Count, model.Options.FeatureSize);
        int[] captions = [.. Enumerable.Repeat((int[])[1, 0, 2], Count).SelectMany(caption => caption)];
        int[] inputs = new ScheduledSampling(model).Mix(features, captions, probability: 0.5, seed: 3).ToArray();
        Assert.All(inputs.Chunk(3), caption => Assert.Equal((1, 2), (caption[0], caption[2])));

        // The true word is the null token; half of the others' share keeps it.
        var inference = new InferenceModel<float>(model);
        double[] scores =
            [.. inference.Step(inference.Begin(features.RowBlock(0, 1)), [1]).Row(0).ToArray().Select(s => (double)s)];
        double sum = scores.Sum(Math.Exp);
        for (int word = 0; word < scores.Length; word++)
        {
            double expected = (0.5 * Math.Exp(scores[word]) / sum) + (word == 0 ? 0.5 : 0);
            double deviation = Math.Sqrt(expected * (1 - expected) / Count);
            Assert.Equal(
                expected, inputs.Where((_, i) => i % 3 == 1).Count(id => id == word) / (double)Count, 4 * deviation);
        }
    }

    [Fact]
    public void Samples_depend_on_the_seed_and_do_not_change_the_captions()
    {
        CaptioningModel<float> model = SmallModel.Normal<float>(ModelVariants.Options("lstm"));
        Matrix<float> features = Features(model);
        int[] captions = Captions(), before = [.. captions];
        var sampling = new ScheduledSampling(model);
        int[] first = sampling.Mix(features, captions, 0.7, seed: 1).ToArray();
        Assert.NotEqual(captions, first);
        Assert.NotEqual(first, sampling.Mix(features, captions, 0.7, seed: 2).ToArray());
        Assert.Equal(
            captions.AsSpan(0, 2 * Width),
            sampling.Mix(features.RowBlock(0, 2), captions.AsSpan(0, 2 * Width), 0, seed: 1));
        Assert.Equal(first, sampling.Mix(features, captions, 0.7, seed: 1).ToArray());
        Assert.Equal(before, captions);
    }

    /// <summary>Each target has its probability given the words read; padding still does not count.</summary>
    [Theory, MemberData(nameof(Variants))]
    public void The_loss_is_that_of_the_true_words_given_the_words_read(string variant)
    {
        CaptioningOptions options = ModelVariants.Options(variant);
        CaptioningModel<double> model = SmallModel.Normal<double>(options);
        Matrix<double> features = Matrix.Normal<double>(new SeededRandom(2), N, options.FeatureSize);
        int[] captions = Captions(), inputs = OtherWords(captions);
        var inference = new InferenceModel<double>(model);
        DecodingState<double> state = inference.Begin(features);
        double loss = 0;
        for (int t = 0; t + 1 < Width; t++)
        {
            MatrixSpan<double> scores = inference.Step(
                state, [.. Enumerable.Range(0, N).Select(n => inputs[(n * Width) + t])]);
            for (int n = 0; n < N; n++)
            {
                int target = captions[(n * Width) + t + 1];
                double[] row = scores.Row(n).ToArray();
                bool counts = target != options.NullId && target != options.UnknownId;
                loss += counts ? Math.Log(row.Sum(Math.Exp)) - row[target] : 0;
            }
        }

        var gradients = new CaptioningParameters<double>(options);
        Assert.Equal(loss / N, model.Loss(features, captions, gradients, Regularization.None, seed: 0, inputs), 1e-11);
        Assert.ThrowsAny<ArgumentException>(
            () => model.Loss(features, captions, gradients, Regularization.None, seed: 0, inputs.AsSpan(1)));
    }

    /// <summary>The sampling pass has no effect if it replaces nothing.</summary>
    [Fact]
    public void A_tiny_probability_trains_like_none() =>
        Assert.Equal(Train("lstm", 0), Train("lstm", double.Epsilon * 1e6));

    [Fact]
    public void Scheduled_sampling_changes_training_and_is_reproducible()
    {
        float[] sampled = Train("attention", 0.5);
        Assert.NotEqual(Train("attention", 0), sampled);
        Assert.Equal(sampled, Train("attention", 0.5));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_probability_out_of_range_is_rejected(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(new SolverOptions { ScheduledSampling = share }.Validate);

    /// <summary>Captions with replaced words, first and last ones too.</summary>
    internal static int[] OtherWords(int[] captions) => [.. captions.Select((id, i) => i % 3 == 0 ? (id + i) % 8 : id)];

    private static float[] Train(string variant, double share)
    {
        using CaptionDataset dataset = ToyDataset.Make(60, 20);
        var model = new CaptioningModel<float>(
            ModelVariants.Of(variant, ToyDataset.Options(dataset)), new SeededRandom(3));
        var solver = new CaptioningSolver(model, dataset, new SolverOptions
        {
            BatchSize = 20, Epochs = 3, ScheduledSampling = share, Regularization = ModelVariants.Regularization,
        });
        solver.Run();
        return [.. CaptioningSolverTests.Flat(model.Parameters), .. solver.LossHistory.Select(loss => (float)loss)];
    }

    /// <summary>Scales scores until one word has all the probability.</summary>
    private static void MakeDeterministic(CaptioningModel<float> model)
    {
        foreach ((string name, Matrix<float> value) in model.Parameters.All)
        {
            if (name is "W_vocab" or "b_vocab")
            {
                TensorPrimitives.Multiply(value.Span, 1000, value.Span);
            }
            else if (name == "W_embed" && model.Options.TieEmbeddings)
            {
                TensorPrimitives.Multiply(value.Span, 300, value.Span);
            }
        }
    }

    private static Matrix<float> Features(CaptioningModel<float> model) =>
        Matrix.Normal<float>(new SeededRandom(2), N, model.Options.FeatureSize);

    /// <summary>Captions of all lengths, one of them with a null token in the middle.</summary>
    private static int[] Captions() =>
    [
        1, 3, 4, 5, 6, 7, 2,
        1, 3, 4, 2, 0, 0, 0,
        1, 2, 0, 0, 0, 0, 0,
        1, 3, 0, 5, 2, 0, 0,
        1, 0, 0, 0, 0, 0, 0,
        1, 6, 4, 5, 3, 2, 0,
    ];

    /// <summary>The position of the last word of a caption, which is predicted but not read.</summary>
    private static int LastWord(int[] captions, int n) => Math.Max(
        1, Array.FindLastIndex(captions, ((n + 1) * Width) - 1, Width, id => id != 0) - (n * Width));
}
