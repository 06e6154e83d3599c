using System.Numerics;
using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Decoding;

public sealed class CaptionGeneratorTests
{
    public static TheoryData<CellKind> Cells => [CellKind.Rnn, CellKind.Lstm];

    /// <summary>All decoding methods.</summary>
    public static TheoryData<string, DecodingOptions> Ways => new()
    {
        { "greedy", new() { MaxLength = 8 } },
        { "beam", new() { MaxLength = 8, Beam = 5, Captions = 4, LengthPenalty = 0.7 } },
        { "diverse", new() { MaxLength = 8, Beam = 6, Captions = 5, DiverseGroups = 3, DiversityStrength = 1.5 } },
        {
            "with",
            new()
            {
                MaxLength = 8,
                Beam = 3,
                Captions = 3,
                RequiredWords = [5, 7],
                BannedWords = [3],
                NoRepeatNGram = 2,
                MinLength = 4,
            }
        },
        { "sampled", new() { MaxLength = 8, Temperature = 0.7, Captions = 4, NoRepeatNGram = 1 } },
        { "nucleus", new() { MaxLength = 8, TopK = 5, TopP = 0.8, Captions = 2, Seed = 5 } },
    };

    /// <summary>Without the special tokens, greedy decoding is the exercise's.</summary>
    [Theory, MemberData(nameof(Cells))]
    public void Greedy_captions_match_the_exercise(CellKind cell)
    {
        const int N = 40, MaxLength = 12;
        CaptioningModel<float> model = SmallModel.Normal<float>(SmallModel.Options(cell, v: 9), seed: 8);
        (model.Parameters.BVocab[0, 0], model.Parameters.BVocab[0, 1]) = (-1e9f, -1e9f);
        Matrix<float> features = Features<float>(N);
        int[][] sampled = [.. model.DecodeGreedily(features, MaxLength).Chunk(MaxLength)];
        DecodedCaption[][] captions = CaptionGenerator.Generate(
            new InferenceModel<float>(model), features, new() { MaxLength = MaxLength });
        for (int n = 0; n < N; n++)
        {
            int[] ids = [.. captions[n].Single().Ids];
            bool isCutOff = !sampled[n].Contains(2);
            Assert.Equal(isCutOff ? [.. sampled[n][..^1], 2] : sampled[n].TakeWhile(id => id != 0), ids);
        }

        Assert.InRange(sampled.Count(ids => ids.Contains(2)), 5, N);
    }

    [Theory, MemberData(nameof(Ways))]
    public void Captions_are_distinct_sorted_and_finished_with_the_probability_of_the_loss(
        string method, DecodingOptions options)
    {
        CheckCaptions<double>(method, options, 1e-10);
        CheckCaptions<float>(method, options, 1e-4);
    }

    [Theory, MemberData(nameof(Ways))]
    public void Captions_do_not_depend_on_the_others_of_their_batch(string method, DecodingOptions options)
    {
        const int N = 50;
        var model = new InferenceModel<float>(Model<float>());
        Matrix<float> features = Features<float>(N);
        ulong[] numbers = [.. Enumerable.Range(0, N).Select(i => (ulong)i * 3)];
        string[] together = [.. CaptionGenerator.Generate(model, features, options, numbers).Select(Show)];
        for (int n = 0; n < N; n++)
        {
            Matrix<float> one = new(1, 4);
            one.CopyFrom(features.RowBlock(n, 1));
            Assert.Equal(
                (method, together[n]), (method, Show(CaptionGenerator.Generate(model, one, options, [numbers[n]])[0])));
        }

        // Enough to be decoded in several batches.
        var many = new Matrix<float>(700, 4);
        for (int i = 0; i < many.Rows; i++)
        {
            features.Row(i % N).CopyTo(many.Row(i));
        }

        ulong[] manyNumbers = [.. Enumerable.Range(0, many.Rows).Select(i => numbers[i % N])];
        Assert.Equal(
            Enumerable.Range(0, many.Rows).Select(i => together[i % N]),
            CaptionGenerator.Generate(model, many, options, manyNumbers).Select(Show));
    }

    [Theory, MemberData(nameof(Ways))]
    public void An_ensemble_of_one_model_twice_decodes_like_the_model(string method, DecodingOptions options)
    {
        var model = new InferenceModel<double>(Model<double>());
        Matrix<double> features = Features<double>(20);
        DecodedCaption[][] alone = CaptionGenerator.Generate(model, features, options);
        DecodedCaption[][] twice = CaptionGenerator.Generate(
            [model, model, model], [features, features, features], options);
        Assert.Equal(
            alone.SelectMany(best => best).Select(caption => (method, string.Join(' ', caption.Ids))),
            twice.SelectMany(best => best).Select(caption => (method, string.Join(' ', caption.Ids))));
        Assert.All(
            alone.SelectMany(best => best).Zip(twice.SelectMany(best => best)),
            pair => Assert.Equal(pair.First.LogProbability, pair.Second.LogProbability, 1e-10));
    }

