using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Decoding;

/// <summary>Decoding by sampling.</summary>
public sealed class SamplingTests
{
    private const int Draws = 20_000;

    private static readonly double[] s_scores = [0.3, -1.2, 2.1, double.NegativeInfinity, 1.9, 0.3, -4, 1.1];

    public static TheoryData<DecodingOptions, double[]> Distributions => new()
    {
        { new() { Temperature = 1 }, Softmax(1, 8, 1) },
        { new() { Temperature = 0.5 }, Softmax(0.5, 8, 1) },
        { new() { Temperature = 3 }, Softmax(3, 8, 1) },
        { new() { TopK = 3 }, Softmax(1, 3, 1) },
        { new() { TopK = 100 }, Softmax(1, 8, 1) },
        { new() { TopP = 0.8 }, Softmax(1, 8, 0.8) },
        { new() { TopP = 1e-9 }, Softmax(1, 1, 1) },
        { new() { TopP = 1 }, Softmax(1, 8, 1) },
        { new() { Temperature = 2, TopK = 4, TopP = 0.7 }, Softmax(2, 4, 0.7) },
    };

    [Theory, MemberData(nameof(Distributions))]
    public void Words_are_sampled_with_their_probabilities(DecodingOptions options, double[] expected)
    {
        var random = new SeededRandom(1);
        var counts = new int[s_scores.Length];
        for (int i = 0; i < Draws; i++)
        {
            counts[TokenSampler.Sample<double>(s_scores, options, random)!.Value]++;
        }

        AssertFrequencies(expected, counts);
    }

    [Fact]
    public void Nothing_is_sampled_if_no_word_is_possible()
    {
        double[] none = [double.NegativeInfinity, double.NegativeInfinity];
        Assert.Null(TokenSampler.Sample<double>(none, new() { Temperature = 1 }, new SeededRandom(1)));
        Assert.Equal(1, TokenSampler.Sample<double>(
            [double.NegativeInfinity, -1e300], new() { Temperature = 1e-3 }, new SeededRandom(1)));
    }

    /// <summary>The frequency of each caption against its probability, where all captions are known.</summary>
    [Fact]
    public void Captions_are_sampled_with_their_probabilities()
    {
        CaptioningModel<double> model = AllCaptions.Model(CellKind.Lstm);
        // They would have probabilities, but are never sampled.
        (model.Parameters.BVocab[0, 0], model.Parameters.BVocab[0, 1]) = (-1e9, -1e9);
        var features = new Matrix<double>(4000, 4);
        for (int i = 0; i < features.Rows; i++)
        {
            AllCaptions.Image(1).Span.CopyTo(features.Row(i));
        }

        var options = new DecodingOptions { Temperature = 1, MaxLength = 3 };
        DecodedCaption[][] sampled = CaptionGenerator.Generate(new InferenceModel<double>(model), features, options);

        // The last token is the end token whatever its probability.
        var all = new AllCaptions(AllCaptions.Image(1), model);
        DecodedCaption[] captions = all.Best(options);
        double[] expected = [.. captions.Select(caption => Math.Exp(
            all.LogProbability(caption.Ids.Count == 3 ? [.. caption.Ids.SkipLast(1)] : caption.Ids)))];
        Assert.Equal(1, expected.Sum(), 1e-9);
        int[] counts =
            [.. captions.Select(caption => sampled.Count(one => one.Single().Ids.SequenceEqual(caption.Ids)))];
        AssertFrequencies(expected, counts);
    }

    [Fact]
    public void Temperature_0_and_top_1_are_greedy()
    {
        var model = new InferenceModel<float>(
            SmallModel.Normal<float>(SmallModel.Options(CellKind.Lstm, v: 9), seed: 8));
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(9), 50, 4);
        string[] greedy = Texts(new());
        Assert.Equal(greedy, Texts(new() { Temperature = 0 }));
        Assert.Equal(greedy, Texts(new() { Temperature = 1e-6 }));
        Assert.Equal(greedy, Texts(new() { TopK = 1, Temperature = 5 }));
        Assert.Equal(greedy, Texts(new() { TopP = 1e-6 }));
        Assert.NotEqual(greedy, Texts(new() { Temperature = 1 }));

        string[] Texts(DecodingOptions options) =>
            [.. CaptionGenerator.Generate(model, features, options).Select(best =>
                string.Join(' ', best.Single().Ids))];
    }

    [Fact]
    public void Samples_depend_on_seed_and_image_number()
    {
        var model = new InferenceModel<float>(
            SmallModel.Normal<float>(SmallModel.Options(CellKind.Rnn, v: 40), seed: 8));
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(9), 20, 4);
        ulong[] numbers = [.. Enumerable.Range(0, 20).Select(i => (ulong)i)];
        string[] captions = Texts(7, numbers);
        Assert.Equal(captions, Texts(7, numbers));
        Assert.Equal(captions, Texts(7, default));
        Assert.NotEqual(captions, Texts(8, numbers));
        Assert.DoesNotContain(
            true, captions.Zip(Texts(7, [.. numbers.Select(number => number + 20)]), (a, b) => a == b));

        string[] Texts(ulong seed, ulong[]? numbers)
        {
            var options = new DecodingOptions { Temperature = 2, Seed = seed, MaxLength = 10, MinLength = 6 };
            return
            [
                .. CaptionGenerator.Generate(model, features, options, numbers)
                    .Select(best => string.Join(' ', best.Single().Ids)),
            ];
        }
    }

    /// <summary>More captions include the same ones.</summary>
    [Fact]
    public void The_first_captions_do_not_depend_on_the_number_requested()
    {
        var model = new InferenceModel<float>(
            SmallModel.Normal<float>(SmallModel.Options(CellKind.Rnn, v: 40), seed: 8));
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(9), 1, 4);
        HashSet<string> few = Texts(5), many = Texts(30);
        Assert.Equal(5, few.Count);
        Assert.InRange(many.Count, 20, 30);
        Assert.Subset(many, few);

        HashSet<string> Texts(int count)
        {
            var options = new DecodingOptions { TopP = 0.99, Captions = count, MinLength = 4, MaxLength = 8 };
            return [.. CaptionGenerator.Generate(model, features, options)[0].Select(caption =>
                string.Join(' ', caption.Ids))];
        }
    }

    /// <summary>The probabilities of the words, zero beyond the top k and the nucleus.</summary>
    private static double[] Softmax(double temperature, int k, double p)
    {
        double[] weights = [.. s_scores.Select(score => Math.Exp(score / temperature))];
        int[] order = [.. Enumerable.Range(0, weights.Length).OrderByDescending(word => weights[word]).Take(k)];
        double total = order.Sum(word => weights[word]), sum = 0;
        int[] nucleus = [.. order.TakeWhile(word => (sum += weights[word]) - weights[word] < p * total)];
        return [.. weights.Select(
            (weight, word) => nucleus.Contains(word) ? weight / nucleus.Sum(other => weights[other]) : 0)];
    }

    /// <summary>Pearson's χ² is below what one of 100,000 fair experiments exceeds, for at most 25 outcomes.</summary>
    private static void AssertFrequencies(double[] expected, int[] counts)
    {
        int samples = counts.Sum();
        double chiSquare = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (expected[i] == 0)
            {
                Assert.Equal(0, counts[i]);
                continue;
            }

            chiSquare += Math.Pow(counts[i] - (samples * expected[i]), 2) / (samples * expected[i]);
        }

        Assert.InRange(chiSquare, 0, expected.Length <= 8 ? 36 : 63);
    }
}
