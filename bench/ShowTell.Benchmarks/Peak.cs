using System.Numerics;
using System.Runtime.Intrinsics;
using ShowTell.Numerics;

namespace ShowTell.Benchmarks;

/// <summary>
/// The machine's multiply-add peak in GFLOP/s: the most that its registers give on one thread and on several, and the
/// percentage of it that matrix products reach on one core. Prints lines with tabs between their parts.
/// </summary>
internal static class Peak
{
    private static readonly (int M, int N, int K)[] s_shapes = [(1024, 1024, 1024), (2048, 2048, 256)];

    private delegate void Product<T>(
        ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, MatrixSpan<T> c, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    public static void Report(int threads, bool products)
    {
        Report<float>(threads, products);
        Report<double>(threads, products);
    }

    private static void Report<T>(int threads, bool products)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double one = Registers<T>(1);
        if (threads > 1)
        {
            Registers<T>(threads);
        }

        if (products)
        {
            Workers.Count = 1;
            foreach ((int m, int n, int k) in s_shapes)
            {
                Report<T>("NN", Gemm.NN, m, n, k, (m, k), (k, n), one);
                Report<T>("NT", Gemm.NT, m, n, k, (m, k), (n, k), one);
                Report<T>("TN", Gemm.TN, m, n, k, (k, m), (k, n), one);
            }
        }
    }

    /// <summary>The best vector width's GFLOP/s; prints those of all that the machine has.</summary>
    private static double Registers<T>(int threads)
    {
        bool isFloat = typeof(T) == typeof(float);
        var widths = new List<(string Name, double Speed)>();
        if (Vector512.IsHardwareAccelerated)
        {
            widths.Add(("Vector512", isFloat
                ? MultiplyAddLoop.OperationsPerSecond<Vector512<float>, Float512>(threads)
                : MultiplyAddLoop.OperationsPerSecond<Vector512<double>, Double512>(threads)));
        }

        if (Vector256.IsHardwareAccelerated)
        {
            widths.Add(("Vector256", isFloat
                ? MultiplyAddLoop.OperationsPerSecond<Vector256<float>, Float256>(threads)
                : MultiplyAddLoop.OperationsPerSecond<Vector256<double>, Double256>(threads)));
        }

        widths.Add(("Vector128", isFloat
            ? MultiplyAddLoop.OperationsPerSecond<Vector128<float>, Float128>(threads)
            : MultiplyAddLoop.OperationsPerSecond<Vector128<double>, Double128>(threads)));
        foreach ((string name, double speed) in widths)
        {
            Print($"registers {Name<T>()} {name}, {threads} threads", speed);
        }

        double best = widths.Max(width => width.Speed);
        Print($"peak {Name<T>()} {threads}", best);
        return best;
    }

    private static void Report<T>(
        string form,
        Product<T> product,
        int m,
        int n,
        int k,
        (int Rows, int Columns) aShape,
        (int Rows, int Columns) bShape,
        double peak)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new SeededRandom(231);
        Matrix<T> a = Matrix.Normal<T>(random, aShape.Rows, aShape.Columns);
        Matrix<T> b = Matrix.Normal<T>(random, bShape.Rows, bShape.Columns);
        var c = new Matrix<T>(m, n);
        double speed = 2.0 * m * n * k / Timing.Least(() => product(a, b, c), seconds: 0.6);
        Print($"product {Name<T>()} {form} {m}x{n}x{k}, 1 thread", speed, peak);
    }

    private static string Name<T>() => typeof(T) == typeof(float) ? "float" : "double";

    private static void Print(string what, double speed, double? peak = null) => Console.WriteLine(
        FormattableString.Invariant($"{what}\t{speed / 1e9:F1}")
        + (peak is double of ? FormattableString.Invariant($"\t{100 * speed / of:F1}%") : ""));
}
