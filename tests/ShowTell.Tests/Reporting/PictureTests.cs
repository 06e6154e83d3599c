using System.Text;
using System.Xml.Linq;
using ShowTell.Data;
using ShowTell.Numerics;
using ShowTell.Photos;
using ShowTell.Reporting;
using ShowTell.Tests.Photos;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class PictureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("showtell-test-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("FFD8FFE0", "image/jpeg")]
    [InlineData("89504E470D0A1A0A00", "image/png")]
    [InlineData("474946383761", "image/gif")]
    [InlineData("474946383961", "image/gif")]
    [InlineData("524946460000000057454250565038", "image/webp")]
    [InlineData("52494646000000005741564500", null)]
    [InlineData("424D4600000000000000360000002800000001", "image/bmp")]
    [InlineData("424D5720616E64206D6F726520746861742069732074657874", null)]
    [InlineData("FFD8", null)]
    [InlineData("3C737667", null)]
    [InlineData("", null)]
    public void Photos_are_known_by_their_first_bytes(string bytes, string? expected)
    {
        Picture.TryFromPhoto(Convert.FromHexString(bytes), out Picture? picture);
        Assert.Equal(expected, picture?.MediaType);
    }

    /// <summary>Browsers do not rotate all of them.</summary>
    [Theory]
    [InlineData("orientation6.jpg")]
    [InlineData("orientation6.png")]
    [InlineData("orientation6.webp")]
    public void Photos_that_are_not_upright_are_encoded_anew(string name)
    {
        Assert.True(Picture.TryFromPhoto(SamplePhotos.Bytes(name), out Picture? picture));
        Assert.Equal("image/jpeg", picture.MediaType);
        Photo photo = new PhotoReader().Read(picture.Bytes.Span, name);
        Assert.Equal((25, 33), (photo.Width, photo.Height));
        Assert.InRange(PhotoDecoderTests.Distance(SamplePhotos.Pixels(name), photo.Pixels), 0, 140);
    }

    [Theory]
    [InlineData("x.jpg", "not reachable")]
    [InlineData("", "")]
    [InlineData("<&>\"'\u0001\uD800", "</text><script>")]
    [InlineData(
        "http://example.org/a/very/long/path/with/many/segments/and/no/end/in/sight/picture_0000001.jpg",
        "a reason that takes more than one line to tell, and more than two as well")]
    [InlineData(
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "two\nlines")]
    public void A_placeholder_is_well_formed_whatever_it_says(string label, string reason)
    {
        Picture picture = Picture.Placeholder(label, reason);
        Assert.Equal(reason, picture.Missing);
        XElement root = XDocument.Parse(Encoding.UTF8.GetString(picture.Bytes.Span)).Root!;
        Assert.InRange(root.Elements().Count(element => element.Name.LocalName == "text"), 2, 4);
        Assert.DoesNotContain(root.Descendants(), element => element.Name.LocalName == "script");
    }

    [Theory]
    [InlineData("x.gif")]
    [InlineData("flickr8k/images/x.gif")]
    [InlineData("flickr8k\\images\\x.gif")]
    [InlineData("http://example.org/a/b/x.gif?size=large#top")]
    [InlineData("/abs/olute/x.gif")]
    public void A_photo_is_found_by_the_last_part_of_its_name(string name)
    {
        File.WriteAllBytes(Path.Combine(_folder, "x.gif"), TestPictures.Gif);
        Assert.Equal("image/gif", new PictureFolder(_folder).Find(name)?.MediaType);
    }

    [Fact]
    public void Folders_within_the_folder_count_before_the_bare_name()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "val"));
        File.WriteAllBytes(Path.Combine(_folder, "x.gif"), TestPictures.Gif);
        File.WriteAllBytes(Path.Combine(_folder, "val", "x.gif"), TestPictures.Png);
        var folder = new PictureFolder(_folder);
        Assert.Equal("image/png", folder.Find("coco/val/x.gif")?.MediaType);
        Assert.Equal("image/gif", folder.Find("coco/train/x.gif")?.MediaType);
    }

    [Fact]
    public void A_name_with_a_space_is_found_from_its_url()
    {
        File.WriteAllBytes(Path.Combine(_folder, "a b.gif"), TestPictures.Gif);
        Assert.NotNull(new PictureFolder(_folder).Find("https://example.org/a%20b.gif"));
    }

    [Theory]
    [InlineData("../secret.gif")]
    [InlineData("images/../../secret.gif")]
    [InlineData("..\\secret.gif")]
    [InlineData("http://example.org/..%2fsecret.gif")]
    [InlineData("http://example.org/%2e%2e%2fsecret.gif")]
    [InlineData("link.gif")]
    [InlineData("linked/secret.gif")]
    [InlineData("inside/..")]
    [InlineData(".")]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("x\0.gif")]
    public void Nothing_outside_the_folder_is_found(string name)
    {
        string inside = Path.Combine(_folder, "inside");
        string outside = Path.Combine(_folder, "outside");
        Directory.CreateDirectory(inside);
        Directory.CreateDirectory(outside);
        File.WriteAllBytes(Path.Combine(_folder, "secret.gif"), TestPictures.Gif);
        File.WriteAllBytes(Path.Combine(outside, "secret.gif"), TestPictures.Gif);
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(inside, "link.gif"), Path.Combine(_folder, "secret.gif"));
            Directory.CreateSymbolicLink(Path.Combine(inside, "linked"), outside);
        }

        Assert.Null(new PictureFolder(inside).Find(name));
        Assert.Null(new PictureFolder(inside).Find(Path.Combine(outside, "secret.gif")));
    }

    [Fact]
    public void Files_that_are_no_photos_are_named()
    {
        File.WriteAllText(Path.Combine(_folder, "x.jpg"), "<svg/>");
        using (FileStream large = File.Create(Path.Combine(_folder, "large.jpg")))
        {
            large.SetLength(Picture.MaxBytes + 1);
        }

        Directory.CreateDirectory(Path.Combine(_folder, "folder.jpg"));
        File.WriteAllBytes(Path.Combine(_folder, "empty.jpg"), []);
        var folder = new PictureFolder(_folder);
        Assert.Contains(
            "x.jpg: is not a JPEG", Assert.Throws<DataException>(() => folder.Find("x.jpg")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "maximum is 16,777,216", Assert.Throws<DataException>(() => folder.Find("large.jpg")).Message,
            StringComparison.Ordinal);
        Assert.Null(folder.Find("folder.jpg"));
        Assert.Null(folder.Find("empty.jpg"));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        string path = Path.Combine(_folder, "nowhere");
        Assert.StartsWith(
            path, Assert.Throws<DataException>(() => new PictureFolder(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_split_gets_a_picture_for_every_image_come_what_may()
    {
        using var server = new TestServer(async (path, stream, stop) => await stream.WriteAsync(
            path == "/1.png" ? TestServer.Photo(TestPictures.Png, "image/png") : TestServer.Response(
                "410 Gone", "Content-Length: 0\r\n"),
            stop));
        string images = Directory.CreateDirectory(Path.Combine(_folder, "images")).FullName;
        File.WriteAllBytes(Path.Combine(images, "0.gif"), TestPictures.Gif);
        File.WriteAllText(Path.Combine(images, "3.gif"), "scribble");
        string[] names = ["a/0.gif", "a/1.png", "a/2.gif", "a/3.gif"];
        using var split = new CaptionSplit(
            "val", new int[8], 2, [0, 1, 2, 3], new MemoryFeatures(new Matrix<float>(4, 1)), 1,
            [.. names.Select(name => server.Url(name[1..]))], names);

        using var downloader = new PictureDownloader(Path.Combine(_folder, "cache"), _ => true);
        Picture[] pictures = await new PictureFinder(new PictureFolder(images), downloader).FindAsync(
            split, [3, 1, 0, 2, 1], Token);
        Assert.Equal(
            ["image/svg+xml", "image/png", "image/gif", "image/svg+xml", "image/png"],
            pictures.Select(picture => picture.MediaType));
        Assert.Contains("not a JPEG", pictures[0].Missing, StringComparison.Ordinal);
        Assert.Equal("HTTP status 410", pictures[3].Missing);
        Assert.Equal(["/1.png", "/2.gif"], server.Requests.Order());

        Picture[] offline = await new PictureFinder(null, null).FindAsync(split, [0, 1], Token);
        Assert.All(offline, picture => Assert.Equal("no picture available", picture.Missing));
    }
}
