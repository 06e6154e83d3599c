using ShowTell.Captioning;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Reporting;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class PhotoReviewTests
{
    private static readonly Picture s_none = Picture.Placeholder("x", "none");

    [Fact]
    public void What_is_said_is_what_the_beam_finds()
    {
        (ModelBundle bundle, CaptionSplit split) = Make("lstm", TokenKind.Word);
        var decoding = new DecodingOptions { Beam = 4, MaxLength = 6 };
        using var review = new PhotoReview("m", [bundle], split, decoding);
        ReportPhoto photo = review.Review(2, s_none, ciderD: 1.5, TestContext.Current.CancellationToken);
        var features = new Matrix<float>(1, 4);
        split.ReadFeatures([2], features);
        DecodedCaption[] found =
            CaptionGenerator.Generate(
                new InferenceModel<float>(bundle.Model), features, decoding with { Captions = 4 })[0];
        Assert.Equal((bundle.Vocabulary.Decode([.. found[0].Ids]), 1.5), (photo.Caption, photo.CiderD));
        Assert.Equal(Math.Exp(found[0].LogProbability), photo.Probability, 1e-9);
        Assert.Equal(
            found[1..].Select(other => bundle.Vocabulary.Decode([.. other.Ids])),
            photo.Alternatives.Select(other => other.Caption));
        Assert.Equal(photo.Alternatives.OrderByDescending(other => other.Probability), photo.Alternatives);
        Assert.Equal("val image 2", photo.Label);
        Assert.Empty(photo.Maps);
        Assert.Contains("no attention", review.MapsMissing, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TokenKind.Word)]
    [InlineData(TokenKind.Character)]
    public void Every_word_has_the_map_of_its_tokens(TokenKind kind)
    {
        (ModelBundle bundle, CaptionSplit split) = Make("attention", kind);
        using var review = new PhotoReview("m", [bundle], split, new DecodingOptions { MaxLength = 8 });
        Assert.Null(review.MapsMissing);
        ReportPhoto photo = review.Review(1, s_none, 0, TestContext.Current.CancellationToken);
        Assert.Empty(photo.Alternatives);
        WordMaps maps = Assert.Single(photo.Maps);
        Assert.Equal(WordMapKind.Attention, maps.Kind);
        string[] words = photo.Caption.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([.. words, "(end)"], maps.Words.Select(word => word.Word));
        Assert.All(maps.Words, word => Assert.Equal(1, word.Map.Values.Span.ToArray().Sum(), 1e-4));

        var features = new Matrix<float>(1, split.Features.Columns);
        split.ReadFeatures([1], features);
        var model = new InferenceModel<float>(bundle.Model);
        int[] ids = [.. CaptionGenerator.Generate(model, features, new DecodingOptions { MaxLength = 8 })[0][0].Ids];
        Matrix<float> weights = WordAttention.Of(model, features, ids)!;
        int first = kind == TokenKind.Word ? 1 : photo.Caption.TakeWhile(letter => letter != ' ').Count();
        for (int place = 0; place < 4; place++)
        {
            Assert.Equal(
                Enumerable.Range(0, first).Average(t => weights[t, place]), maps.Words[0].Map.Values.Span[place], 1e-5);
        }
    }

    private static (ModelBundle Bundle, CaptionSplit Split) Make(string variant, TokenKind kind)
    {
        Vocabulary vocabulary = kind == TokenKind.Word
            ? Vocabulary.OfWords(["a dog runs", "one cat sleeps"])
            : Vocabulary.OfCharacters(["ab c", "c ba"]);
        int size = variant == "lstm" ? 4 : 8;
        CaptioningOptions options = ModelVariants.Options(variant, d: size, v: vocabulary.Count) with
        {
            Regions = variant == "lstm" ? 1 : 4,
            NullId = vocabulary.NullId,
            StartId = vocabulary.StartId,
            EndId = vocabulary.EndId,
        };
        var model = SmallModel.Normal<float>(options, seed: 5);
        ModelBundle bundle = SmallModel.Bundle() with
        {
            Model = model, Vocabulary = vocabulary, Features = new FeaturesSpec("made", size),
        };
        int[] captions =
            [.. Enumerable.Repeat(new[] { vocabulary.StartId, vocabulary.EndId, vocabulary.NullId }, 3).SelectMany(
                ids => ids)];
        var features = new MemoryFeatures(Matrix.Normal<float>(new SeededRandom(3), 3, size, 1));
        return (bundle, new CaptionSplit("val", captions, 3, [0, 1, 2], features, vocabulary.Count));
    }
}
