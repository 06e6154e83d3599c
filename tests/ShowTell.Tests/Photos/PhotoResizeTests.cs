using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Photos;

public sealed class PhotoResizeTests
{
    [Theory]
    [InlineData("resized-box", 11, 25)]
    [InlineData("resized-box5", 3, 5)]
    [InlineData("resized-bilinear", 50, 38)]
    public void Resizing_equals_Pillows(string name, int width, int height)
    {
        byte[] expected = SamplePhotos.Pixels(name);
        Photo photo = PhotoResize.Resize(new PhotoReader().Read(SamplePhotos.Bytes("rgb.png"), name), width, height);
        Assert.Equal(expected.Length, photo.Pixels.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(photo.Pixels[i], expected[i] - 1, expected[i] + 1);
        }
    }

    /// <summary>The definition: each pixel is repeated so often that whole ones are averaged.</summary>
    [Theory]
    [InlineData(37, 11, 10, 7)]
    [InlineData(23, 9, 22, 8)]
    [InlineData(5, 4, 1, 1)]
    [InlineData(13, 13, 13, 13)]
    public void Shrinking_is_the_mean_over_the_area(int width, int height, int newWidth, int newHeight)
    {
        Photo photo = RandomPhoto(width, height);
        Photo small = PhotoResize.Resize(photo, newWidth, newHeight);
        for (int y = 0; y < newHeight; y++)
        {
            for (int x = 0; x < newWidth * 3; x++)
            {
                long sum = 0;
                for (int fineY = y * height; fineY < (y + 1) * height; fineY++)
                {
                    for (int fineX = x / 3 * width; fineX < ((x / 3) + 1) * width; fineX++)
                    {
                        sum += photo.Row(fineY / newHeight)[(fineX / newWidth * 3) + (x % 3)];
                    }
                }

                Assert.InRange(small.Row(y)[x] - ((double)sum / (width * height)), -0.501, 0.501);
            }
        }
    }

    [Theory]
    [InlineData(300, 200, 256, 224, 224)]
    [InlineData(200, 301, 232, 224, 200)]
    [InlineData(50, 40, 64, 64, 33)]
    [InlineData(224, 224, 224, 224, 224)]
    public void Resizing_and_cropping_at_once_equals_one_after_the_other(
        int width, int height, int side, int cropWidth, int cropHeight)
    {
        Photo photo = RandomPhoto(width, height);
        PhotoSize whole = PhotoResize.WithShorterSide(photo, side);
        Assert.Equal(side, Math.Min(whole.Width, whole.Height));
        Photo expected = PhotoResize.CropCenter(
            PhotoResize.Resize(photo, whole.Width, whole.Height), cropWidth, cropHeight);
        Photo actual = PhotoResize.ResizeAndCrop(photo, side, cropWidth, cropHeight);
        Assert.Equal((cropWidth, cropHeight), (actual.Width, actual.Height));
        Assert.True(expected.Pixels.SequenceEqual(actual.Pixels));
    }

    [Fact]
    public void The_middle_is_cropped()
    {
        Photo photo = RandomPhoto(7, 5);
        Photo middle = PhotoResize.CropCenter(photo, 3, 1);
        Assert.True(photo.Row(2).Slice(6, 9).SequenceEqual(middle.Pixels));
    }

    [Fact]
    public void A_long_strip_takes_no_more_memory_than_its_middle()
    {
        Photo strip = RandomPhoto(30_000, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Photo middle = PhotoResize.ResizeAndCrop(strip, 256, 224, 224);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.True(middle.Row(0).SequenceEqual(middle.Row(223)));
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        Photo photo = RandomPhoto(200, 150);
        byte[] expected = PhotoResize.Resize(photo, 90, 70).Pixels.ToArray();
        Parallel.For(0, 64, _ => Assert.True(PhotoResize.Resize(photo, 90, 70).Pixels.SequenceEqual(expected)));
    }

    [Fact]
    public void Impossible_sizes_are_refused()
    {
        Photo photo = RandomPhoto(6, 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => PhotoResize.Resize(photo, 0, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => PhotoResize.Resize(photo, 40_000, 40_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => PhotoResize.CropCenter(photo, 7, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => PhotoResize.ResizeAndCrop(photo, 10, 11, 10));
        Assert.Throws<ArgumentException>(() => new Photo(2, 2, new byte[11]));
    }

    private static Photo RandomPhoto(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        new Random(3).NextBytes(pixels);
        return new Photo(width, height, pixels);
    }
}
