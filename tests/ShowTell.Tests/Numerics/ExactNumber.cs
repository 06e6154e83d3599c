using System.Numerics;

namespace ShowTell.Tests.Numerics;

/// <summary>A number with 1400 binary digits after the point, enough for the smallest double's last bit.</summary>
internal readonly record struct ExactNumber(BigInteger Value)
{
    private const int Regions = 1400;

    /// <summary>Halvings of the argument, which makes the exponential's series short.</summary>
    private const int Halvings = 40;

    private static readonly BigInteger s_one = BigInteger.One << Regions;

    public static ExactNumber One => new(s_one);

    public static ExactNumber Of(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        int exponent = Math.Max(1, (int)(bits >> 52));
        long mantissa = (bits & 0xFFFFFFFFFFFFF) | (bits >> 52 == 0 ? 0 : 1L << 52);
        BigInteger scaled = (BigInteger)mantissa << (exponent - 1075 + Regions);
        return new(double.IsNegative(value) ? -scaled : scaled);
    }

    /// <summary>e to the power of a number that is at most 0.</summary>
    public static ExactNumber Exp(double x)
    {
        BigInteger t = Of(x).Value >> Halvings, term = s_one, sum = s_one;
        for (int k = 1; !term.IsZero; k++)
        {
            term = -((-term * t) >> Regions) / k;
            sum += term;
        }

        for (int i = 0; i < Halvings; i++)
        {
            sum = (sum * sum) >> Regions;
        }

        return new(sum);
    }

    public static ExactNumber operator +(ExactNumber x, ExactNumber y) => new(x.Value + y.Value);

    public static ExactNumber operator -(ExactNumber x, ExactNumber y) => new(x.Value - y.Value);

    public static ExactNumber operator /(ExactNumber x, ExactNumber y) => new((x.Value << Regions) / y.Value);

    public static bool operator <(ExactNumber x, ExactNumber y) => x.Value < y.Value;

    public static bool operator >(ExactNumber x, ExactNumber y) => x.Value > y.Value;

    /// <summary>The error of a computed value, in units in the last place of T.</summary>
    public double UnitsTo<T>(double computed)
        where T : IBinaryFloatingPointIeee754<T>
    {
        bool isFloat = typeof(T) == typeof(float);
        int exponent = (int)BigInteger.Abs(Value).GetBitLength() - 1 - Regions;
        int unit = Math.Max(exponent, isFloat ? -126 : -1022) - (isFloat ? 23 : 52);
        return (double)(BigInteger.Abs(Value - Of(computed).Value) >> (Regions + unit - 20)) / (1 << 20);
    }
}
