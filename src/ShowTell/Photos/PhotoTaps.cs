namespace ShowTell.Photos;

/// <summary>For each pixel of a resized axis, which pixels of the original count, and how much.</summary>
internal sealed class PhotoTaps
{
    private readonly float[] _weights;
    private readonly int[] _counts;
    private readonly int _stride;

    private PhotoTaps(int count, int stride)
    {
        (First, _counts, _stride) = (new int[count], new int[count], stride);
        _weights = new float[checked(count * stride)];
    }

    /// <summary>Number of pixels of the result.</summary>
    public int Count => First.Length;

    /// <summary>For each pixel of the result the first one that counts. Never falls.</summary>
    public int[] First { get; }

    /// <summary>The pixel behind the last one that counts.</summary>
    public int End => First[^1] + _counts[^1];

    /// <summary>What the pixels from <see cref="First"/> on count for a pixel of the result; the sum is 1.</summary>
    public ReadOnlySpan<float> Weights(int index) => _weights.AsSpan(index * _stride, _counts[index]);

    /// <summary>Makes those of a part of an axis.</summary>
    /// <param name="source">Length of the original axis.</param>
    /// <param name="target">Length of the resized axis.</param>
    /// <param name="start">Where the part begins on it.</param>
    /// <param name="count">Length of the part.</param>
    public static PhotoTaps Make(int source, int target, int start, int count)
    {
        double scale = (double)source / target;
        var taps = new PhotoTaps(count, source > target ? (int)scale + 2 : 2);
        for (int i = 0; i < count; i++)
        {
            // The interval that is averaged over: shrinking, the pixel itself; enlarging, one pixel of the original
            // around its centre, which gives the bilinear weights.
            double centre = (start + i + 0.5) * scale, half = Math.Max(scale, 1) / 2;
            double from = Math.Max(centre - half, 0), to = Math.Min(centre + half, source);
            int first = Math.Min((int)from, source - 1);
            int last = Math.Max((int)Math.Ceiling(to), first + 1);
            int pixels = Math.Min(last - first, taps._stride);
            (taps.First[i], taps._counts[i]) = (first, pixels);
            for (int j = 0; j < pixels; j++)
            {
                double overlap = Math.Min(first + j + 1, to) - Math.Max(first + j, from);
                taps._weights[(i * taps._stride) + j] = (float)(Math.Max(overlap, 0) / (to - from));
            }
        }

        return taps;
    }
}
