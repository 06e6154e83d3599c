using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

public sealed class NormalQuantileTests
{
    // Python: statistics.NormalDist().inv_cdf(p).
    [Theory]
    [InlineData(1e-300, -37.0470962993612)]
    [InlineData(1e-200, -30.205594179579634)]
    [InlineData(1e-100, -21.27345356096532)]
    [InlineData(1e-50, -14.933337534788489)]
    [InlineData(1e-20, -9.262340089798405)]
    [InlineData(1.387e-11, -6.658094715086709)]
    [InlineData(1.39e-11, -6.657777073049199)]
    [InlineData(1e-09, -5.9978070150076865)]
    [InlineData(1e-06, -4.753424308822899)]
    [InlineData(1e-05, -4.2648907939228256)]
    [InlineData(0.0001, -3.71901648545568)]
    [InlineData(0.001, -3.090232306167813)]
    [InlineData(0.01, -2.3263478740408408)]
    [InlineData(0.02425, -1.9729610513118845)]
    [InlineData(0.05, -1.6448536269514726)]
    [InlineData(0.0749, -1.4402382675279632)]
    [InlineData(0.075, -1.4395314709384557)]
    [InlineData(0.0751, -1.4388253927525398)]
    [InlineData(0.1, -1.2815515655446008)]
    [InlineData(0.2, -0.8416212335729142)]
    [InlineData(0.25, -0.6744897501960817)]
    [InlineData(0.3, -0.5244005127080407)]
    [InlineData(0.4, -0.2533471031357998)]
    [InlineData(0.45, -0.125661346855074)]
    [InlineData(0.49, -0.025068908258711057)]
    [InlineData(0.499, -0.0025066308995717666)]
    [InlineData(0.4999999, -2.506628274703107e-07)]
    [InlineData(0.5, 0.0)]
    [InlineData(0.5000001, 2.506628273311649e-07)]
    [InlineData(0.51, 0.025068908258711057)]
    [InlineData(0.6, 0.2533471031357998)]
    [InlineData(0.75, 0.6744897501960817)]
    [InlineData(0.9, 1.2815515655446008)]
    [InlineData(0.925, 1.439531470938456)]
    [InlineData(0.9251, 1.4402382675279632)]
    [InlineData(0.95, 1.6448536269514715)]
    [InlineData(0.975, 1.9599639845400536)]
    [InlineData(0.99, 2.3263478740408408)]
    [InlineData(0.999, 3.090232306167813)]
    [InlineData(0.9999, 3.7190164854557084)]
    [InlineData(0.999999, 4.753424308817089)]
    [InlineData(0.999999999, 5.997807019601638)]
    [InlineData(0.999999999999, 7.0344869100478356)]
    [InlineData(0.9999999999999999, 8.209536151601386)]
    [InlineData(1.1102230246251565e-16, -8.209536151601386)]
    public void Quantiles_match_Python(double p, double expected) =>
        Assert.Equal(expected, NormalQuantile.At(p), 1e-12 * Math.Abs(expected));

    [Fact]
    public void Quantiles_are_increasing_and_symmetric()
    {
        double before = double.NegativeInfinity;
        for (int i = 1; i < 4096; i++)
        {
            double x = NormalQuantile.At(i / 4096.0);
            Assert.True(x > before);
            Assert.Equal(-x, NormalQuantile.At(1 - (i / 4096.0)));
            before = x;
        }
    }
}
