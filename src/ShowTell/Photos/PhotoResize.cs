using System.Buffers;
using System.Numerics;

namespace ShowTell.Photos;

/// <summary>
/// Resizes and crops photos. Per axis, a result pixel is the mean over the area that it covers when shrinking, partly
/// covered pixels weighted by their share, and the bilinear interpolation between pixel centers when enlarging. Rounded
/// once, at the end. Thread-safe.
/// </summary>
public static class PhotoResize
{
    /// <summary>Resizes to a size, ignoring the aspect ratio. A photo of that size is returned as is.</summary>
    /// <param name="photo">The photo.</param>
    /// <param name="width">Width of the result in pixels.</param>
    /// <param name="height">Height of the result in pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or the result does not fit into an
    /// array.</exception>
    public static Photo Resize(Photo photo, int width, int height) =>
        Resample(photo, new PhotoSize(width, height), 0, 0, new PhotoSize(width, height));

    /// <summary>Crops the center.</summary>
    /// <param name="photo">The photo.</param>
    /// <param name="width">Width of the result in pixels, at most the photo's.</param>
    /// <param name="height">Height of the result in pixels, at most the photo's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or longer than the photo's.</exception>
    public static Photo CropCenter(Photo photo, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(photo);
        return Crop(photo, new PhotoSize(photo.Width, photo.Height), width, height);
    }

    /// <summary>
    /// Resizes the shorter side to a length, keeping the aspect ratio, and crops the center: the preprocessing of most
    /// ImageNet backbones. Only the cropped pixels are computed.
    /// </summary>
    /// <param name="photo">The photo.</param>
    /// <param name="shorterSide">Length of the shorter side in pixels.</param>
    /// <param name="width">Width of the result in pixels, at most <paramref name="shorterSide"/>.</param>
    /// <param name="height">Height of the result in pixels, at most <paramref name="shorterSide"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or longer than
    /// <paramref name="shorterSide"/>.</exception>
    public static Photo ResizeAndCrop(Photo photo, int shorterSide, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, shorterSide);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, shorterSide);
        return Crop(photo, WithShorterSide(photo, shorterSide), width, height);
    }

    /// <summary>The size of a photo after resizing its shorter side; the longer one is rounded down.</summary>
    /// <param name="photo">The photo.</param>
    /// <param name="shorterSide">Length of the shorter side in pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not positive, or the longer side would exceed
    /// 2^31 - 1 pixels.</exception>
    public static PhotoSize WithShorterSide(Photo photo, int shorterSide)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shorterSide);
        long shorter = Math.Min(photo.Width, photo.Height), longer = Math.Max(photo.Width, photo.Height);
        long result = longer * shorterSide / shorter;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(result, int.MaxValue, nameof(shorterSide));
        return photo.Width <= photo.Height ? new(shorterSide, (int)result) : new((int)result, shorterSide);
    }

    private static Photo Crop(Photo photo, PhotoSize whole, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, whole.Width);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, whole.Height);

        // A margin of half a pixel is rounded to even, as by torchvision.
        int left = (int)Math.Round((whole.Width - width) / 2.0), top = (int)Math.Round((whole.Height - height) / 2.0);
        return Resample(photo, whole, left, top, new PhotoSize(width, height));
    }

    /// <summary>The part of the resized photo (of size <paramref name="whole"/>) at (left, top).</summary>
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

        Taps columns = Taps.Create(photo.Width, whole.Width, left, part.Width);
        Taps rows = Taps.Create(photo.Height, whole.Height, top, part.Height);
        byte[] pixels = GC.AllocateUninitializedArray<byte>(3 * part.Width * part.Height);

        // Rows are summed only between the first and the last column needed.
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

    private static void CombineColumns(ReadOnlySpan<float> sum, Taps columns, Span<byte> target)
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

    /// <summary>For each pixel of a resized axis, the source pixels it is computed from and their weights.</summary>
    private sealed class Taps(int count, int stride)
    {
        private readonly float[] _weights = new float[checked(count * stride)];
        private readonly int[] _counts = new int[count];

        /// <summary>Number of result pixels.</summary>
        public int Count => count;

        /// <summary>For each result pixel its first source pixel, ascending.</summary>
        public int[] First { get; } = new int[count];

        /// <summary>The index behind the last source pixel.</summary>
        public int End => First[^1] + _counts[^1];

        /// <summary>The weights of a result pixel, from its first source pixel on; their sum is 1.</summary>
        public ReadOnlySpan<float> Weights(int index) => _weights.AsSpan(index * stride, _counts[index]);

        /// <summary>Creates the taps for a part of an axis.</summary>
        /// <param name="source">Length of the original axis.</param>
        /// <param name="target">Length of the resized axis.</param>
        /// <param name="start">Start of the part on the resized axis.</param>
        /// <param name="count">Length of the part.</param>
        public static Taps Create(int source, int target, int start, int count)
        {
            double scale = (double)source / target;
            int stride = source > target ? (int)scale + 2 : 2;
            var taps = new Taps(count, stride);
            for (int i = 0; i < count; i++)
            {
                // The interval to average over: when shrinking, the result pixel itself; when enlarging, one source
                // pixel's length around its center, which gives the bilinear weights.
                double center = (start + i + 0.5) * scale, half = Math.Max(scale, 1) / 2;
                double from = Math.Max(center - half, 0), to = Math.Min(center + half, source);
                int first = Math.Min((int)from, source - 1);
                int last = Math.Max((int)Math.Ceiling(to), first + 1);
                int pixels = Math.Min(last - first, stride);
                (taps.First[i], taps._counts[i]) = (first, pixels);
                for (int j = 0; j < pixels; j++)
                {
                    double overlap = Math.Min(first + j + 1, to) - Math.Max(first + j, from);
                    taps._weights[(i * stride) + j] = (float)(Math.Max(overlap, 0) / (to - from));
                }
            }

            return taps;
        }
    }
}
