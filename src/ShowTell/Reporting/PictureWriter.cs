using ShowTell.Photos;
using SkiaSharp;

namespace ShowTell.Reporting;

/// <summary>Encodes pixels as pictures.</summary>
internal static unsafe class PictureWriter
{
    /// <summary>A photo as a JPEG file; quality is from 1 to 100.</summary>
    public static Picture Jpeg(Photo photo, int quality)
    {
        var info = new SKImageInfo(photo.Width, photo.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var options = new SKJpegEncoderOptions(
            quality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore);
        return Encode(info, photo.ToRgba(), pixels => pixels.Encode(options));
    }

    /// <summary>A black overlay of varying opacity, as a PNG file.</summary>
    /// <param name="width">The width in pixels.</param>
    /// <param name="opacity">The opacity of each pixel, 0 to 255, row by row.</param>
    public static Picture Overlay(int width, ReadOnlySpan<byte> opacity)
    {
        var info = new SKImageInfo(width, opacity.Length / width, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var pixels = new byte[4 * opacity.Length];
        for (int i = 0; i < opacity.Length; i++)
        {
            pixels[(4 * i) + 3] = opacity[i];
        }

        // Smooth gradients compress best as differences from the row above.
        var options = new SKPngEncoderOptions(SKPngEncoderFilterFlags.Up, zLibLevel: 9);
        return Encode(info, pixels, map => map.Encode(options));
    }

    private static Picture Encode(SKImageInfo info, byte[] pixels, Func<SKPixmap, SKData?> encode)
    {
        fixed (byte* start = pixels.AsSpan())
        {
            using var map = new SKPixmap(info, (nint)start);
            using SKData? file = encode(map);
            return file is not null && Picture.TryFromPhoto(file.ToArray(), out Picture? picture)
                ? picture
                : throw new InvalidOperationException($"SkiaSharp cannot encode {info.Width} x {info.Height} pixels.");
        }
    }
}
