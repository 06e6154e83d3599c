using ShowTell.Captioning;
using ShowTell.Cli.Options;
using ShowTell.Reporting;
using ShowTell.Tests.Captioning;
using ShowTell.Tests.Reporting;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class PhotoInputsTests
{
    [Fact]
    public void A_photo_on_the_web_has_the_caption_of_its_file()
    {
        using var model = new PhotoModel();
        using Captioner captioner = model.Load();
        string photo = model.Photos(1)[0];
        byte[] bytes = File.ReadAllBytes(photo);
        using var server = new TestServer(async (path, stream, stop) => await stream.WriteAsync(
            path == "/gone.jpg" ? TestServer.Response("404 Not Found", "") : TestServer.Photo(
                path == "/x.gif" ? TestPictures.Gif : bytes),
            stop));
        using var inputs = new PhotoInputs(() => new PictureDownloader(model.File("cache"), _ => true));

        string[] names = [server.Url("/photo.jpg"), server.Url("/x.gif"), server.Url("/gone.jpg")];
        CaptionedPhoto[] all =
            [.. captioner.CaptionAll(
                names, name => inputs.Fetch(name, TestContext.Current.CancellationToken),
                TestContext.Current.CancellationToken)];

        Assert.Equal(captioner.Caption(photo), all[0].Caption);
        Assert.NotNull(all[1].Caption);
        Assert.Equal($"{names[2]}: HTTP status 404.", all[2].Error!.Message);
        Assert.Equal(
            bytes, inputs.PictureOf(names[0], bytes.Length, TestContext.Current.CancellationToken).Bytes.ToArray());
        Assert.Equal(
            "the page is full",
            inputs.PictureOf(names[0], bytes.Length - 1, TestContext.Current.CancellationToken).Missing);
        Assert.Equal(
            "the page is full",
            inputs.PictureOf(photo, bytes.Length - 1, TestContext.Current.CancellationToken).Missing);
        Assert.Equal(
            "HTTP status 404", inputs.PictureOf(names[2], 1000, TestContext.Current.CancellationToken).Missing);
    }

    [Fact]
    public void Without_addresses_nothing_is_made_to_fetch_them()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("x.png");
        File.WriteAllBytes(path, TestPictures.Png);
        using var inputs = new PhotoInputs(() => throw new InvalidOperationException());
        Assert.Equal("image/png", inputs.PictureOf(path, 1000, TestContext.Current.CancellationToken).MediaType);
        File.WriteAllText(path, "no photo");
        Assert.Equal(
            "not a photo", inputs.PictureOf(path, 1000, TestContext.Current.CancellationToken).Missing);
        Assert.Equal(
            "cannot be read",
            inputs.PictureOf(folder.File("absent"), 1000, TestContext.Current.CancellationToken).Missing);
        Assert.Equal("x.png", PhotoInputs.LabelOf(path));
        Assert.Equal("http://example.com/", PhotoInputs.LabelOf("http://example.com/"));
    }
}
