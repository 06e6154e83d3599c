using CsCheck;
using ShowTell.Photos;
using ShowTell.Reporting;
using SkiaSharp;
using Xunit;

namespace ShowTell.Tests.Properties;

/// <summary>Photos of random pixels.</summary>
public sealed class PhotoPropertyTests
{
    private static readonly Gen<Photo> s_photo =
        from width in Gen.Int[1, 20]
        from height in Gen.Int[1, 20]
        from pixels in Gen.Byte.Array[3 * width * height]
        select new Photo(width, height, pixels);

    [Fact]
    public void Lossless_photos_are_read_as_they_were_written() => Property.Check(
        Gen.Select(s_photo, Property.OneOf("png", "webp", "bmp")), (photo, format) =>
        {
            byte[] file = format == "bmp" ? Bmp(photo) : Encode(photo, format);
            Photo read = new PhotoReader().Read(file, "photo");
            Assert.Equal((photo.Width, photo.Height), (read.Width, read.Height));
            Assert.Equal(photo.Pixels.ToArray(), read.Pixels.ToArray());
        });

    /// <summary>A JPEG has the size of its photo, and colors near to it where it is smooth.</summary>
    [Fact]
    public void JPEGs_are_near_to_their_photos() => Property.Check(
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Byte, Gen.Byte, Gen.Byte), (width, height, red, green, blue) =>
        {
            byte[] pixels = [.. Enumerable.Repeat(new[] { red, green, blue }, width * height).SelectMany(rgb => rgb)];
            byte[] file = PictureWriter.Jpeg(new Photo(width, height, pixels), 95).Bytes.ToArray();
            Photo read = new PhotoReader().Read(file, "photo");
            Assert.Equal((width, height), (read.Width, read.Height));
            Assert.InRange(pixels.Zip(read.Pixels.ToArray(), (one, other) => Math.Abs(one - other)).Max(), 0, 6);
        });

    /// <summary>Turning a photo by an orientation and back gives the photo.</summary>
    [Fact]
    public void Orientations_can_be_undone() => Property.Check(
        Gen.Select(s_photo, Gen.Int[1, 8]), (photo, orientation) =>
        {
            int back = orientation switch { 6 => 8, 8 => 6, _ => orientation };
            Photo read = ExifOrientation.Apply(ExifOrientation.Apply(photo, orientation), back);
            Assert.Equal((photo.Width, photo.Height), (read.Width, read.Height));
            Assert.Equal(photo.Pixels.ToArray(), read.Pixels.ToArray());
        });

    private static byte[] Encode(Photo photo, string format)
    {
        using var bitmap = new SKBitmap(photo.Width, photo.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (int y = 0; y < photo.Height; y++)
        {
            for (int x = 0; x < photo.Width; x++)
            {
                ReadOnlySpan<byte> rgb = photo.Row(y).Slice(3 * x, 3);
                bitmap.SetPixel(x, y, new SKColor(rgb[0], rgb[1], rgb[2]));
            }
        }

        using SKPixmap pixels = bitmap.PeekPixels()!;
        using SKData? data = format == "png"
            ? pixels.Encode(new SKPngEncoderOptions())
            : pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 100));
        return data!.ToArray();
    }

    /// <summary>24 bits a pixel, the lowest row first.</summary>
    private static byte[] Bmp(Photo photo)
    {
        int stride = ((3 * photo.Width) + 3) / 4 * 4;
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write("BM"u8);
        writer.Write(54 + (stride * photo.Height));
        writer.Write(0);
        writer.Write(54);
        writer.Write(40);
        writer.Write(photo.Width);
        writer.Write(photo.Height);
        writer.Write((short)1);
        writer.Write((short)24);
        writer.Write(new byte[24]);
        for (int y = photo.Height - 1; y >= 0; y--)
        {
            var row = new byte[stride];
            for (int x = 0; x < photo.Width; x++)
            {
                ReadOnlySpan<byte> rgb = photo.Row(y).Slice(3 * x, 3);
                (row[3 * x], row[(3 * x) + 1], row[(3 * x) + 2]) = (rgb[2], rgb[1], rgb[0]);
            }

            writer.Write(row);
        }

        return bytes.ToArray();
    }
}
