using ShowTell.Numerics;
using SkiaSharp;

namespace ShowTell.Tests.Confidence;

/// <summary>Images that are no photos, drawn at random: each kind by a generator of its own.</summary>
internal static class NonPhotos
{
    private const int Size = 224;

    private static readonly string[] s_words =
        ("the of a to and in that is for it on with as was be this are or by from at which not have an they you will "
        + "were one all their has would there what about when who them some time two more these may like other into")
        .Split(' ');

    public static IReadOnlyList<(string Kind, Action<SKCanvas, SeededRandom> Draw)> Kinds { get; } =
    [
        ("blank", Blank), ("gradient", Gradient), ("text", Text), ("bar chart", Bars), ("line chart", Lines),
        ("drawing", Shapes), ("noise", Noise), ("stripes", Stripes), ("screen", Screen), ("grid", Table),
    ];

    /// <summary>A PNG file.</summary>
    public static byte[] Png(Action<SKCanvas, SeededRandom> draw, ulong seed)
    {
        using var surface = SKSurface.Create(new SKImageInfo(Size, Size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        draw(surface.Canvas, new SeededRandom(seed));
        using SKImage image = surface.Snapshot();
        using SKData file = image.Encode(SKEncodedImageFormat.Png, 100);
        return file.ToArray();
    }

    private static void Blank(SKCanvas canvas, SeededRandom random) =>
        canvas.Clear(random.NextInt(3) == 0 ? SKColors.White : Color(random));

    private static void Gradient(SKCanvas canvas, SeededRandom random)
    {
        using var paint = new SKPaint();
        paint.Shader = SKShader.CreateLinearGradient(
            new(0, 0), new(random.NextInt(Size), Size), [Color(random), Color(random)], SKShaderTileMode.Clamp);
        canvas.DrawRect(0, 0, Size, Size, paint);
    }

    private static void Text(SKCanvas canvas, SeededRandom random)
    {
        bool isDark = random.NextInt(4) == 0;
        canvas.Clear(isDark ? SKColors.Black : new SKColor(255, 255, (byte)(225 + random.NextInt(31))));
        canvas.RotateDegrees((float)(random.NextUniform() * 4) - 2);
        Paragraph(canvas, random, 8 + random.NextInt(14), isDark ? SKColors.White : SKColors.Black, top: 10);
    }

    private static void Bars(SKCanvas canvas, SeededRandom random)
    {
        Axes(canvas, random);
        int count = 3 + random.NextInt(9);
        using var paint = new SKPaint { Color = Color(random) };
        for (int i = 0; i < count; i++)
        {
            float top = 30 + random.NextInt(150), left = 32 + (i * 180f / count);
            canvas.DrawRect(left, top, 130f / count, 200 - top, paint);
        }
    }

    private static void Lines(SKCanvas canvas, SeededRandom random)
    {
        Axes(canvas, random);
        for (int line = 0; line < 1 + random.NextInt(4); line++)
        {
            using var paint = new SKPaint
            {
                Color = Color(random), IsAntialias = true, StrokeWidth = 1 + random.NextInt(3),
            };
            var from = new SKPoint(30, 50 + random.NextInt(130));
            for (int x = 40; x < 215; x += 10)
            {
                var to = new SKPoint(x, Math.Clamp(from.Y + random.NextInt(41) - 20, 25, 198));
                canvas.DrawLine(from, to, paint);
                from = to;
            }
        }
    }

    private static void Shapes(SKCanvas canvas, SeededRandom random)
    {
        canvas.Clear(random.NextInt(2) == 0 ? SKColors.White : Color(random));
        for (int i = 0; i < 2 + random.NextInt(12); i++)
        {
            using var paint = new SKPaint
            {
                Color = Color(random), IsAntialias = true, StrokeWidth = 1 + random.NextInt(4),
                Style = random.NextInt(2) == 0 ? SKPaintStyle.Fill : SKPaintStyle.Stroke,
            };
            float x = random.NextInt(Size), y = random.NextInt(Size), size = 10 + random.NextInt(80);
            if (random.NextInt(2) == 0)
            {
                canvas.DrawOval(x, y, size, size * 0.7f, paint);
            }
            else
            {
                canvas.DrawRect(x, y, size, size * 0.8f, paint);
            }
        }
    }

    private static void Noise(SKCanvas canvas, SeededRandom random)
    {
        bool isGray = random.NextInt(2) == 0;
        int cell = 1 + random.NextInt(6);
        using var paint = new SKPaint();
        for (int i = 0; i < Size * Size; i += cell)
        {
            byte level = (byte)random.NextInt(256);
            paint.Color = isGray ? new SKColor(level, level, level) : Color(random);
            canvas.DrawRect(i % Size, i / Size / cell * cell, cell, cell, paint);
        }
    }

    private static void Stripes(SKCanvas canvas, SeededRandom random)
    {
        canvas.Clear(Color(random));
        canvas.RotateDegrees(random.NextInt(90), Size / 2f, Size / 2f);
        using var paint = new SKPaint { Color = Color(random) };
        int step = 4 + random.NextInt(40);
        for (int x = -Size; x < 2 * Size; x += 2 * step)
        {
            canvas.DrawRect(x, -Size, step, 3 * Size, paint);
        }
    }

    private static void Screen(SKCanvas canvas, SeededRandom random)
    {
        canvas.Clear(new SKColor(240, 242, 245));
        using var paint = new SKPaint { Color = Color(random) };
        canvas.DrawRect(0, 0, Size, 14 + random.NextInt(20), paint);
        for (int y = 44; y < 200; y += 30 + random.NextInt(20))
        {
            paint.Color = random.NextInt(3) == 0 ? Color(random) : SKColors.White;
            canvas.DrawRoundRect(8, y, 60 + random.NextInt(140), 22, 4, 4, paint);
        }

        Paragraph(canvas, random, 9, SKColors.DarkSlateGray, top: 50);
    }

    private static void Table(SKCanvas canvas, SeededRandom random)
    {
        canvas.Clear(SKColors.White);
        using var paint = new SKPaint { Color = SKColors.Gray, StrokeWidth = 1 };
        int step = 14 + random.NextInt(20);
        for (int at = step; at < Size; at += step)
        {
            canvas.DrawLine(0, at, Size, at, paint);
            canvas.DrawLine(at * 2, 0, at * 2, Size, paint);
        }

        Paragraph(canvas, random, step - 5, SKColors.Black, top: 0);
    }

    private static void Axes(SKCanvas canvas, SeededRandom random)
    {
        canvas.Clear(random.NextInt(4) == 0 ? new SKColor(20, 22, 30) : SKColors.White);
        using var paint = new SKPaint { Color = SKColors.Gray, StrokeWidth = 1 };
        canvas.DrawLine(28, 15, 28, 200, paint);
        canvas.DrawLine(28, 200, 215, 200, paint);
        for (int y = 20; y < 200; y += 36)
        {
            canvas.DrawLine(28, y, 215, y, paint);
        }
    }

    /// <summary>Lines of words; where there is no font, of small bars in their places.</summary>
    private static void Paragraph(SKCanvas canvas, SeededRandom random, int size, SKColor color, int top)
    {
        using var font = new SKFont(SKTypeface.Default, size);
        using var paint = new SKPaint { Color = color, IsAntialias = true };
        for (float y = top + size; y < Size; y += size * 1.4f)
        {
            for (float x = 8; x < Size - 30;)
            {
                string word = s_words[random.NextInt(s_words.Length)];
                if (font.ContainsGlyphs(word))
                {
                    canvas.DrawText(word, x, y, SKTextAlign.Left, font, paint);
                }
                else
                {
                    for (int letter = 0; letter < word.Length; letter++)
                    {
                        float height = size * (0.4f + (0.3f * random.NextInt(2)));
                        canvas.DrawRect(x + (letter * size * 0.5f), y - height, size * 0.15f, height, paint);
                    }
                }

                x += (word.Length + 1) * size * 0.5f;
            }
        }
    }

    private static SKColor Color(SeededRandom random) =>
        new((byte)random.NextInt(256), (byte)random.NextInt(256), (byte)random.NextInt(256));
}
