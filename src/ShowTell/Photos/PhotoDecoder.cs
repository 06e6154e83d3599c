using System.Buffers;
using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>
/// From the bytes of a file to a photo, by SkiaSharp. No color space is asked for, so that the file's gamma and profile
/// change nothing, as in Pillow.
/// </summary>
internal static unsafe class PhotoDecoder
{
    /// <summary>Bytes that the array of a file has behind it, for the end marker that it may lack.</summary>
    public const int Room = 2;

    /// <summary>About the bytes of the rows that are decoded at once, so that they stay in the cache.</summary>
    private const int BandBytes = 1 << 16;

    /// <summary>Decodes a file, a JPEG one scaled down as far as <paramref name="atLeast"/> lets it.</summary>
    /// <remarks>The bytes, behind which there must be <see cref="Room"/>, are changed.</remarks>
    /// <exception cref="PhotoException">The file is damaged, or beyond the limits.</exception>
    public static Photo Decode(byte[] file, int length, string name, PhotoSize? atLeast, PhotoLimits limits)
    {
        ReadOnlySpan<byte> bytes = file.AsSpan(0, length);
        SKEncodedImageFormat? format = PhotoHeader.FormatOf(bytes);
        PhotoException Damaged(string? problem) => PhotoHeader.Damaged(name, format, problem);
        PhotoHeader header = PhotoHeader.Read(bytes, out string? problem) ?? throw Damaged(problem);
        PhotoSize size = header.Scaled(atLeast);
        header.Measure(length, name, size, limits);
        length = header.Format == SKEncodedImageFormat.Jpeg
            ? PhotoJpegScans.Close(file, length, name, limits)
            : PhotoPng.LeavePixels(file, length, name);
        fixed (byte* start = file)
        {
            using SKData data = SKData.Create((nint)start, length);
            using SKCodec codec = SKCodec.Create(data) ?? throw Damaged("its header cannot be read");
            SKImageInfo found = codec.Info;
            if (codec.EncodedFormat != format || header.Size != new PhotoSize(found.Width, found.Height))
            {
                throw Damaged($"it claims to be both {header.Size} and {found.Width} x {found.Height} pixels");
            }

            SKAlphaType alpha = found.IsOpaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
            var decoded = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, alpha, colorspace: null);
            SKCodecResult result = header.IsDecodedByRows
                ? DecodeRows(codec, decoded, out byte[] pixels)
                : DecodeWhole(codec, decoded, out pixels);
            return result == SKCodecResult.Success
                ? PhotoOrientation.Apply(new Photo(size.Width, size.Height, pixels), header.Orientation)
                : throw Damaged(result == SKCodecResult.IncompleteInput
                    ? "it ends before its pixels do"
                    : "its pixels cannot be decoded");
        }
    }

    /// <summary>Decodes some rows at a time, which takes three bytes a pixel instead of four.</summary>
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
            fixed (byte* target = band)
            {
                for (int top = 0; top < info.Height; top += rows)
                {
                    int count = Math.Min(rows, info.Height - top);
                    if (codec.GetScanlines((nint)target, count, info.RowBytes) < count)
                    {
                        return SKCodecResult.IncompleteInput;
                    }

                    PhotoPixels.ToRgb(
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
        fixed (byte* target = pixels)
        {
            SKCodecResult result = codec.GetPixels(info, (nint)target);
            if (result != SKCodecResult.Success)
            {
                return result;
            }
        }

        if (info.IsOpaque)
        {
            PhotoPixels.ToRgb(pixels, pixels);
        }
        else
        {
            PhotoPixels.PutOnWhite(pixels, pixels);
        }

        return SKCodecResult.Success;
    }
}
