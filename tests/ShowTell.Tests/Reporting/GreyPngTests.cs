using ShowTell.Reporting;
using ShowTell.Vision;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class GreyPngTests
{
    /// <summary>libpng reads it, and puts it on white.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(300, 7)]
    public void Every_pixel_has_its_opacity(int width, int height)
    {
        byte[] opacity = [.. Enumerable.Range(0, width * height).Select(i => (byte)(i * 37))];
        Photo photo = new PhotoReader().Read(GreyPng.Black(width, opacity), "veil");
        Assert.Equal((width, height), (photo.Width, photo.Height));
        for (int i = 0; i < opacity.Length; i++)
        {
            Assert.InRange(photo.Pixels[3 * i], 254 - opacity[i], 256 - opacity[i]);
        }
    }
}