    [Fact]
    public void Impossible_constraints_are_rejected()
    {
        var model = new InferenceModel<double>(AllCaptions.Model(CellKind.Lstm));
        var options = new DecodingOptions { MaxLength = 9, MinLength = 7, NoRepeatNGram = 1 };
        foreach (DecodingOptions impossible in new[]
        {
            options, options with { Beam = 3 }, options with { Temperature = 1 },
        })
        {
            Assert.Contains(
                "No caption",
                Assert.Throws<IncompatibleException>(() =>
                    CaptionGenerator.Generate(model, Features<double>(2), impossible)).Message);
        }

        Assert.Equal(
            5, CaptionGenerator.Generate(model, Features<double>(1), options with { MinLength = 5 })[0][0].Ids.Count);
    }

    [Fact]
    public void Incompatible_inputs_are_rejected()
    {
        var model = new InferenceModel<double>(AllCaptions.Model(CellKind.Lstm));
        var other = new InferenceModel<double>(Model<double>());
        var markers = new InferenceModel<double>(
            SmallModel.Normal<double>(SmallModel.Options(CellKind.Rnn, v: 7) with { EndId = 3 }));
        Matrix<double> features = Features<double>(2);
        Assert.Contains(
            "7 and 9",
            Assert.Throws<IncompatibleException>(() =>
                CaptionGenerator.Generate([model, other], [features, features])).Message);
        Assert.Throws<IncompatibleException>(() => CaptionGenerator.Generate([model, markers], [features, features]));
        Assert.ThrowsAny<ArgumentException>(() => CaptionGenerator.Generate<double>([], []));
        Assert.ThrowsAny<ArgumentException>(() => CaptionGenerator.Generate([model, model], [features]));
        Assert.ThrowsAny<ArgumentException>(() =>
            CaptionGenerator.Generate([model, model], [features, Features<double>(3)]));
        Assert.ThrowsAny<ArgumentException>(() => CaptionGenerator.Generate(model, features, null, [1]));
        Assert.ThrowsAny<ArgumentException>(() => CaptionGenerator.Generate(model, new Matrix<double>(2, 5)));
        Assert.ThrowsAny<ArgumentException>(() =>
            CaptionGenerator.Generate(model, features, new() { BannedWords = [7] }));
        Assert.ThrowsAny<ArgumentException>(() =>
            CaptionGenerator.Generate(model, features, new() { BannedWords = [2] }));
        Assert.ThrowsAny<ArgumentException>(() =>
            CaptionGenerator.Generate(model, features, new() { RequiredWords = [-1] }));
        Assert.ThrowsAny<ArgumentException>(() =>
            CaptionGenerator.Generate(model, features, new() { RequiredWords = [1] }));
        Assert.Empty(CaptionGenerator.Generate(model, new Matrix<double>(0, 4)));
    }

    private static void CheckCaptions<T>(string method, DecodingOptions options, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int N = 30;
        CaptioningModel<T> model = Model<T>();
        Matrix<T> features = Features<T>(N);
        DecodedCaption[][] all = CaptionGenerator.Generate(new InferenceModel<T>(model), features, options);
        for (int n = 0; n < N; n++)
        {

            // Groups and samples may contain duplicates.
            int min = options.IsStochastic ? 1 : options.DiverseGroups > 1 ? options.DiverseGroups : options.Captions;
            Assert.InRange(all[n].Length, min, options.Captions);
            Assert.Equal(all[n].Length, all[n].DistinctBy(caption => string.Join(' ', caption.Ids)).Count());
            Assert.Equal(all[n].OrderByDescending(caption => caption.Score), all[n]);
            foreach (DecodedCaption caption in all[n])
            {
                int[] ids = [.. caption.Ids];
                Assert.InRange(ids.Length, options.MinLength, 8);
                Assert.Equal((method, ids.Length - 1), (method, Array.IndexOf(ids, 2)));
                Assert.DoesNotContain(ids, id => id is 0 or 1);
                Assert.Equal(-model.Loss(features.RowBlock(n, 1), [1, .. ids]), caption.LogProbability, tolerance);
                Assert.Equal(
                    caption.LogProbability / Math.Pow(ids.Length, options.LengthPenalty), caption.Score, 1e-12);
            }
        }
    }

    private static CaptioningModel<T> Model<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        SmallModel.Normal<T>(SmallModel.Options(CellKind.Lstm, v: 9), seed: 8);

    private static Matrix<T> Features<T>(int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Matrix.Normal<T>(new SeededRandom(9), count, 4);

    private static string Show(DecodedCaption[] best) =>
        string.Join(" | ", best.Select(caption => $"{string.Join(' ', caption.Ids)} {caption.LogProbability:r}"));
}
