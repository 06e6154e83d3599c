using System.Diagnostics;
using ShowTell.Metrics;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Metrics;

public sealed class CaptionTokenizerTests
{
    [Theory]
    [InlineData("A man riding a wave.", "a man riding a wave")]
    [InlineData("A boy and a girl on there ski's .", "a boy and a girl on there ski 's")]
    [InlineData("It doesn't appear", "it does n't appear")]
    [InlineData(
        "I can't, won't and don't; he'll say she's here, we've gone, I'm off",
        "i ca n't wo n't and do n't he 'll say she 's here we 've gone i 'm off")]
    [InlineData("gonna, gotta, wanna, gimme, lemme, cannot", "gon na got ta wan na gim me lem me can not")]
    [InlineData("'Tis dunno", "'t is du n no")]
    [InlineData("It\u2019s the dogs' o'clock", "it 's the dogs o'clock")]
    [InlineData("A black-and-white, twin-hulled p-40 t-ball", "a black-and-white twin-hulled p-40 t-ball")]
    [InlineData("red,blue-green", "red,blue-green")]
    [InlineData(
        "a refrigerator/freezer and 1/2 a cake, 23 3/4 St", "a refrigerator/freezer and 1/2 a cake 23\u00A03/4 st")]
    [InlineData("A stop sign on Morgan Rd.", "a stop sign on morgan rd.")]
    [InlineData("First St. sign, bananas, etc.", "first st. sign bananas etc.")]
    [InlineData("ready to bat.,", "ready to bat.")]
    [InlineData(
        "Barry Bonds #25 at 5:55, 11th of 1,000 and $14.99 or 50%",
        "barry bonds # 25 at 5:55 11th of 1,000 and $ 14.99 or 50 %")]
    [InlineData("a #sunset by @cat_1", "a #sunset by @cat_1")]
    [InlineData("T.V. at 2 p.m. in the U.S.A flag", "t.v. at 2 p.m. in the u.s.a flag")]
    [InlineData("Dr. Smith and Mr. Ark. miss. at the wash.", "dr. smith and mr. ark. miss at the wash")]
    [InlineData("the \"STOP\" sign ... -- ``quoted'' 'so'", "the stop sign quoted so")]
    [InlineData("dogs (two) [big] {x}", "dogs -lrb- two -rrb- -lsb- big -rsb- -lcb- x -rcb-")]
    [InlineData(
        "see www.example.com or http://a.b/c?d=1 now!! What?", "see www.example.com or http://a.b/c?d=1 now !! what")]
    [InlineData("M&M and Q & A &amp; tea", "m&m and q & a & tea")]
    [InlineData("the ground.One is off", "the ground.one is off")]
    [InlineData("caf\u00E9 \u00DCber na\u00EFve", "caf\u00E9 \u00FCber na\u00EFve")]
    [InlineData("two\tspaces  here\nand a line", "two spaces here and a line")]
    [InlineData(" .,;:'\"-- ! ? ... ", "")]
    [InlineData("", "")]
    public void Captions_are_split_as_Stanfords_tokenizer_does(string caption, string expected) =>
        Assert.Equal(expected, CaptionTokenizer.Normalize(caption));

    [Fact]
    public void All_captions_of_the_fakecap_set_are_split_as_coco_caption_does()
    {
        int captions = 0;
        List<string> wrong = [];
        CaptionSet candidates = Fakecap.Candidates;
        foreach ((string image, string candidate, string[] expected) in Fakecap.Tokenized())
        {
            string[] references = [.. Fakecap.References.Of(image).Select(CaptionTokenizer.Normalize)];
            wrong.AddRange(expected.Order(StringComparer.Ordinal).Zip(references.Order(StringComparer.Ordinal))
                .Where(pair => pair.First != pair.Second)
                .Select(pair => $"{image}: {pair.First} | {pair.Second}"));
            string ours = CaptionTokenizer.Normalize(candidates.Of(image)[0]);
            if (ours != candidate)
            {
                wrong.Add($"{image}: {candidate} | {ours}");
            }

            captions += expected.Length + 1;
        }

        Assert.Empty(wrong);
        Assert.Equal(6005, captions);
    }

    [Fact]
    public void Words_of_any_text_are_without_spaces()
    {
        string[] parts =
        [
            "A dog", "can't", "3 3/4", "U.S.A.", "...", "\"so\"", "-", "(big)", "&amp;", "\n", "é", "$14.99", "'s",
            "www.a.b",
        ];
        var random = new SeededRandom(1);
        for (int text = 0; text < 5000; text++)
        {
            string caption = string.Concat(Enumerable.Range(0, 1 + random.NextInt(12)).Select(
                _ => parts[random.NextInt(parts.Length)] + (random.NextInt(3) == 0 ? "" : " ")));
            Assert.All(CaptionTokenizer.Tokenize(caption), word => Assert.False(
                word.Length == 0 || word.Contains(' '), caption));
        }
    }

    [Fact]
    public void Splitting_plain_words_again_changes_nothing()
    {
        string once = CaptionTokenizer.Normalize("A Man, in a Red shirt; on a well-lit street.");
        Assert.Equal(once, CaptionTokenizer.Normalize(once));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a.")]
    [InlineData("+a")]
    [InlineData("-")]
    [InlineData("'")]
    [InlineData("a-a.")]
    [InlineData("1,")]
    [InlineData("<a ")]
    [InlineData("&am")]
    [InlineData("\0")]
    [InlineData("\uD83D\uDE00")]
    [InlineData("\uD83D")]
    [InlineData("( ")]
    public void Hostile_text_takes_time_in_proportion_to_its_length(string part)
    {
        string text = string.Concat(Enumerable.Repeat(part, 200_000 / part.Length));
        long start = Stopwatch.GetTimestamp();
        Assert.NotNull(CaptionTokenizer.Tokenize(text));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "quadratic time takes minutes");
    }

    [Fact]
    public void Any_character_is_taken()
    {
        string all = string.Concat(Enumerable.Range(0, 0x10000).Select(code => $"x{(char)code}y "));
        Assert.NotEmpty(CaptionTokenizer.Tokenize(all));
        Assert.Equal(["two", "dogs"], CaptionTokenizer.Tokenize("two \uD83D\uDC36 dogs \u0007\u200B"));
    }
}
