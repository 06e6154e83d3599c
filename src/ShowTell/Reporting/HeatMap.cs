using System.Numerics.Tensors;

namespace ShowTell.Reporting;

/// <summary>
/// How much each place of a grid over a picture counts, as a veil to lay over the picture: clear where it counts most,
/// dark where it counts for nothing, as in Show, Attend and Tell (Xu et al., 2015).
/// </summary>
/// <param name="Values">The grid, rows x columns.</param>
public sealed record HeatMap(Matrix<float> Values)
{
    /// <summary>Pixels of a place along each side.</summary>
    public const int Scale = 8;

    /// <summary>Share of the light that the darkest veil keeps back.</summary>
    private const double Darkness = 0.76;

    /// <summary>Deviation of the kernel that smooths, in places.</summary>
    private const double Deviation = 0.55;

    /// <summary>The value of <see cref="Smooth"/> that is quite clear; by default the greatest one.</summary>
    public float? Clear { get; init; }

    /// <summary>The value of <see cref="Smooth"/> that is quite dark; 0 by default.</summary>
    public float Dark { get; init; }

    /// <summary>The map of one row of places, a square grid, row after row.</summary>
    /// <param name="places">The values.</param>
    /// <returns>The map; null where the places are no square.</returns>
    public static HeatMap? OfSquare(ReadOnlySpan<float> places)
    {
        int side = (int)Math.Round(Math.Sqrt(places.Length));
        return side > 0 && side * side == places.Length
            ? new HeatMap(new Matrix<float>(side, side, places.ToArray()))
            : null;
    }

    /// <summary>
    /// The values between the places as well: each pixel is the mean of the places around it, weighted by a Gaussian
    /// kernel.
    /// </summary>
    /// <returns><see cref="Scale"/> pixels for each place, rows x columns.</returns>
    public Matrix<float> Smooth()
    {
        double[][] down = Kernels(Values.Rows), across = Kernels(Values.Columns);
        var smooth = new Matrix<float>(down.Length, across.Length);
        for (int y = 0; y < down.Length; y++)
        {
            double[] line =
            [
                .. Enumerable.Range(0, Values.Columns).Select(
                    column => down[y].Select((weight, row) => weight * Values[row, column]).Sum()),
            ];
            for (int x = 0; x < across.Length; x++)
            {
                smooth[y, x] = (float)line.Zip(across[x], (value, weight) => value * weight).Sum();
            }
        }

        return smooth;
    }

    /// <summary>The veil as a picture, which is to be stretched over the other one.</summary>
    public Picture ToPicture()
    {
        Matrix<float> smooth = Smooth();
        float clear = Clear ?? Greatest(smooth);
        var opacity = new byte[smooth.Length];
        for (int i = 0; i < opacity.Length; i++)
        {
            double share = clear > Dark ? Math.Clamp((smooth.Span[i] - Dark) / (clear - Dark), 0, 1) : 0;

            // Steps of two cannot be seen, and make the file smaller.
            opacity[i] = (byte)(2 * Math.Round(255 * Darkness * (1 - share) / 2));
        }

        return PictureWriter.Veil(smooth.Columns, opacity);
    }

    /// <summary>
    /// The same map with the least value dark, so that what stands out is seen; of a map that is nearly even, half of
    /// the greatest value, so that it looks even.
    /// </summary>
    public HeatMap Stretched()
    {
        Matrix<float> smooth = Smooth();
        return this with { Dark = Math.Min(TensorPrimitives.Min<float>(smooth.Span), Greatest(smooth) / 2) };
    }

    /// <summary>The greatest value of <see cref="Smooth"/>.</summary>
    public float Greatest() => Greatest(Smooth());

    private static float Greatest(Matrix<float> values) => TensorPrimitives.Max<float>(values.Span);

    /// <summary>For each pixel of a side the weights of the places.</summary>
    private static double[][] Kernels(int places) =>
    [
        .. Enumerable.Range(0, places * Scale).Select(pixel =>
        {
            double at = ((pixel + 0.5) / Scale) - 0.5;
            double[] weights =
            [
                .. Enumerable.Range(0, places).Select(
                    place => Math.Exp(-(at - place) * (at - place) / (2 * Deviation * Deviation))),
            ];
            double sum = weights.Sum();
            return (double[])[.. weights.Select(weight => weight / sum)];
        }),
    ];
}
