using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

public sealed class SeededRandomTests
{
    // From an implementation of xoshiro256** and SplitMix64 in Python, after the authors' C code.
    [Theory]
    [InlineData(0ul, new[]
    {
        0x99EC5F36CB75F2B4ul, 0xBF6E1F784956452Aul, 0x1A5F849D4933E6E0ul,
        0x6AA594F1262D2D2Cul, 0xBBA5AD4A1F842E59ul, 0xFFEF8375D9EBCACAul,
    })]
    [InlineData(1ul, new[]
    {
        0xB3F2AF6D0FC710C5ul, 0x853B559647364CEAul, 0x92F89756082A4514ul,
        0x642E1C7BC266A3A7ul, 0xB27A48E29A233673ul, 0x24C123126FFDA722ul,
    })]
    [InlineData(231ul, new[]
    {
        0x50C54A1419D447CEul, 0x5576DD8FFE6BA349ul, 0xF4FDA393AAB60213ul,
        0x811BFDBCA6A09919ul, 0x11C46FF56422E674ul, 0xB09DC67BB8410A49ul,
    })]
    [InlineData(ulong.MaxValue, new[]
    {
        0x8F5520D52A7EAD08ul, 0xC476A018CAA1802Dul, 0x81DE31C0D260469Eul,
        0xBF658D7E065F3C2Ful, 0x913593FDA1BCA32Aul, 0xBB535E93941BA525ul,
    })]
    public void Bits_of_a_seed_are_fixed(ulong seed, ulong[] expected)
    {
        var random = new SeededRandom(seed);
        Assert.Equal(expected, expected.Select(_ => random.NextBits()));
    }

    [Fact]
    public void Uniform_numbers_of_a_seed_are_fixed() => Assert.Equal(
        [0.3155103968691302, 0.3338449932620464, 0.9569952235712762, 0.5043333612035233],
        Draw(4, 231, random => random.NextUniform()));

    [Fact]
    public void Integers_of_a_seed_are_fixed() =>
        Assert.Equal([3, 3, 9, 5, 0, 6], Draw(6, 231, random => random.NextInt(10)));

    // Python: statistics.NormalDist().inv_cdf(((bits >> 12) + 0.5) / 2**52).
    [Fact]
    public void Normal_numbers_of_a_seed_are_fixed()
    {
        double[] expected = [-0.48029056934092085, -0.4293205187322268, 1.7168337477511249, 0.010862339321815183];
        double[] actual = Draw(4, 231, random => random.NextNormal());
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-15));
    }

    [Fact]
    public void Uniform_numbers_are_uniform()
    {
        double[] samples = Draw(20_000, 1, random => random.NextUniform());
        Assert.All(samples, x => Assert.InRange(x, 0, Math.BitDecrement(1.0)));
        Assert.InRange(KolmogorovSmirnov(samples, x => x), 0, CriticalDistance(samples.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void Integers_are_uniform(int limit)
    {
        const int Count = 100_000;
        var frequencies = new int[limit];
        foreach (int x in Draw(Count, 2, random => random.NextInt(limit)))
        {
            frequencies[x]++;
        }

        // Chi-square of f degrees of freedom has mean f and variance 2 f; four deviations are far beyond chance.
        double expected = (double)Count / limit;
        double chiSquare = frequencies.Sum(frequency => (frequency - expected) * (frequency - expected) / expected);
        int degrees = limit - 1;
        Assert.InRange(chiSquare, 0, degrees + (4 * Math.Sqrt(2.0 * degrees)) + 1e-9);
    }

    /// <summary>A remainder of 32 bits would give the lower half of this range twice as often as the upper.</summary>
    [Fact]
    public void Integers_are_uniform_up_to_a_large_limit()
    {
        const int Limit = (1 << 30) + (1 << 29);
        int low = Draw(40_000, 3, random => random.NextInt(Limit)).Count(x => x < Limit / 2);
        Assert.InRange(low, 20_000 - 400, 20_000 + 400);
    }

    [Fact]
    public void A_limit_must_be_positive()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SeededRandom(1).NextInt(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SeededRandom(1).NextInt(-1));
    }

    [Fact]
    public void Normal_numbers_are_normal()
    {
        const int Count = 50_000;
        double[] samples = Draw(Count, 4, random => random.NextNormal());
        double Moment(int power) => samples.Average(x => Math.Pow(x, power));

        // Four standard errors each: the variances of x, x^2, x^3 and x^4 are 1, 2, 15 and 96.
        Assert.InRange(Moment(1), -4 * Math.Sqrt(1.0 / Count), 4 * Math.Sqrt(1.0 / Count));
        Assert.InRange(Moment(2), 1 - (4 * Math.Sqrt(2.0 / Count)), 1 + (4 * Math.Sqrt(2.0 / Count)));
        Assert.InRange(Moment(3), -4 * Math.Sqrt(15.0 / Count), 4 * Math.Sqrt(15.0 / Count));
        Assert.InRange(Moment(4), 3 - (4 * Math.Sqrt(96.0 / Count)), 3 + (4 * Math.Sqrt(96.0 / Count)));
        Assert.InRange(KolmogorovSmirnov(samples, NormalDistribution), 0, CriticalDistance(Count));
    }

    [Fact]
    public void A_shuffle_is_a_permutation_and_all_permutations_occur()
    {
        var random = new SeededRandom(5);
        int[] many = [.. Enumerable.Range(0, 1000)];
        random.Shuffle<int>(many);
        Assert.NotEqual(Enumerable.Range(0, 1000), many);
        Assert.Equal(Enumerable.Range(0, 1000), many.Order());

        var frequencies = new Dictionary<string, int>();
        for (int i = 0; i < 24_000; i++)
        {
            char[] letters = ['a', 'b', 'c', 'd'];
            random.Shuffle<char>(letters);
            frequencies[new string(letters)] = frequencies.GetValueOrDefault(new string(letters)) + 1;
        }

        Assert.Equal(24, frequencies.Count);
        Assert.All(frequencies.Values, frequency => Assert.InRange(frequency, 1000 - 140, 1000 + 140));
    }

    private static TValue[] Draw<TValue>(int count, ulong seed, Func<SeededRandom, TValue> draw)
    {
        var random = new SeededRandom(seed);
        var samples = new TValue[count];
        foreach (ref TValue value in samples.AsSpan())
        {
            value = draw(random);
        }

        return samples;
    }

    /// <summary>The maximum distance between the empirical and the expected distribution function.</summary>
    private static double KolmogorovSmirnov(double[] samples, Func<double, double> distribution)
    {
        double[] sorted = [.. samples.Order()];
        return sorted
            .Select(
                (x, i) => (Expected: distribution(x), Below: (double)i / sorted.Length, At: (i + 1.0) / sorted.Length))
            .Select(step => Math.Max(step.At - step.Expected, step.Expected - step.Below))
            .Max();
    }

    /// <summary>The distance that is exceeded by chance once in 1,000 times.</summary>
    private static double CriticalDistance(int count) => 1.95 / Math.Sqrt(count);

    /// <summary>1/2 + density(x) (x + x^3/3 + x^5/(3*5) + ...) (Abramowitz and Stegun, 26.2.11).</summary>
    private static double NormalDistribution(double x)
    {
        double term = x, sum = x;
        for (int n = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); n += 2)
        {
            term *= x * x / n;
            sum += term;
        }

        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }
}
