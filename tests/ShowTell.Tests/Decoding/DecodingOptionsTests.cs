using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Tests.Data;
using Xunit;

namespace ShowTell.Tests.Decoding;

public sealed class DecodingOptionsTests
{
    public static TheoryData<DecodingOptions, string> Contradictory => new()
    {
        { new() { Beam = 2, Temperature = 1 }, "Sampling" },
        { new() { TopP = 0.9, DiverseGroups = 2 }, "Sampling" },
        { new() { TopK = 3, RequiredWords = [5] }, "search" },
        { new() { Beam = 3, Captions = 5 }, "at least 5" },
        { new() { Beam = 5, DiverseGroups = 2 }, "2 groups" },
        { new() { MinLength = 9, MaxLength = 8 }, "length 9" },
        { new() { MaxLength = 2, RequiredWords = [4, 5] }, "at most 2 tokens" },
        { new() { RequiredWords = [.. Enumerable.Range(4, 17)] }, "at most 16" },
        { new() { RequiredWords = [4, 5], BannedWords = [5] }, "banned" },
    };

    [Fact]
    public void Values_out_of_range_are_rejected()
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
    public void Contradictions_are_rejected(DecodingOptions options, string keyword) =>
        Assert.Contains(
            keyword, Assert.Throws<IncompatibleException>(options.Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void Compatible_options_are_accepted()
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
    public void Words_are_converted_to_ids()
    {
        Vocabulary words = SmallDataset.Vocabulary;
        DecodingOptions options = new DecodingOptions { BannedWords = [7] }.Of(
            words, ["cat", "dog", "cat"], ["a", "zebra", Vocabulary.Unknown, Vocabulary.End]);
        Assert.Equal([words.IdOf("cat"), words.IdOf("dog")], options.RequiredWords);
        Assert.Equal([7, words.IdOf("a"), words.UnknownId], options.BannedWords);
        string message = Assert.Throws<DataException>(() => new DecodingOptions().Of(words, ["zebra"], [])).Message;
        Assert.Throws<DataException>(() => new DecodingOptions().Of(words, [Vocabulary.Null], []));
        Assert.Contains("zebra", message, StringComparison.Ordinal);
    }
}
