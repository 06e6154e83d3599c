using System.Text.RegularExpressions;
using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class GalleryTests
{
    private const string Hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u0000";

    [Fact]
    public void Hostile_text_stays_text_everywhere()
    {
        var gallery = new Gallery
        {
            Title = Hostile,
            Headline = Hostile,
            Facts = [(Hostile, Hostile)],
            Plot = LinePlot.OfLosses([1, 2], null, Hostile),
            Cards =
            [
                new(Picture.Placeholder(Hostile, Hostile), Hostile)
                {
                    Caption = Hostile,
                    References = [Hostile],
                    IsTrue = true,
                    Link = "https://example.org/\"><script>alert(3)</script>",
                },
            ],
        };
        string html = Html(gallery);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', html);

        // The only elements are the page's own.
        Assert.Equal(1, Regex.Count(html, "<img "));
        Assert.Equal(12, Regex.Count(html, "&lt;script&gt;alert\\(1\\)"));
    }

    [Theory]
    [InlineData("https://example.org/a?b=1&c=2", "href=\"https://example.org/a?b=1&amp;c=2\"")]
    [InlineData("http://example.org/x.jpg", "href=\"http://example.org/x.jpg\"")]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("data:text/html,x", null)]
    [InlineData("file:///etc/passwd", null)]
    [InlineData("//example.org", null)]
    [InlineData("", null)]
    public void Only_web_addresses_become_links(string link, string? expected)
    {
        string html = Html(
            new Gallery { Title = "t", Cards = [new(Picture.FromSvg("<svg/>"), "label") { Link = link }] });
        if (expected is null)
        {
            Assert.DoesNotContain("href", html, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains(expected, html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_page_asks_nobody_for_anything()
    {
        var gallery = new Gallery
        {
            Title = "t",
            Plot = LinePlot.OfLosses([3, 2, 1]),
            Cards = [new(Picture.FromSvg("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), "x") { Caption = "a" }],
        };
        string html = Html(gallery);
        Assert.Contains("default-src 'none'; img-src data:", html, StringComparison.Ordinal);
        Assert.All(Regex.Matches(html, "src=\"([^\"]*)"), match => Assert.StartsWith(
            "data:", match.Groups[1].Value, StringComparison.Ordinal));
        Assert.DoesNotMatch("<link|@import|url\\(", html);
    }

    [Fact]
    public void Badges_and_the_choice_of_captions_appear_only_where_truth_is_known()
    {
        GalleryCard Card(bool? isTrue) => new(Picture.FromSvg("<svg/>"), "x") { Caption = "a", IsTrue = isTrue };
        string unknown = Html(new Gallery { Title = "t", Cards = [Card(null), Card(null)] });
        Assert.DoesNotContain("class=\"badge\"", unknown, StringComparison.Ordinal);
        Assert.DoesNotContain("type=\"radio\"", unknown, StringComparison.Ordinal);

        string known = Html(new Gallery { Title = "t", Cards = [Card(true), Card(true), Card(false)] });
        Assert.Equal(2, Regex.Count(known, "<title>true</title>"));
        Assert.Equal(1, Regex.Count(known, "<title>false</title>"));
        Assert.Contains("All <b>3</b>", known, StringComparison.Ordinal);
        Assert.Contains("True <b>2</b>", known, StringComparison.Ordinal);
        Assert.Contains("False <b>1</b>", known, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_picture_says_so_in_words()
    {
        string html = Html(
            new Gallery { Title = "t", Cards = [new(Picture.Placeholder("x.jpg", "not reachable"), "x.jpg")] });
        Assert.Contains("alt=\"x.jpg: not reachable\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_photos_holds_their_bytes()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string[] photos = DrawnPhotos.Save(folder.File("photos"), 12);
        var finder = new PictureFinder(new PictureFolder(folder.File("photos")), null);
        var cards = new List<GalleryCard>();
        foreach (string photo in photos)
        {
            string name = Path.GetFileName(photo);
            Picture picture = await finder.FindAsync(
                $"drawn/photos/{name}", null, TestContext.Current.CancellationToken);
            Assert.Null(picture.Missing);
            Assert.Equal("image/jpeg", picture.MediaType);
            cards.Add(new(picture, name));
        }

        new Gallery { Title = "Photos", Cards = cards }.Save(folder.File("page.html"));
        string html = await File.ReadAllTextAsync(folder.File("page.html"), TestContext.Current.CancellationToken);
        MatchCollection embedded = Regex.Matches(html, "src=\"data:image/jpeg;base64,([^\"]+)");
        Assert.Equal(photos.Length, embedded.Count);
        Assert.All(embedded.Zip(photos), pair => Assert.Equal(
            File.ReadAllBytes(pair.Second), Convert.FromBase64String(pair.First.Groups[1].Value)));
    }

    private static string Html(Gallery gallery)
    {
        var writer = new StringWriter();
        gallery.WriteTo(writer);
        return writer.ToString();
    }
}
