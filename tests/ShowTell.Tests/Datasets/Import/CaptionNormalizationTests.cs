using ShowTell.Datasets.Import;
using Xunit;

namespace ShowTell.Tests.Datasets.Import;

public sealed class CaptionNormalizationTests
{
    [Theory]
    [InlineData("A dog's  red-hot ball, (É)!\n", false, false, "a dogs redhot ball é")]
    [InlineData(" \t. - ", false, false, "")]
    [InlineData("A Dog.", true, false, "A Dog")]
    [InlineData("A Dog.", false, true, "a dog.")]
    [InlineData("A Dog.", true, true, "A Dog.")]
    [InlineData("a\u00a0b", false, false, "a b")]
    public void Captions_become_words(string caption, bool keepCase, bool keepPunctuation, string expected) =>
        Assert.Equal(expected, string.Join(' ', new CaptionNormalization(keepCase, keepPunctuation).Words(caption)));
}
