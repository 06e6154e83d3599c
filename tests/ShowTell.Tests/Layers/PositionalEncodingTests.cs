using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

public sealed class PositionalEncodingTests
{
    /// <summary>Sines and cosines of t, t/10 and t/100: of 10000^(2i/8) for the column pairs i.</summary>
    [Fact]
    public void Positions_are_sines_and_cosines_of_increasing_wavelength()
    {
        var positions = new Matrix<double>(3, 8);
        PositionalEncoding.Write<double>(positions, start: 5);
        for (int t = 0; t < 3; t++)
        {
            foreach ((int i, double wave) in ((int, double)[])[(0, 1), (1, 10), (2, 100), (3, 1000)])
            {
                Assert.Equal(Math.Sin((5 + t) / wave), positions[t, 2 * i], 1e-14);
                Assert.Equal(Math.Cos((5 + t) / wave), positions[t, (2 * i) + 1], 1e-14);
            }
        }
    }

    [Fact]
    public void An_odd_last_column_is_a_sine()
    {
        var positions = new Matrix<float>(2, 3);
        PositionalEncoding.Write<float>(positions);
        Assert.Equal([0, 1, 0], positions.Row(0).ToArray());
        Assert.Equal(Math.Sin(1 / Math.Pow(10_000, 2.0 / 3)), positions[1, 2], 1e-7);
        Assert.ThrowsAny<ArgumentException>(() => PositionalEncoding.Write<float>(positions, start: -1));
    }
}
