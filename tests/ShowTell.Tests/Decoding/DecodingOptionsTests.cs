using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Tests.Data;
using Xunit;

namespace ShowTell.Tests.Decoding;

public sealed class DecodingOptionsTests
{
    public static TheoryData<DecodingOptions, string> Contradictory => new()
    {
        { new() { Beam = 2, Temperature = 1 }, "drawn or searched" },
        { new() { TopP = 0.9, DiverseGroups = 2 }, "drawn or searched" },
        { new() { TopK = 3, RequiredWords = [5] }, "must appear need a search" },
        { new() { Beam = 3, Captions = 5 }, "5 captions of an image need a beam of 5 at least; it is 3" },
        { new() { Beam = 5, DiverseGroups = 2 }, "beam of 5 cannot be split into 2 groups" },
        { new() { MinLength = 9, MaxLength = 8 }, "at least 9 and at most 8" },
        { new() { MaxLength = 2, RequiredWords = [4, 5] }, "2 words must appear in captions of at most 2" },
        { new() { RequiredWords = [.. Enumerable.Range(4, 17)] }, "at most 16" },
        { new() { RequiredWords = [4, 5], BannedWords = [5] }, "must not appear" },
    };

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        DecodingOptions[] wrong =
        [
            new() { Beam = 0 },
            new() { Captions = 0 },
            new() { DiverseGroups = 0 },
            new() { DiversityStrength = -1 },
            new() { LengthPenalty = -0.1 },
            new() { LengthPenalty = double.PositiveInfinity },
            new() { Temperature = -1 },
            new() { Temperature = double.NaN },
            new() { TopK = 0 },
            new() { TopP = 0 },
            new() { TopP = 1.1 },
            new() { NoRepeatNGram = -1 },
            new() { MinLength = 0 },
            new() { MaxLength = 0 },
        ];
        Assert.All(wrong, options => Assert.Throws<ArgumentOutOfRangeException>(options.Validate));
    }

    [Theory, MemberData(nameof(Contradictory))]
    public void Contradictions_are_refused(DecodingOptions options, string said) =>
        Assert.Contains(said, Assert.Throws<IncompatibleException>(options.Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void What_fits_together_is_taken()
    {
        new DecodingOptions().Validate();
        new DecodingOptions
        {
            Beam = 6,
            DiverseGroups = 3,
            Captions = 6,
            RequiredWords = [4],
            BannedWords = [5],
            MinLength = 3,
            MaxLength = 3,
        }.Validate();
        new DecodingOptions
        {
            Temperature = 0, TopK = 1, TopP = 1, Captions = 50, BannedWords = [5], NoRepeatNGram = 2,
        }.Validate();
    }

    [Fact]
    public void Words_become_ids()
    {
        Vocabulary words = SmallDataset.Vocabulary;
        DecodingOptions options = new DecodingOptions { BannedWords = [7] }.Of(
            words, ["cat", "dog", "cat"], ["a", "zebra", Vocabulary.Unknown, Vocabulary.End]);
        Assert.Equal([words.IdOf("cat"), words.IdOf("dog")], options.RequiredWords);
        Assert.Equal([7, words.IdOf("a"), words.UnknownId], options.BannedWords);
        string message = Assert.Throws<DataException>(() => new DecodingOptions().Of(words, ["zebra"], [])).Message;
        Assert.Throws<DataException>(() => new DecodingOptions().Of(words, [Vocabulary.Null], []));
        Assert.Equal("\"zebra\" must appear, and is not among the model's 8 words: it cannot say it.", message);
    }
}
