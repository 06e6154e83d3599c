using ShowTell.Data;
using Xunit;

namespace ShowTell.Tests.Data;

public sealed class VocabularyTests
{
    private static readonly string[] s_markers =
        [Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown];

    private readonly Vocabulary _words = new([.. s_markers, "a", "dog", "runs"]);

    [Fact]
    public void Tokens_and_ids_belong_to_one_another()
    {
        Assert.Equal((7, TokenKind.Word), (_words.Count, _words.Kind));
        Assert.Equal("dog", _words.Tokens[_words.IdOf("dog")]);
        Assert.Equal((0, 1, 2, 3), (_words.NullId, _words.StartId, _words.EndId, _words.UnknownId));
        Assert.Equal(_words.UnknownId, _words.IdOf("Dog"));
    }

    [Fact]
    public void Markers_may_have_any_ids()
    {
        var vocabulary = new Vocabulary(["dog", "<UNK>", "<END>", "<NULL>", "<START>"]);
        Assert.Equal((3, 4, 2, 1), (vocabulary.NullId, vocabulary.StartId, vocabulary.EndId, vocabulary.UnknownId));
        var ids = new int[5];
        vocabulary.Encode("dog cat", ids);
        Assert.Equal([4, 0, 1, 2, 3], ids);
        Assert.Equal("dog <UNK>", vocabulary.Decode(ids));
    }

    [Theory]
    [InlineData("a dog runs", new[] { 1, 4, 5, 6, 2, 0, 0 })]
    [InlineData("a  cat   runs ", new[] { 1, 4, 3, 6, 2, 0, 0 })]
    [InlineData("", new[] { 1, 2, 0, 0, 0, 0, 0 })]
    [InlineData("a dog runs a dog", new[] { 1, 4, 5, 6, 4, 5, 2 })]
    [InlineData("a dog runs a dog runs a dog", new[] { 1, 4, 5, 6, 4, 5, 2 })]
    public void A_caption_is_written_between_its_markers_and_filled_up(string caption, int[] expected)
    {
        int[] ids = [9, 9, 9, 9, 9, 9, 9];
        _words.Encode(caption, ids);
        Assert.Equal(expected, ids);
    }

    [Fact]
    public void The_markers_need_room()
    {
        Assert.Throws<ArgumentException>(() => _words.Encode("a", new int[1]));
        var ids = new int[2];
        _words.Encode("a dog", ids);
        Assert.Equal([1, 2], ids);
    }

