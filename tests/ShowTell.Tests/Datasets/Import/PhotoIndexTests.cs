using ShowTell.Datasets.Import;
using Xunit;

namespace ShowTell.Tests.Datasets.Import;

public sealed class PhotoIndexTests
{
    private static readonly string[] s_photos =
    [
        "a.jpg", "cafe\u0301.jpg", "\u1112\u1161\u11ab.jpg", "deep/er/b.jpg", "Deep/B2.JPG", "one/same.jpg",
        "two/same.jpg", "x#1.jpg", "100652400.jpg", "a b (1) #2%.jpg", "up.JPG", "UP.jpg", "\u00C5ngstr\u00F6m.png",
        "other/c.dat",
    ];

    [Theory]
    [InlineData("a.jpg", "a.jpg")]
    [InlineData("./a.jpg", "a.jpg")]
    [InlineData("images/a.jpg", "a.jpg")]
    [InlineData(@"images\a.jpg", "a.jpg")]
    [InlineData("http://host/x/a.jpg?size=3", "a.jpg")]
    [InlineData("https://host/caf%C3%A9.jpg", "cafe\u0301.jpg")]
    [InlineData("A.JPG", "a.jpg")]
    [InlineData("a", "a.jpg")]
    [InlineData("a.jpg#3", "a.jpg")]
    [InlineData("x#1.jpg", "x#1.jpg")]
    [InlineData("x#1.jpg#0", "x#1.jpg")]
    [InlineData("a#zhb#0", "a.jpg")]
    [InlineData("caf\u00e9.jpg", "cafe\u0301.jpg")]
    [InlineData("CAF\u00c9.jpg", "cafe\u0301.jpg")]
    [InlineData("\ud55c.jpg", "\u1112\u1161\u11ab.jpg")]
    [InlineData("A\u030Angstro\u0308m.png", "\u00C5ngstr\u00F6m.png")]
    [InlineData("\u212Bngstr\u00F6m.png", "\u00C5ngstr\u00F6m.png")]
    [InlineData("b.jpg", "deep/er/b.jpg")]
    [InlineData("er/b.jpg", "deep/er/b.jpg")]
    [InlineData("deep/b2.jpg", "Deep/B2.JPG")]
    [InlineData("one/same.jpg", "one/same.jpg")]
    [InlineData("x/two/same.jpg", "two/same.jpg")]
    [InlineData("100652400", "100652400.jpg")]
    [InlineData("100652400.0", "100652400.jpg")]
    [InlineData("a b (1) #2%.jpg", "a b (1) #2%.jpg")]
    [InlineData("UP.jpg", "UP.jpg")]
    [InlineData("x/up.JPG", "up.JPG")]
    [InlineData("other/./c.dat", "other/c.dat")]
    [InlineData("other.jpg", null)]
    [InlineData("three/same.jpg", null)]
    [InlineData("er2/b.jpg", null)]
    [InlineData("a.png", null)]
    public void A_name_means_at_most_one_photo(string name, string? photo)
    {
        using TemporaryFolder folder = Example();
        Assert.Equal(photo, new PhotoIndex(folder.Path).Find(name, "captions", out bool isAmbiguous));
        Assert.False(isAmbiguous);
        if (photo is not null)
        {
            Assert.Equal(photo, new PhotoIndex(folder.Path).Find(folder.File(photo), "captions", out _));
        }
    }

    [Theory]
    [InlineData("same.jpg")]
    [InlineData("Up.Jpg")]
    public void Several_that_match_equally_well_are_none(string name)
    {
        using TemporaryFolder folder = Example();
        Assert.Null(new PhotoIndex(folder.Path).Find(name, "captions", out bool isAmbiguous));
        Assert.True(isAmbiguous);
    }

    [Fact]
    public void A_link_out_of_the_folder_is_refused()
    {
        using TemporaryFolder folder = Example(), other = Example();
        File.CreateSymbolicLink(folder.File("inside.jpg"), folder.File("a.jpg"));
        File.CreateSymbolicLink(folder.File("outside.jpg"), other.File("a.jpg"));
        var index = new PhotoIndex(folder.Path);
        Assert.Equal("inside.jpg", index.Find("inside.jpg", "captions", out _));
        Assert.Contains(
            "is a link out of the folder",
            Assert.Throws<DataException>(() => index.Find("outside.jpg", "captions", out _)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>From Unicode's NormalizationTest.txt: composed, decomposed, and out of order.</summary>
    [Theory]
    [InlineData("\u1E0A", "D\u0307")]
    [InlineData("\u1E0A\u0323", "D\u0323\u0307")]
    [InlineData("D\u0307\u0323", "D\u0323\u0307")]
    [InlineData("\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\uAC00", "\u1100\u1161")]
    [InlineData("\u01D5", "U\u0308\u0304")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "a\u05AE\u0300\u0300\u0315b")]
    [InlineData("\u0315\u0300", "\u0300\u0315")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    public void Text_is_decomposed_as_Unicode_says(string text, string decomposed) =>
        Assert.Equal(decomposed, CanonicalText.Decompose(text));

    private static TemporaryFolder Example()
    {
        TemporaryFolder folder = TestData.Temporary();
        foreach (string photo in s_photos)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(photo))!);
            File.WriteAllText(folder.File(photo), "");
        }

        return folder;
    }
}
