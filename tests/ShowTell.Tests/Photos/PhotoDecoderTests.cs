using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Photos;

public sealed class PhotoDecoderTests
{
    [Fact]
    public void The_fourth_byte_is_left_out_whatever_the_number_of_pixels()
    {
        for (int count = 0; count < 70; count++)
        {
            byte[] rgba = Random(4 * count), rgb = new byte[(3 * count) + 1];
            byte[] expected = [.. rgba.Where((_, i) => i % 4 < 3)];
            PhotoDecoder.ToRgb(rgba, rgb.AsSpan(0, 3 * count));
            Assert.Equal([.. expected, 0], rgb);

            // In place.
            PhotoDecoder.ToRgb(rgba, rgba);
            Assert.Equal(expected, rgba[..(3 * count)]);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => PhotoDecoder.ToRgb(new byte[8], new byte[5]));
    }

    [Fact]
    public void On_white_a_pixel_is_the_nearest_mixture()
    {
        for (int alpha = 0; alpha < 256; alpha++)
        {
            for (int color = 0; color < 256; color += 3)
            {
                byte[] pixel = [(byte)color, (byte)(255 - color), 0, (byte)alpha];
                PhotoDecoder.BlendWithWhite(pixel, pixel);
                Assert.Equal(Math.Round(((color * alpha) + (255.0 * (255 - alpha))) / 255), pixel[0]);
                Assert.Equal(255 - alpha, pixel[2]);
            }
        }
    }

    [Fact]
    public void Four_bytes_become_three_and_four_again()
    {
        var photo = new Photo(5, 3, Random(45));
        byte[] rgba = photo.ToRgba();
        Assert.All(rgba.Where((_, i) => i % 4 == 3), alpha => Assert.Equal(255, alpha));
        PhotoDecoder.ToRgb(rgba, rgba);
        Assert.True(photo.Pixels.SequenceEqual(rgba.AsSpan(0, 45)));
    }

    /// <summary>The greatest difference of two bytes.</summary>
    internal static int Distance(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        int worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        }

        return worst;
    }

    private static byte[] Random(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