    [Theory]
    [InlineData(new[] { 1, 4, 5, 2, 0, 0 }, "a dog", "<START> a dog <END>")]
    [InlineData(new[] { 4, 0, 5, 0, 6 }, "a dog runs", "a dog runs")]
    [InlineData(new[] { 1, 4, 2, 5, 2, 6 }, "a", "<START> a <END>")]
    [InlineData(new[] { 3, 3 }, "<UNK> <UNK>", "<UNK> <UNK>")]
    [InlineData(new[] { 2, 4 }, "", "<END>")]
    [InlineData(new int[0], "", "")]
    public void A_caption_is_read_up_to_its_end(int[] ids, string expected, string withMarkers)
    {
        Assert.Equal(expected, _words.Decode(ids));
        Assert.Equal(withMarkers, _words.Decode(ids, keepMarkers: true));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(-1)]
    public void Ids_outside_the_vocabulary_are_refused(int id) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _words.Decode([4, id]));

    [Fact]
    public void A_batch_is_read_caption_by_caption()
    {
        Assert.Equal(["a dog", "runs"], _words.DecodeBatch([1, 4, 5, 2, 1, 6, 2, 0], 4));
        Assert.Equal(
            ["<START> a dog <END>", "<START> runs <END>"],
            _words.DecodeBatch([1, 4, 5, 2, 1, 6, 2, 0], 4, keepMarkers: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => _words.DecodeBatch([1, 2], 0));
    }

    [Fact]
    public void Characters_come_back_as_they_were_with_the_unknown_as_one()
    {
        Vocabulary characters = Vocabulary.OfCharacters(["a <UNK> dog", "go"]);
        Assert.Equal([.. s_markers, " ", "a", "d", "g", "o"], characters.Tokens);
        Assert.Equal(TokenKind.Character, characters.Kind);
        Assert.Equal(["a", " ", "<UNK>", " ", "d"], characters.Split("a <UNK> d"));
        var ids = new int[11];
        characters.Encode("a <UNK> dog", ids);
        Assert.Equal([1, 5, 4, 3, 4, 6, 8, 7, 2, 0, 0], ids);
        Assert.Equal("a <UNK> dog", characters.Decode(ids));
        Assert.Equal(["<", "U", "N"], characters.Split("<UN"));
    }

    [Fact]
    public void A_character_of_two_units_is_one_token()
    {
        Vocabulary characters = Vocabulary.OfCharacters(["é 🐕"]);
        Assert.Equal([.. s_markers, " ", "é", "🐕"], characters.Tokens);
        var ids = new int[5];
        characters.Encode("🐕 é", ids);
        Assert.Equal("🐕 é", characters.Decode(ids));
    }

    [Fact]
    public void Words_are_ordered_by_frequency_then_ordinally()
    {
        string[] captions = ["the dog runs", "a dog", "The cat", "the  dog"];
        Assert.Equal([.. s_markers, "dog", "the", "The", "a", "cat", "runs"], Vocabulary.OfWords(captions).Tokens);
        Assert.Equal([.. s_markers, "dog", "the"], Vocabulary.OfWords(captions, minCount: 2).Tokens);
    }

    [Fact]
    public void Markers_among_the_words_are_no_words() =>
        Assert.Equal([.. s_markers, "a"], Vocabulary.OfWords(["<START> a <UNK> <NULL> <END>"]).Tokens);

    [Fact]
    public void Equal_vocabularies_have_equal_fingerprints()
    {
        string[] tokens = [.. _words.Tokens];
        Assert.Equal(_words.Fingerprint, new Vocabulary(tokens).Fingerprint);
        Assert.NotEqual(_words.Fingerprint, new Vocabulary(tokens, TokenKind.Character).Fingerprint);
        Assert.NotEqual(_words.Fingerprint, new Vocabulary(tokens.Reverse()).Fingerprint);
        Assert.NotEqual(_words.Fingerprint, new Vocabulary(tokens.Append("cat")).Fingerprint);
        Assert.Equal(64, _words.Fingerprint.Length);
    }

    [Theory]
    [InlineData(
        "The vocabulary holds \"a\" twice, as 4 and as 5.", new[] { "<NULL>", "<START>", "<END>", "<UNK>", "a", "a" })]
    [InlineData("The vocabulary's token 4 is empty.", new[] { "<NULL>", "<START>", "<END>", "<UNK>", "" })]
    [InlineData("The vocabulary of 4 tokens lacks the marker <END>.", new[] { "<NULL>", "<START>", "<UNK>", "a" })]
    [InlineData("The vocabulary of 0 tokens lacks the marker <NULL>.", new string[0])]
    public void What_is_no_vocabulary_is_refused(string message, string[] tokens) =>
        Assert.Equal(message, Assert.Throws<DataException>(() => new Vocabulary(tokens)).Message);

    [Theory]
    [InlineData("a\u001b[31m", "\\u001b[31m")]
    [InlineData("\0", "\\u0000")]
    [InlineData("\u009b", "\\u009b")]
    public void Control_characters_are_refused_and_shown_escaped(string token, string shown)
    {
        string message = Assert.Throws<DataException>(() => new Vocabulary([.. s_markers, token])).Message;
        Assert.Contains(shown, message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
        Assert.Equal(s_markers, Vocabulary.OfWords([token]).Tokens);
    }

    [Fact]
    public void Tokens_have_at_most_256_characters()
    {
        string longest = new('x', Vocabulary.MaxTokenLength);
        Assert.Equal(5, new Vocabulary([.. s_markers, longest]).Count);
        string message = Assert.Throws<DataException>(
            () => new Vocabulary([.. s_markers, new string('x', 1 << 20)])).Message;
        Assert.InRange(message.Length, 50, 200);
        Assert.Equal([.. s_markers, longest], Vocabulary.OfWords([longest, longest + "x"]).Tokens);
    }

    [Fact]
    public void Characters_of_captions_that_control_a_terminal_are_no_tokens() => Assert.Equal(
        [.. s_markers, "a", "b"], Vocabulary.OfCharacters(["a\u001b\nb"]).Tokens);
}
