using System.Numerics;
using System.Runtime.CompilerServices;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

public sealed class LanesMathTests
{
    private const int MaxUnits = 3;

    public enum Function
    {
        Exp,
        Sigmoid,
        Tanh,
    }

    public static TheoryData<Function> Functions => [.. Enum.GetValues<Function>()];

    [Theory, MemberData(nameof(Functions))]
    public void Floats_are_accurate(Function function) => CheckPoints<float>(function);

    [Theory, MemberData(nameof(Functions))]
    public void Doubles_are_accurate(Function function) => CheckPoints<double>(function);

    [Theory, MemberData(nameof(Functions))]
    public void Bits_do_not_depend_on_the_position(Function function)
    {
        CheckPositions<float>(function);
        CheckPositions<double>(function);
    }

    [Theory, MemberData(nameof(Functions))]
    public void NaN_stays_NaN(Function function)
    {
        Assert.All(Apply<float>(function, [.. Enumerable.Repeat(float.NaN, 31)]), y => Assert.True(float.IsNaN(y)));
        Assert.All(Apply<double>(function, [.. Enumerable.Repeat(-double.NaN, 31)]), y => Assert.True(double.IsNaN(y)));
    }

    [Fact]
    public void Ends_and_zeros_are_exact()
    {
        CheckEnds<float>(float.Epsilon);
        CheckEnds<double>(double.Epsilon);
    }

    private static void CheckEnds<T>(T epsilon)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T half = T.One / (T.One + T.One), many = T.CreateChecked(1e9);
        T[] x = [T.NegativeInfinity, T.PositiveInfinity, -many, many, T.NegativeZero, T.Zero, -epsilon, epsilon];
        Assert.Equal([T.Zero, T.Zero, T.One, T.One, T.One, T.One], Apply<T>(Function.Exp, [x[0], x[2], .. x[4..]]));
        Assert.Equal([T.Zero, T.One, T.Zero, T.One, half, half, half, half], Apply<T>(Function.Sigmoid, x));
        T[] tanh = Apply<T>(Function.Tanh, x);
        Assert.Equal([-T.One, T.One, -T.One, T.One, T.NegativeZero, T.Zero, -epsilon, epsilon], tanh);
        Assert.Equal(x.Select(T.IsNegative), tanh.Select(T.IsNegative));
    }

    private static void CheckPoints<T>(Function function)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] points = [.. Points<T>().Where(x => function != Function.Exp || x <= T.CreateChecked(80))];
        T[] values = Apply(function, points);
        var smallestNormal = ExactNumber.Of(typeof(T) == typeof(float) ? Math.ScaleB(1, -126) : Math.ScaleB(1, -1022));
        for (int i = 0; i < points.Length; i++)
        {
            double x = double.CreateChecked(points[i]), y = double.CreateChecked(values[i]);
            ExactNumber exact = Exact(function, Math.Abs(x), x < 0);
            bool mayBeZero = function != Function.Tanh && exact < smallestNormal;
            double error = mayBeZero && y == 0 ? 0 : exact.UnitsTo<T>(function == Function.Tanh ? Math.Abs(y) : y);
            Assert.True(error <= MaxUnits, $"{function}({x:R}) = {y:R} is {error:F2} units off");
            Assert.True(
                function != Function.Tanh || double.IsNegative(x) == double.IsNegative(y), $"sign of tanh({x:R})");
        }
    }

    /// <summary>exp(x), σ(x) and tanh(|x|) from |x| and the sign of x.</summary>
    private static ExactNumber Exact(Function function, double magnitude, bool isNegative)
    {
        ExactNumber e = ExactNumber.Exp(-magnitude), one = ExactNumber.One;
        return function switch
        {
            Function.Exp => isNegative ? e : one / e,
            Function.Sigmoid => (isNegative ? e : one) / (one + e),
            _ => ExactNumber.Exp(-2 * magnitude) is var e2 ? (one - e2) / (one + e2) : default,
        };
    }

    /// <summary>Points of all magnitudes, and those where the halves of the range reduction meet.</summary>
    private static IEnumerable<T> Points<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool isFloat = typeof(T) == typeof(float);
        var random = new SeededRandom(7);
        double max = isFloat ? 110 : 760;
        for (int i = 0; i < 120; i++)
        {
            double power = Math.Pow(2, ((isFloat ? 156 : 1080) * random.NextUniform()) - (isFloat ? 149 : 1074));
            double unit = random.NextUniform();
            foreach (double x in new[] { Math.Min(power, max), unit, 20 * unit, max * unit })
            {
                yield return T.CreateTruncating(x);
                yield return T.CreateTruncating(-x);
            }
        }

        for (int n = isFloat ? -130 : -1026; n < 110; n += n < -20 && n > -1000 ? 7 : 1)
        {
            T edge = T.CreateTruncating((n + 0.5) * Math.Log(2)), half = edge / (T.One + T.One);
            foreach (T x in new[] { T.BitDecrement(edge), edge, T.BitIncrement(edge), half })
            {
                yield return x;
            }
        }
    }

    private static void CheckPositions<T>(Function function)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(new SeededRandom(5), 1, 70);
        T[] alone = [.. x.Span.ToArray().SelectMany(element => Apply<T>(function, [element]))];
        for (int length = 0; length <= x.Length; length++)
        {
            foreach (bool atEnd in new[] { false, true })
            {
                using var memory = new GuardedMemory<T>(length, atEnd);
                using var other = new GuardedMemory<T>(length, atEnd);
                x.Span[^length..].CopyTo(memory.Span);
                Elementwise.Run<FunctionPass<T>, T>(new(function, memory.Span, other.Span), length);
                Assert.True(other.Span.SequenceEqual(alone.AsSpan()[^length..]), $"{length} elements");
                Elementwise.Run<FunctionPass<T>, T>(new(function, memory.Span, memory.Span), length);
                Assert.True(memory.Span.SequenceEqual(other.Span), $"{length} elements in place");
            }
        }
    }

    private static T[] Apply<T>(Function function, T[] x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var y = new T[x.Length];
        Elementwise.Run<FunctionPass<T>, T>(new(function, x, y), x.Length);
        return y;
    }

    private readonly ref struct FunctionPass<T>(Function function, ReadOnlySpan<T> x, Span<T> y) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _x = x;
        private readonly Span<T> _y = y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_y] = function switch
            {
                Function.Exp => LanesMath.Exp(at[_x]),
                Function.Sigmoid => LanesMath.Sigmoid(at[_x]),
                _ => LanesMath.Tanh(at[_x]),
            };
    }
}
