namespace ShowTell.Numerics;

/// <summary>
/// Random numbers determined by a seed, the same on every machine and in every version. Not thread-safe.
/// <para>
/// Bits come from xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), seeded by
/// four outputs of SplitMix64. Each number takes one 64-bit output, except that <see cref="NextInt"/> rejects biased
/// ones. Only operations that IEEE 754 rounds exactly are used, so that normals are bit-identical everywhere.
/// </para>
/// </summary>
public sealed class SeededRandom
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>Starts the stream of a seed.</summary>
    public SeededRandom(ulong seed)
    {
        ulong state = seed;
        _s0 = SplitMix64(ref state);
        _s1 = SplitMix64(ref state);
        _s2 = SplitMix64(ref state);
        _s3 = SplitMix64(ref state);
    }

    /// <summary>The position in the stream: the generator's 256 bits. A generator set to it continues from there.
    /// </summary>
    internal ulong[] State
    {
        get => [_s0, _s1, _s2, _s3];
        set => (_s0, _s1, _s2, _s3) = (value[0], value[1], value[2], value[3]);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A uniform number in [0, 1): a multiple of 2^-53.</summary>
    public double NextUniform() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform integer in [0, <paramref name="limit"/>) (Lemire, 2019).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is not positive.</exception>
    public int NextInt(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        ulong threshold = (0UL - (ulong)limit) % (ulong)limit;
        while (true)
        {
            ulong high = Math.BigMul(NextBits(), (ulong)limit, out ulong low);
            if (low >= threshold)
            {
                return (int)high;
            }
        }
    }

    /// <summary>A sample of the standard normal distribution, by inversion.</summary>
    public double NextNormal()
    {
        // The odd multiples of 2^-53 are strictly between 0 and 1, symmetric, and exact doubles.
        double p = ((NextBits() >> 12) + 0.5) * (1.0 / (1UL << 52));
        return NormalQuantile.At(p);
    }

    /// <summary>Shuffles the elements (Fisher and Yates).</summary>
    public void Shuffle<TElement>(Span<TElement> elements)
    {
        for (int i = elements.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (elements[i], elements[j]) = (elements[j], elements[i]);
        }
    }

    /// <summary>
    /// The random bits at an index of SplitMix64's stream of a seed: random access for several threads.
    /// </summary>
    internal static ulong BitsAt(ulong seed, ulong index)
    {
        ulong state = seed + (index * 0x9E3779B97F4A7C15);
        return SplitMix64(ref state);
    }

    private static ulong SplitMix64(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
