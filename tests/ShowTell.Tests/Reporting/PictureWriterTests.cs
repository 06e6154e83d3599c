using ShowTell.Photos;
using ShowTell.Reporting;
using ShowTell.Tests.Photos;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class PictureWriterTests
{
    /// <summary>On white, the light is 255 less the opacity.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(300, 7)]
    public void Every_pixel_of_a_veil_has_its_opacity(int width, int height)
    {
        byte[] opacity = [.. Enumerable.Range(0, width * height).Select(i => (byte)(i * 37))];
        Picture veil = PictureWriter.Overlay(width, opacity);
        Assert.Equal("image/png", veil.MediaType);
        Photo photo = new PhotoReader().Read(veil.Bytes.Span, "veil");
        Assert.Equal((width, height), (photo.Width, photo.Height));
        Assert.Equal(opacity.SelectMany(value => Enumerable.Repeat((byte)(255 - value), 3)), photo.Pixels.ToArray());
    }

    [Fact]
    public void A_veil_takes_few_bytes()
    {
        byte[] opacity = [.. Enumerable.Range(0, 56 * 56).Select(i => (byte)((i % 56) + (i / 56)))];
        Assert.InRange(PictureWriter.Overlay(56, opacity).Bytes.Length, 60, 1_000);
    }

    [Fact]
    public void A_photo_is_nearly_the_same_after_it_was_written_as_JPEG()
    {
        byte[] pixels = [.. Enumerable.Range(0, 200 * 150 * 3).Select(i => (byte)(i % 600 / 3))];
        var photo = new Photo(200, 150, pixels);
        Picture picture = PictureWriter.Jpeg(photo, 95);
        Assert.Equal("image/jpeg", picture.MediaType);
        Photo read = new PhotoReader().Read(picture.Bytes.Span, "photo");
        Assert.Equal((200, 150), (read.Width, read.Height));
        Assert.InRange(PhotoDecoderTests.Distance(pixels, read.Pixels), 0, 8);
    }
}
