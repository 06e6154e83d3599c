namespace ShowTell.Layers;

/// <summary>
/// The position of a word in a sequence as a vector to add to the word's (Vaswani et al., 2017): sines and cosines of
/// wavelengths from 2π to 10000 · 2π,
/// <code>
/// P[t, 2i] = sin(t / 10000^(2i/H))      P[t, 2i + 1] = cos(t / 10000^(2i/H))
/// </code>
/// Shapes: P T x H. The length of sequences is unlimited.
/// </summary>
public static class PositionalEncoding
{
    /// <summary>Writes the vectors of consecutive positions.</summary>
    /// <param name="output">Receives the vector of one position per row.</param>
    /// <param name="start">The position of the first row, from 0 on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The position is negative.</exception>
    public static void Write<T>(MatrixSpan<T> output, int start = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        for (int j = 0; j < output.Columns; j++)
        {
            double frequency = Math.Pow(10_000, -(double)(j - (j % 2)) / output.Columns);
            for (int t = 0; t < output.Rows; t++)
            {
                double angle = ((double)start + t) * frequency;
                output[t, j] = T.CreateTruncating(j % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
            }
        }
    }
}
