using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>
/// Decodes a file's bytes to an upright photo with SkiaSharp. No color space is requested, so that the file's gamma and
/// profile are ignored, as by Pillow.
/// </summary>
internal static unsafe class PhotoDecoder
{
    /// <summary>Approximate size in bytes of the band of rows that is decoded at once, so that it stays in the cache.
    /// </summary>
    private const int BandBytes = 1 << 16;

    /// <summary>Decodes a file, which changes its bytes.</summary>
    /// <param name="file">The file, with <see cref="PhotoFormat.Padding"/> bytes behind it.</param>
    /// <param name="length">Length of the file.</param>
    /// <param name="header">Its header.</param>
    /// <param name="name">The name for error messages.</param>
    /// <param name="minSize">As for <see cref="PhotoHeader.DecodedSize"/>.</param>
    /// <param name="limits">The limits on photos.</param>
    /// <exception cref="PhotoException">The file is damaged, or exceeds the limits.</exception>
    public static Photo Decode(
        byte[] file, int length, PhotoHeader header, string name, PhotoSize? minSize, PhotoLimits limits)
    {
        PhotoFormat format = header.Format;
        length = format.Normalize(file, length, name, limits);
        fixed (byte* start = file.AsSpan())
        {
            using SKData data = SKData.Create((nint)start, length);
            using SKCodec codec = SKCodec.Create(data) ?? throw format.Damaged(name, "its header cannot be read");
            var stored = new PhotoSize(codec.Info.Width, codec.Info.Height);
            if (codec.EncodedFormat != format.Codec || header.Size != stored)
            {
                throw format.Damaged(name, $"it claims to be both {header.Size} and {stored} pixels");
            }

            PhotoSize size = header.DecodedSize(minSize);
            SKAlphaType alpha = codec.Info.IsOpaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
            var decoded = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, alpha, colorspace: null);
            SKCodecResult result = format.IsDecodedByRows
                ? DecodeRows(codec, decoded, out byte[] pixels)
                : DecodeWhole(codec, decoded, out pixels);
            if (result != SKCodecResult.Success)
            {
                throw format.Damaged(name, result == SKCodecResult.IncompleteInput
                    ? "it ends before its pixels do"
                    : "its pixels cannot be decoded");
            }

            var photo = new Photo(size.Width, size.Height, pixels);
            format.EnsureWhole(file.AsSpan(0, length), photo, name);
            return ExifOrientation.Apply(photo, header.Orientation);
        }
    }

    /// <summary>Drops the fourth byte of each pixel.</summary>
    /// <param name="rgba">The pixels, n x 4 bytes.</param>
    /// <param name="rgb">The result, n x 3 bytes; may begin where <paramref name="rgba"/> does.</param>
    public static void ToRgb(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        int count = rgba.Length / 4, done = 0;
        ArgumentOutOfRangeException.ThrowIfLessThan(rgb.Length, 3 * count, nameof(rgb));
        ref byte source = ref MemoryMarshal.GetReference(rgba), target = ref MemoryMarshal.GetReference(rgb);

        // Four pixels at once; the four bytes written behind them are overwritten by the next ones.
        for (; done < count - 5; done += 4)
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

    /// <summary>Blends pixels with white by their opacity, the fourth byte.</summary>
    /// <param name="rgba">The pixels, n x 4 bytes, colors not premultiplied.</param>
    /// <param name="rgb">The result, n x 3 bytes; may begin where <paramref name="rgba"/> does.</param>
    public static void BlendWithWhite(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        for (int from = 0, to = 0; from < rgba.Length; from += 4, to += 3)
        {
            int alpha = rgba[from + 3], white = (255 * (255 - alpha)) + 127;
            rgb[to] = (byte)(((rgba[from] * alpha) + white) / 255);
            rgb[to + 1] = (byte)(((rgba[from + 1] * alpha) + white) / 255);
            rgb[to + 2] = (byte)(((rgba[from + 2] * alpha) + white) / 255);
        }
    }

    /// <summary>Decodes a band of rows at a time, which takes three bytes per pixel instead of four.</summary>
    private static SKCodecResult DecodeRows(SKCodec codec, SKImageInfo info, out byte[] pixels)
    {
        pixels = [];
        SKCodecResult result = codec.StartScanlineDecode(info);
        if (result != SKCodecResult.Success)
        {
            return result;
        }

        pixels = GC.AllocateUninitializedArray<byte>(3 * info.Width * info.Height);
        int rows = Math.Clamp(BandBytes / info.RowBytes, 1, info.Height);
        byte[] band = ArrayPool<byte>.Shared.Rent(rows * info.RowBytes);
        try
        {
            fixed (byte* target = band.AsSpan())
            {
                for (int top = 0; top < info.Height; top += rows)
                {
                    int count = Math.Min(rows, info.Height - top);
                    if (codec.GetScanlines((nint)target, count, info.RowBytes) < count)
                    {
                        return SKCodecResult.IncompleteInput;
                    }

                    ToRgb(
                        band.AsSpan(0, count * info.RowBytes),
                        pixels.AsSpan(3 * info.Width * top, 3 * info.Width * count));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(band);
        }

        return SKCodecResult.Success;
    }

    private static SKCodecResult DecodeWhole(SKCodec codec, SKImageInfo info, out byte[] pixels)
    {
        pixels = GC.AllocateUninitializedArray<byte>(4 * info.Width * info.Height);
        fixed (byte* target = pixels.AsSpan())
        {
            SKCodecResult result = codec.GetPixels(info, (nint)target);
            if (result != SKCodecResult.Success)
            {
                return result;
            }
        }

        if (info.IsOpaque)
        {
            ToRgb(pixels, pixels);
        }
        else
        {
            BlendWithWhite(pixels, pixels);
        }

        return SKCodecResult.Success;
    }
}
