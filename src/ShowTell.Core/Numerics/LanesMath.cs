namespace ShowTell.Numerics;

/// <summary>
/// Functions of <see cref="Lanes{TVector, TSimd, T}"/>, within 3 units in the last place; exp and σ may flush subnormal
/// results to zero. NaN gives NaN. Bits do not depend on the vector width, but on whether there is a fused
/// multiply-add.
/// </summary>
internal static class LanesMath
{
    // These use vectors instead of lanes: every level of calls takes temporaries, and too many stop the JIT from
    // inlining.

    /// <summary>x * y + sum, rounded once if the machine supports it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<TVector, TSimd, T> MultiplyAdd<TVector, TSimd, T>(
        Lanes<TVector, TSimd, T> x, Lanes<TVector, TSimd, T> y, Lanes<TVector, TSimd, T> sum)
        where TSimd : struct, ISimd<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(TSimd.MultiplyAdd(x.Vector, y.Vector, sum.Vector));

    /// <summary>√x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<TVector, TSimd, T> Sqrt<TVector, TSimd, T>(Lanes<TVector, TSimd, T> x)
        where TSimd : struct, ISimd<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(TSimd.Sqrt(x.Vector));

    /// <summary>One value where x is negative, another elsewhere, also for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<TVector, TSimd, T> IfNegative<TVector, TSimd, T>(
        Lanes<TVector, TSimd, T> x, Lanes<TVector, TSimd, T> value, Lanes<TVector, TSimd, T> elsewhere)
        where TSimd : struct, ISimd<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(TSimd.IfNegative(x.Vector, value.Vector, elsewhere.Vector));

    /// <summary>eˣ for x up to 88 (float) or 709 (double).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<TVector, TSimd, T> Exp<TVector, TSimd, T>(Lanes<TVector, TSimd, T> x)
        where TSimd : struct, ISimd<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector p = ReducedExpM1<TVector, TSimd, T>(x.Vector, out TVector power);
        return new(TSimd.MultiplyAdd(power, p, power));
    }

    /// <summary>σ(x) = 1 / (1 + e⁻ˣ) = eˣ / (1 + eˣ), whichever cannot overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<TVector, TSimd, T> Sigmoid<TVector, TSimd, T>(Lanes<TVector, TSimd, T> x)
        where TSimd : struct, ISimd<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector one = TSimd.Constant(1);
        TVector p = ReducedExpM1<TVector, TSimd, T>(TSimd.CopySign(x.Vector, TSimd.Constant(-1)), out TVector power);
        TVector e = TSimd.MultiplyAdd(power, p, power);
        return new(TSimd.Divide(TSimd.IfNegative(x.Vector, e, one), TSimd.Add(one, e)));
    }

    /// <summary>tanh(|x|) = -m / (2 + m) with m = e^(-2|x|) - 1, which neither overflows nor cancels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes<TVector, TSimd, T> Tanh<TVector, TSimd, T>(Lanes<TVector, TSimd, T> x)
        where TSimd : struct, ISimd<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector minus2X = TSimd.Multiply(TSimd.Constant(-2), TSimd.Abs(x.Vector));
        TVector p = ReducedExpM1<TVector, TSimd, T>(minus2X, out TVector power);
        TVector m = TSimd.MultiplyAdd(power, p, TSimd.Subtract(power, TSimd.Constant(1)));
        return new(TSimd.CopySign(TSimd.Divide(m, TSimd.Add(m, TSimd.Constant(2))), x.Vector));
    }

    /// <summary>
    /// With x = n ln 2 + r and |r| at most ln(2) / 2: eʳ - 1 by Taylor's series, and 2ⁿ as the power. (Cody and Waite,
    /// "Software manual for the elementary functions", 1980; ln 2 in two parts, of which n times the first is exact.)
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ReducedExpM1<TVector, TSimd, T>(TVector x, out TVector power)
        where TSimd : struct, ISimd<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const double InverseLn2 = 1.4426950408889634;
        bool isFloat = typeof(T) == typeof(float);

        // The smallest y has n = -127 or -1023, whose power of two is zero.
        TVector y = TSimd.AtLeast(TSimd.Constant(isFloat ? -88.1 : -709.1), x);

        // Adding so large a number leaves no fraction bits to y / ln 2: the lowest bits are n and the bias.
        TVector large = TSimd.Constant(isFloat ? (3 << 22) + 127 : (3L << 51) + 1023);
        TVector sum = TSimd.MultiplyAdd(y, TSimd.Constant(InverseLn2), large);
        TVector n = TSimd.Subtract(sum, large);
        power = TSimd.PowerOfTwo(sum);
        TVector r = TSimd.MultiplyAdd(n, TSimd.Constant(isFloat ? -0.693145751953125 : -0.69314718036912382), y);
        r = TSimd.MultiplyAdd(n, TSimd.Constant(isFloat ? -1.4286068203094173e-6 : -1.9082149292705877e-10), r);
        TVector q = TSimd.Constant(1 / 5040.0);
        if (typeof(T) == typeof(double))
        {
            q = TSimd.Constant(1 / 6227020800.0);
            q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 479001600.0));
            q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 39916800.0));
            q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 3628800.0));
            q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 362880.0));
            q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 40320.0));
            q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 5040.0));
        }

        q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 720.0));
        q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 120.0));
        q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 24.0));
        q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 6.0));
        q = TSimd.MultiplyAdd(q, r, TSimd.Constant(1 / 2.0));
        return TSimd.MultiplyAdd(q, TSimd.Multiply(r, r), r);
    }
}
