using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Decoding;

/// <summary>Beam search against exhaustive search.</summary>
public sealed class BeamSearchTests
{
    // Four words, three times, and one of five tokens: every candidate of captions of five tokens.
    private const int WideEnough = 320;

    private static readonly DecodingOptions s_wide = new() { Beam = WideEnough, Captions = 40, MaxLength = 5 };

    public static TheoryData<CellKind> Cells => [CellKind.Rnn, CellKind.Lstm];

    public static TheoryData<string, DecodingOptions> Constraints => new()
    {
        { "required", s_wide with { RequiredWords = [4] } },
        { "required, three", s_wide with { RequiredWords = [6, 3, 5] } },
        { "required, four", s_wide with { RequiredWords = [6, 3, 5, 4], Captions = 24 } },
        { "banned", s_wide with { BannedWords = [3, 6], Captions = 31 } },
        { "no repeat, 1", s_wide with { NoRepeatNGram = 1 } },
        { "no repeat, 2", s_wide with { NoRepeatNGram = 2 } },
        { "no repeat, 3", s_wide with { NoRepeatNGram = 3 } },
        { "min length", s_wide with { MinLength = 4 } },
        { "one length", s_wide with { MinLength = 5 } },
        { "max length", s_wide with { MaxLength = 3, Captions = 21 } },
        { "nothing", s_wide with { MaxLength = 1, Captions = 1 } },
        {
            "all",
            s_wide with
            {
                RequiredWords = [5, 6],
                BannedWords = [4],
                NoRepeatNGram = 2,
                MinLength = 4,
                LengthPenalty = 0.5,
                Captions = 5,
            }
        },
    };

    [Theory, MemberData(nameof(Cells))]
    public void A_wide_beam_finds_the_best_of_all_captions(CellKind cell)
    {
        CaptioningModel<double> model = AllCaptions.Model(cell);
        for (int image = 0; image < 4; image++)
        {
            foreach (double penalty in new[] { 0, 0.7, 1, 2.5 })
            {
                AssertBest(s_wide with { LengthPenalty = penalty }, image, model);
            }
        }
    }

    [Theory, MemberData(nameof(Constraints))]
    public void Constrained_search_finds_the_best_caption_that_satisfies_them(string name, DecodingOptions options)
    {
        Assert.NotEmpty(name);
        AssertBest(options, 1, AllCaptions.Model(CellKind.Lstm));
        AssertBest(options, 2, AllCaptions.Model(CellKind.Rnn, seed: 3));
    }

    [Fact]
    public void An_ensemble_averages_probabilities()
    {
        CaptioningModel<double>[] models =
            [AllCaptions.Model(CellKind.Lstm), AllCaptions.Model(CellKind.Rnn, 9), AllCaptions.Model(
                CellKind.Lstm, 10)];
        AssertBest(s_wide, 1, models);
        AssertBest(s_wide with { RequiredWords = [4, 5], LengthPenalty = 1 }, 2, models[..2]);
    }

    /// <summary>Even the narrowest beam includes an improbable required word.</summary>
    [Fact]
    public void Required_words_are_found_by_narrow_beams()
    {
        CaptioningModel<double> model = AllCaptions.Model(CellKind.Lstm);
        (model.Parameters.BVocab[0, 4], model.Parameters.BVocab[0, 6]) = (-30, -30);
        foreach (int beam in new[] { 1, 2, 5 })
        {
            var options = new DecodingOptions { Beam = beam, RequiredWords = [6, 4], MaxLength = 4 };
            DecodedCaption caption =
                CaptionGenerator.Generate(new InferenceModel<double>(model), AllCaptions.Image(1), options)[0][0];
            Assert.Contains(4, caption.Ids);
            Assert.Contains(6, caption.Ids);
            Assert.InRange(caption.LogProbability, -80, -50);
        }
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(3, 1, 1)]
    [InlineData(2, 2, 0)]
    [InlineData(4, 2, 0.5)]
    [InlineData(6, 3, 1)]
    public void Narrow_beams_and_groups_match_a_reference_search(int beam, int groups, double penalty)
    {
        foreach (CellKind cell in new[] { CellKind.Rnn, CellKind.Lstm })
        {
            CaptioningModel<double> model = AllCaptions.Model(cell);
            for (int image = 0; image < 6; image++)
            {
                var options = new DecodingOptions
                {
                    Beam = beam, DiverseGroups = groups, DiversityStrength = 0.4 + (0.3 * image),
                    LengthPenalty = penalty, Captions = beam, MaxLength = 6,
                };
                Matrix<double> features = AllCaptions.Image(image);
                DecodedCaption[] expected = [.. ReferenceDiverseBeam.Search(new AllCaptions(features, model), options)];
                AssertSame(
                    expected, CaptionGenerator.Generate(new InferenceModel<double>(model), features, options)[0]);
            }
        }
    }

    [Fact]
    public void Groups_find_different_captions()
    {
        CaptioningModel<double> model = AllCaptions.Model(CellKind.Lstm);
        var options =
            new DecodingOptions { Beam = 4, Captions = 4, MaxLength = 6, DiverseGroups = 4, DiversityStrength = 100 };
        int apart = 0;
        for (int image = 0; image < 10; image++)
        {
            DecodedCaption[] captions =
                CaptionGenerator.Generate(new InferenceModel<double>(model), AllCaptions.Image(image), options)[0];
            int[] first = [.. captions.Select(caption => caption.Ids[0]).Where(id => id != 2)];
            Assert.Equal(first.Distinct(), first);
            apart += first.Length;
        }

        Assert.InRange(apart, 20, 40);
    }

    private static void AssertBest(DecodingOptions options, int image, params CaptioningModel<double>[] models)
    {
        Matrix<double> features = AllCaptions.Image(image);
        DecodedCaption[] all = new AllCaptions(features, models).Best(options);
        Assert.InRange(options.Captions, 1, all.Length);
        DecodedCaption[][] found = CaptionGenerator.Generate(
            [.. models.Select(model => new InferenceModel<double>(model))], [.. models.Select(_ => features)], options);
        AssertSame(all[..options.Captions], found.Single());
    }

    private static void AssertSame(DecodedCaption[] expected, DecodedCaption[] found)
    {
        Assert.Equal(
            expected.Select(caption => string.Join(' ', caption.Ids)),
            found.Select(caption => string.Join(' ', caption.Ids)));
        Assert.All(
            expected.Zip(found), pair => Assert.Equal(pair.First.LogProbability, pair.Second.LogProbability, 1e-9));
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-9));
    }
}
