using System.Collections.Concurrent;
using ShowTell.Photos;
using ShowTell.Reporting;

namespace ShowTell.Tests.Photos;

/// <summary>Photos of every kind, with the pixels that Pillow reads; tests/golden/photos.py writes them.</summary>
internal static class SamplePhotos
{
    public const int Width = 33;
    public const int Height = 25;

    private static readonly string s_folder = TestData.Golden("photos");
    private static readonly ConcurrentDictionary<string, byte[]> s_files = new();

    /// <summary>The photos' names.</summary>
    public static IEnumerable<string> Names { get; } =
    [
        .. Directory.GetFiles(s_folder)
            .Select(path => Path.GetFileName(path))
            .Where(name => Path.GetExtension(name) is ".jpg" or ".png" or ".webp" or ".gif" or ".bmp")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The bytes of a file; large.jpg is 1,500 x 1,060 pixels and is made here.</summary>
    public static byte[] Bytes(string name) => s_files.GetOrAdd(
        name, static name => name == "large.jpg" ? Large() : File.ReadAllBytes(Path.Combine(s_folder, name)));

    /// <summary>The names of those with an extension.</summary>
    public static IEnumerable<string> Of(string extension) => Names.Where(name => Path.GetExtension(name) == extension);

    /// <summary>The pixels as Pillow reads them: upright, RGB, on white.</summary>
    public static byte[] Pixels(string name) => Bytes(name + ".rgb");

    /// <summary>A long prefix of a file that lacks some of its pixels.</summary>
    public static byte[] Cut(string name)
    {
        // Without the end marker; without the last scan, which only refines; without the last chunk, both checksums of
        // the pixels, and a few bytes.
        byte[] file = Bytes(name);
        return name.EndsWith(".png", StringComparison.Ordinal) ? file[..^24]
            : name.EndsWith("progressive.jpg", StringComparison.Ordinal)
                ? file[..file.AsSpan().LastIndexOf<byte>([0xFF, 0xDA])]
            : file[..^3];
    }

    private static byte[] Large()
    {
        var photo = new Photo(Width, Height, Pixels("rgb.png"));
        return PictureWriter.Jpeg(PhotoResize.Resize(photo, 1_500, 1_060), 90).Bytes.ToArray();
    }
}
