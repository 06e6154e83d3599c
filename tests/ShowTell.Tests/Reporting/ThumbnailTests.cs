using ShowTell.Backbones;
using ShowTell.Photos;
using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class ThumbnailTests
{
    [Fact]
    public void A_large_photo_becomes_as_small_as_a_page_needs_it()
    {
        Picture large = Photo(Noise(1600, 1200));
        Picture small = Thumbnail.Of(large);
        Assert.True(small.Bytes.Length < large.Bytes.Length / 3, $"{small.Bytes.Length} of {large.Bytes.Length} bytes");
        Photo read = new PhotoReader().Read(small.Bytes.Span, "small");
        Assert.Equal((560, 420), (read.Width, read.Height));
    }

    [Fact]
    public void What_cannot_be_made_smaller_stays()
    {
        Assert.True(Picture.TryFromPhoto(TestPictures.Png, out Picture? tiny));
        Assert.Same(tiny, Thumbnail.Of(tiny));
        byte[] spoiled = [.. Photo(Noise(800, 800)).Bytes.Span[..^100_000]];
        Assert.True(Picture.TryFromPhoto(spoiled, out Picture? cut));
        Assert.Same(cut, Thumbnail.Of(cut));
        Assert.Null(Thumbnail.BackboneInput(cut, BackbonePreprocessing.Caffe));
        Assert.Null(Thumbnail.BackboneInput(Picture.FromSvg("<svg/>"), BackbonePreprocessing.Caffe));
    }

    /// <summary>Black at the sides, white in the middle: of that alone the network sees something.</summary>
    [Fact]
    public void A_view_is_what_the_network_sees()
    {
        var pixels = new byte[3 * 300 * 100];
        for (int y = 0; y < 100; y++)
        {
            pixels.AsSpan(3 * ((y * 300) + 100), 300).Fill(255);
        }

        Photo seen = new PhotoReader().Read(
            Thumbnail.BackboneInput(Photo(new Photo(300, 100, pixels)), BackbonePreprocessing.Caffe)!.Bytes.Span,
            "input");
        Assert.Equal((224, 224), (seen.Width, seen.Height));
        Assert.True(seen.Row(100)[(3 * 10)..(3 * 214)].ToArray().Min() > 200);
        Photo stretched = new PhotoReader().Read(
            Thumbnail.BackboneInput(
                Photo(new Photo(300, 100, pixels)), BackbonePreprocessing.Caffe with { ShorterSide = 0 })!.Bytes.Span,
            "view");
        Assert.True(stretched.Row(100)[0] < 60);
    }

    private static Picture Photo(Photo photo) => PictureWriter.Jpeg(photo, 95);

    private static Photo Noise(int width, int height)
    {
        var pixels = new byte[3 * width * height];
        new Random(1).NextBytes(pixels);
        return new Photo(width, height, pixels);
    }
}
