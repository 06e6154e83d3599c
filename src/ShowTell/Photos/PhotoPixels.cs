using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ShowTell.Photos;

/// <summary>Between three bytes a pixel, which photos have, and four, which SkiaSharp has.</summary>
internal static class PhotoPixels
{
    /// <summary>Leaves out the fourth byte of each pixel.</summary>
    /// <param name="rgba">The pixels.</param>
    /// <param name="rgb">Takes them; may begin where <paramref name="rgba"/> does.</param>
    public static void ToRgb(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        int count = rgba.Length / 4, done = 0;
        ArgumentOutOfRangeException.ThrowIfLessThan(rgb.Length, 3 * count, nameof(rgb));
        ref byte source = ref MemoryMarshal.GetReference(rgba), target = ref MemoryMarshal.GetReference(rgb);

        // Four pixels at once; what is written behind them is written over by the next ones.
        for (; Vector128.IsHardwareAccelerated && done < count - 5; done += 4)
        {
            Vector128<byte> pixels = Vector128.LoadUnsafe(ref source, (nuint)(4 * done));
            Vector128.Shuffle(pixels, Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 0, 0, 0))
                .StoreUnsafe(ref target, (nuint)(3 * done));
        }

        for (; done < count; done++)
        {
            Unsafe.Add(ref target, 3 * done) = rgba[4 * done];
            Unsafe.Add(ref target, (3 * done) + 1) = rgba[(4 * done) + 1];
            Unsafe.Add(ref target, (3 * done) + 2) = rgba[(4 * done) + 2];
        }
    }

    /// <summary>Puts pixels on white: the fourth byte says how opaque they are.</summary>
    /// <param name="rgba">The pixels, colors not multiplied by the opacity.</param>
    /// <param name="rgb">Takes what is seen; may begin where <paramref name="rgba"/> does.</param>
    public static void PutOnWhite(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        for (int from = 0, to = 0; from < rgba.Length; from += 4, to += 3)
        {
            int alpha = rgba[from + 3], white = (255 * (255 - alpha)) + 127;
            rgb[to] = (byte)(((rgba[from] * alpha) + white) / 255);
            rgb[to + 1] = (byte)(((rgba[from + 1] * alpha) + white) / 255);
            rgb[to + 2] = (byte)(((rgba[from + 2] * alpha) + white) / 255);
        }
    }

    /// <summary>A photo's pixels, opaque.</summary>
    public static byte[] ToRgba(Photo photo)
    {
        ReadOnlySpan<byte> rgb = photo.Pixels;
        byte[] rgba = GC.AllocateUninitializedArray<byte>(checked(rgb.Length / 3 * 4));
        for (int from = 0, to = 0; to < rgba.Length; from += 3, to += 4)
        {
            (rgba[to], rgba[to + 1], rgba[to + 2], rgba[to + 3]) = (rgb[from], rgb[from + 1], rgb[from + 2], 255);
        }

        return rgba;
    }
}
