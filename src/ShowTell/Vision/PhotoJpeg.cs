using ShowTell.Interop;

namespace ShowTell.Vision;

/// <summary>From the bytes of a JPEG file to a photo.</summary>
internal static class PhotoJpeg
{
    /// <summary>Whether the bytes begin as a JPEG file does.</summary>
    public static bool IsJpeg(ReadOnlySpan<byte> file) => file is [0xFF, 0xD8, 0xFF, ..];

    /// <summary>A photo as a JPEG file.</summary>
    /// <param name="photo">The photo.</param>
    /// <param name="quality">From 1 to 100.</param>
    /// <exception cref="NativeLibraryMissingException">libturbojpeg is not on this machine.</exception>
    public static byte[] Encode(Photo photo, int quality)
    {
        TurboJpegLibrary.Load();
        return TurboJpegLibrary.Encode(photo.Pixels, photo.Width, photo.Height, quality);
    }

    /// <summary>
    /// Memory in bytes that a photo takes while it is read, its file included; null if the header is not there.
    /// </summary>
    /// <param name="head">The file's first bytes.</param>
    /// <param name="length">The file's length in bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="atLeast">How small it may be scaled.</param>
    /// <param name="limits">What it must keep to.</param>
    /// <exception cref="PhotoException">It is beyond the limits.</exception>
    public static long? Measure(
        ReadOnlySpan<byte> head, long length, string name, PhotoSize? atLeast, PhotoLimits limits)
    {
        TurboJpegLibrary.Load();
        return PhotoJpegHeader.Read(head, out _) is PhotoJpegHeader header
            ? Measure(header, ScaledSize(header, atLeast), length, name, limits)
            : null;
    }

    /// <summary>Decodes a file, scaled down as far as <paramref name="atLeast"/> lets it.</summary>
    public static Photo Decode(ReadOnlySpan<byte> file, string name, PhotoSize? atLeast, PhotoLimits limits)
    {
        TurboJpegLibrary.Load();
        PhotoJpegHeader header = PhotoJpegHeader.Read(file, out string? problem) ?? throw Damaged(name, problem);
        PhotoSize size = ScaledSize(header, atLeast);
        Measure(header, size, file.Length, name, limits);
        int scans = PhotoJpegHeader.CountScans(file);
        if (scans > limits.Scans)
        {
            throw new PhotoException(
                $"{name}: has {scans} scans, but JPEG files may have at most {limits.Scans}. Save it anew.");
        }

        problem = TurboJpegLibrary.ReadHeader(file, out int width, out int height);
        if (problem is not null || header.Size != new PhotoSize(width, height))
        {
            throw Damaged(name, problem ?? $"it claims to be both {header.Size} and {width} x {height} pixels");
        }

        bool isCmyk = header.Components == 4;
        byte[] decoded = GC.AllocateUninitializedArray<byte>(size.Width * size.Height * (isCmyk ? 4 : 3));
        problem = TurboJpegLibrary.Decode(file, decoded, size.Width, size.Height, isCmyk);
        if (problem is not null)
        {
            throw Damaged(name, problem);
        }

        if (isCmyk)
        {
            InvertedCmykToRgb(decoded);
        }

        return PhotoOrientation.Apply(new Photo(size.Width, size.Height, decoded), header.Orientation);
    }

    private static long Measure(
        PhotoJpegHeader header, PhotoSize size, long length, string name, PhotoLimits limits)
    {
        limits.CheckSize(name, header.Size);
        int bytesPerPixel = (header.Components == 4 ? 4 : 3) + (header.Orientation == PhotoOrientation.Upright ? 0 : 3);
        long bytes = length + header.CoefficientBytes + ((long)size.Width * size.Height * bytesPerPixel);
        limits.CheckMemory(name, header.Size, bytes);
        return bytes;
    }

    private static PhotoSize ScaledSize(PhotoJpegHeader header, PhotoSize? atLeast) =>
        atLeast is not PhotoSize least ? header.Size
            : Scaled(header.Size, PhotoOrientation.IsTurned(header.Orientation) ? least.Turned : least);

    /// <summary>The smallest size libturbojpeg can scale to that is not below another; the whole size else.</summary>
    private static PhotoSize Scaled(PhotoSize whole, PhotoSize least)
    {
        PhotoSize best = whole;
        foreach (TurboJpegScaling scaling in TurboJpegLibrary.Scalings)
        {
            var size = new PhotoSize(scaling.Apply(whole.Width), scaling.Apply(whole.Height));
            if (size.Width >= least.Width && size.Height >= least.Height
                && size.Width <= best.Width && size.Height <= best.Height)
            {
                best = size;
            }
        }

        return best;
    }

    /// <summary>
    /// Four bytes a pixel to three, in place. Like all common programs it takes CMYK for inverted, as Adobe's write it:
    /// 255 is no ink.
    /// </summary>
    private static void InvertedCmykToRgb(Span<byte> pixels)
    {
        for (int source = 0, target = 0; source < pixels.Length; source += 4, target += 3)
        {
            int light = pixels[source + 3];
            pixels[target] = (byte)(((pixels[source] * light) + 127) / 255);
            pixels[target + 1] = (byte)(((pixels[source + 1] * light) + 127) / 255);
            pixels[target + 2] = (byte)(((pixels[source + 2] * light) + 127) / 255);
        }
    }

    private static PhotoException Damaged(string name, string? problem) =>
        new($"{name}: the JPEG file is damaged or cut short: {problem}. Get it anew.");
}
