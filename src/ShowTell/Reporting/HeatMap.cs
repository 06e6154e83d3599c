using System.Numerics.Tensors;

namespace ShowTell.Reporting;

/// <summary>
/// A heat map over a picture, such as attention weights over the regions of a feature grid: a dark overlay that is
/// transparent where values are highest, as in Show, Attend and Tell (Xu et al., 2015).
/// </summary>
/// <param name="Values">A value per region, rows x columns.</param>
public sealed record HeatMap(Matrix<float> Values)
{
    /// <summary>Pixels of a region along each side.</summary>
    public const int Scale = 8;

    /// <summary>The opacity of the overlay where values are lowest.</summary>
    private const double MaxOpacity = 0.76;

    /// <summary>The standard deviation of the smoothing kernel, in regions.</summary>
    private const double Deviation = 0.55;

    /// <summary>The smoothed value at and above which the overlay is transparent; by default the map's maximum.
    /// </summary>
    public float? High { get; init; }

    /// <summary>The smoothed value at and below which the overlay is darkest; 0 by default.</summary>
    public float Low { get; init; }

    /// <summary>The map of a square grid.</summary>
    /// <param name="regions">The values, row by row.</param>
    /// <returns>The map; null if the number of regions is not a square.</returns>
    public static HeatMap? OfSquare(ReadOnlySpan<float> regions)
    {
        int side = (int)Math.Round(Math.Sqrt(regions.Length));
        return side > 0 && side * side == regions.Length
            ? new HeatMap(new Matrix<float>(side, side, regions.ToArray()))
            : null;
    }

    /// <summary>The map interpolated to pixels: the mean of all regions, weighted by a Gaussian of their distance.
    /// </summary>
    /// <returns><see cref="Scale"/> pixels per region, rows x columns.</returns>
    public Matrix<float> Smooth()
    {
        double[][] rowWeights = Kernels(Values.Rows), columnWeights = Kernels(Values.Columns);
        var smooth = new Matrix<float>(rowWeights.Length, columnWeights.Length);
        for (int y = 0; y < rowWeights.Length; y++)
        {
            double[] line =
            [
                .. Enumerable.Range(0, Values.Columns).Select(
                    column => rowWeights[y].Select((weight, row) => weight * Values[row, column]).Sum()),
            ];
            for (int x = 0; x < columnWeights.Length; x++)
            {
                smooth[y, x] = (float)line.Zip(columnWeights[x], (value, weight) => value * weight).Sum();
            }
        }

        return smooth;
    }

    /// <summary>The overlay as a picture, to be stretched over the photo.</summary>
    public Picture ToPicture()
    {
        Matrix<float> smooth = Smooth();
        float high = High ?? TensorPrimitives.Max<float>(smooth.Span);
        var opacity = new byte[smooth.Length];
        for (int i = 0; i < opacity.Length; i++)
        {
            double share = high > Low ? Math.Clamp((smooth.Span[i] - Low) / (high - Low), 0, 1) : 0;

            // Even values only: the difference cannot be seen, and the file is smaller.
            opacity[i] = (byte)(2 * Math.Round(255 * MaxOpacity * (1 - share) / 2));
        }

        return PictureWriter.Overlay(smooth.Columns, opacity);
    }

    /// <summary>
    /// The map with more contrast: <see cref="Low"/> is its minimum, but at most half of its maximum, so that a nearly
    /// uniform map still looks uniform.
    /// </summary>
    public HeatMap Stretched()
    {
        Matrix<float> smooth = Smooth();
        return this with
        {
            Low = Math.Min(TensorPrimitives.Min<float>(smooth.Span), TensorPrimitives.Max<float>(smooth.Span) / 2),
        };
    }

    /// <summary>The maximum of <see cref="Smooth"/>.</summary>
    public float Max() => TensorPrimitives.Max<float>(Smooth().Span);

    /// <summary>For each pixel along a side the weights of the regions, which sum to 1.</summary>
    private static double[][] Kernels(int regions) =>
    [
        .. Enumerable.Range(0, regions * Scale).Select(pixel =>
        {
            double position = ((pixel + 0.5) / Scale) - 0.5;
            double[] weights =
            [
                .. Enumerable.Range(0, regions).Select(region =>
                    Math.Exp(-(position - region) * (position - region) / (2 * Deviation * Deviation))),
            ];
            double sum = weights.Sum();
            return (double[])[.. weights.Select(weight => weight / sum)];
        }),
    ];
}
