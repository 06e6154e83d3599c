using System.IO.Compression;
using ShowTell.Data.Import;
using Xunit;

namespace ShowTell.Tests.Data.Import;

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

    /// <summary>The exercise's <c>val_captions</c> has so many rows.</summary>
    [Fact]
    public void Of_the_captions_of_COCO_as_many_are_short_enough_as_in_the_exercise()
    {
        using FileStream file = File.OpenRead(TestData.Shared("data", "coco", "captions_val2014_full.tsv.gz"));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var lines = new TextLines(file.Name, unpacked);
        var normalization = new CaptionNormalization();
        (int all, int kept) = (0, 0);
        while (lines.Next() is string line)
        {
            all++;
            kept += normalization.Words(line.Split('\t')[1]).Length is >= 1 and <= 15 ? 1 : 0;
        }

        Assert.Equal((202_654, 195_954), (all, kept));
    }
}
