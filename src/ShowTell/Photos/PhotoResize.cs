using System.Buffers;
using System.Numerics;

namespace ShowTell.Photos;

/// <summary>
/// Resizing and cropping photos. Along each axis by itself, a pixel of the result is, when shrinking, the mean over the
/// area that it covers, pixels in part counting in part; when enlarging, the bilinear interpolation between the centres
/// of pixels. Rounded once, at the end. Safe to call from several threads at once.
/// </summary>
public static class PhotoResize
{
    /// <summary>Resizes to a size, whatever the proportions. A photo of that size is returned as it is.</summary>
    /// <param name="photo">The photo.</param>
    /// <param name="width">Width of the result in pixels.</param>
    /// <param name="height">Height of the result in pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or the result does not fit an
    /// array.</exception>
    public static Photo Resize(Photo photo, int width, int height) =>
        Resample(photo, new PhotoSize(width, height), 0, 0, new PhotoSize(width, height));

    /// <summary>Cuts the middle out.</summary>
    /// <param name="photo">The photo.</param>
    /// <param name="width">Width of the result in pixels, at most the photo's.</param>
    /// <param name="height">Height of the result in pixels, at most the photo's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or longer than the photo's.</exception>
    public static Photo CropCenter(Photo photo, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(photo);
        var whole = new PhotoSize(photo.Width, photo.Height);
        return Resample(photo, whole, Margin(photo.Width, width), Margin(photo.Height, height), new(width, height));
    }

    /// <summary>
    /// Resizes the shorter side to a length, keeping the proportions, and cuts the middle out: what networks trained on
    /// ImageNet are given. Only what is within the cut is computed.
    /// </summary>
    /// <param name="photo">The photo.</param>
    /// <param name="shorterSide">The length of the shorter side in pixels.</param>
    /// <param name="width">Width of the result in pixels, at most <paramref name="shorterSide"/>.</param>
    /// <param name="height">Height of the result in pixels, at most <paramref name="shorterSide"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or longer than
    /// <paramref name="shorterSide"/>.</exception>
    public static Photo ResizeAndCrop(Photo photo, int shorterSide, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, shorterSide);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, shorterSide);
        PhotoSize whole = WithShorterSide(photo, shorterSide);
        return Resample(photo, whole, Margin(whole.Width, width), Margin(whole.Height, height), new(width, height));
    }

    /// <summary>The size that a photo has once its shorter side is resized, the longer one rounded down.</summary>
    /// <param name="photo">The photo.</param>
    /// <param name="shorterSide">The length of the shorter side in pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not positive, or the longer side would have more
    /// than 2^31 - 1 pixels.</exception>
    public static PhotoSize WithShorterSide(Photo photo, int shorterSide)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shorterSide);
        long shorter = Math.Min(photo.Width, photo.Height), longer = Math.Max(photo.Width, photo.Height);
        long result = longer * shorterSide / shorter;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(result, int.MaxValue, nameof(shorterSide));
        return photo.Width <= photo.Height ? new(shorterSide, (int)result) : new((int)result, shorterSide);
    }

    // To the even one where two are as near, like torchvision.
    private static int Margin(int whole, int part)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(part, whole);
        return (int)Math.Round((whole - part) / 2.0);
    }

    /// <summary>The part of the resized photo that begins at (left, top).</summary>
    private static Photo Resample(Photo photo, PhotoSize whole, int left, int top, PhotoSize part)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(part.Width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(part.Height);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(3L * part.Width * part.Height, Array.MaxLength, nameof(part));
        if (part.Width == photo.Width && part.Height == photo.Height && part == whole)
        {
            return photo;
        }

        PhotoTaps columns = PhotoTaps.Make(photo.Width, whole.Width, left, part.Width);
        PhotoTaps rows = PhotoTaps.Make(photo.Height, whole.Height, top, part.Height);
        byte[] pixels = GC.AllocateUninitializedArray<byte>(3 * part.Width * part.Height);

        // The rows between the first and the last column that count.
        int start = columns.First[0] * 3, length = (columns.End * 3) - start;
        float[] sums = ArrayPool<float>.Shared.Rent(length);
        try
        {
            Span<float> sum = sums.AsSpan(0, length);
            for (int y = 0; y < part.Height; y++)
            {
                sum.Clear();
                ReadOnlySpan<float> weights = rows.Weights(y);
                for (int i = 0; i < weights.Length; i++)
                {
                    AddRow(photo.Row(rows.First[y] + i).Slice(start, length), weights[i], sum);
                }

                CombineColumns(sum, columns, pixels.AsSpan(3 * part.Width * y, 3 * part.Width));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(sums);
        }

        return new Photo(part.Width, part.Height, pixels);
    }

    private static void AddRow(ReadOnlySpan<byte> row, float weight, Span<float> sum)
    {
        int i = 0, lanes = Vector<float>.Count;
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[i..]), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> first, out Vector<uint> second);
            Vector.Widen(high, out Vector<uint> third, out Vector<uint> fourth);
            Span<float> target = sum.Slice(i, Vector<byte>.Count);
            Add(first, weight, target);
            Add(second, weight, target[lanes..]);
            Add(third, weight, target[(2 * lanes)..]);
            Add(fourth, weight, target[(3 * lanes)..]);
        }

        for (; i < row.Length; i++)
        {
            sum[i] += row[i] * weight;
        }
    }

    private static void Add(Vector<uint> values, float weight, Span<float> sum) =>
        (new Vector<float>(sum) + (Vector.ConvertToSingle(Vector.AsVectorInt32(values)) * weight)).CopyTo(sum);

    private static void CombineColumns(ReadOnlySpan<float> sum, PhotoTaps columns, Span<byte> target)
    {
        int start = columns.First[0];
        for (int x = 0; x < columns.Count; x++)
        {
            ReadOnlySpan<float> weights = columns.Weights(x);
            ReadOnlySpan<float> pixels = sum.Slice((columns.First[x] - start) * 3, weights.Length * 3);
            float r = 0.5f, g = 0.5f, b = 0.5f;
            for (int i = 0; i < weights.Length; i++)
            {
                r += pixels[3 * i] * weights[i];
                g += pixels[(3 * i) + 1] * weights[i];
                b += pixels[(3 * i) + 2] * weights[i];
            }

            target[3 * x] = (byte)r;
            target[(3 * x) + 1] = (byte)g;
            target[(3 * x) + 2] = (byte)b;
        }
    }
}
