using ShowTell.Numerics;
using SkiaSharp;

namespace ShowTell.Tests;

/// <summary>JPEG files that tests draw: a sky, a ground and a few disks, other ones for each number.</summary>
internal static class DrawnPhotos
{
    public const int Width = 96;
    public const int Height = 64;

    public static byte[] Jpeg(int number, int width = Width, int height = Height)
    {
        var random = new SeededRandom((ulong)number);
        using var surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var paint = new SKPaint { IsAntialias = true };
        surface.Canvas.Clear(Color());
        paint.Color = Color();
        surface.Canvas.DrawRect(0, height * (0.3f + Share(0.5f)), width, height, paint);
        for (int disk = 0; disk < 4; disk++)
        {
            paint.Color = Color();
            surface.Canvas.DrawCircle(Share(width), Share(height), (0.1f + Share(0.2f)) * height, paint);
        }

        using SKImage image = surface.Snapshot();
        using SKData file = image.Encode(SKEncodedImageFormat.Jpeg, 90);
        return file.ToArray();

        SKColor Color() => new((byte)random.NextInt(256), (byte)random.NextInt(256), (byte)random.NextInt(256));

        float Share(float of) => of * random.NextInt(1000) / 1000;
    }

    /// <summary>
    /// Draws photos into a folder, which it makes, and returns their paths in the order of their names.
    /// </summary>
    public static string[] Save(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        string[] paths = [.. Enumerable.Range(0, count).Select(number => Path.Combine(folder, $"{number:000}.jpg"))];
        for (int number = 0; number < count; number++)
        {
            File.WriteAllBytes(paths[number], Jpeg(number));
        }

        return paths;
    }
}
