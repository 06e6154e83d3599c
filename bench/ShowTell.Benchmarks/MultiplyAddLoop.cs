using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ShowTell.Benchmarks;

/// <summary>
/// Multiply-adds on registers alone, with nothing to wait for: 12 chains, more than any machine's latency times its
/// ports, and few enough for 16 registers.
/// </summary>
internal static class MultiplyAddLoop
{
    private const int Chains = 12, Turns = 1_000_000, Runs = 25;

    private static float s_kept;

    /// <summary>Operations a second of some threads together: the best of several short runs.</summary>
    public static double OperationsPerSecond<TVector, TOperation>(int threads)
        where TVector : struct
        where TOperation : struct, IMultiplyAdd<TVector>
    {
        double best = double.PositiveInfinity;
        using var start = new Barrier(threads);
        using var end = new Barrier(threads);
        var others = new Thread[threads - 1];
        foreach (ref Thread thread in others.AsSpan())
        {
            thread = new Thread(() => RunAll(() => { }, () => { }));
            thread.Start();
        }

        var watch = new Stopwatch();
        RunAll(watch.Restart, () => best = Math.Min(best, watch.Elapsed.TotalSeconds));
        foreach (Thread thread in others)
        {
            thread.Join();
        }

        return 2.0 * TOperation.Lanes * Chains * Turns * threads / best;

        void RunAll(Action before, Action after)
        {
            for (int i = 0; i < Runs; i++)
            {
                start.SignalAndWait();
                before();
                Keep(Run<TVector, TOperation>());
                end.SignalAndWait();
                after();
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TVector Run<TVector, TOperation>()
        where TVector : struct
        where TOperation : struct, IMultiplyAdd<TVector>
    {
        TVector x = TOperation.Create(0.9999f), y = TOperation.Create(0.0001f);
        TVector s0 = y, s1 = y, s2 = y, s3 = y, s4 = y, s5 = y, s6 = y, s7 = y, s8 = y, s9 = y, s10 = y, s11 = y;
        for (int i = 0; i < Turns; i++)
        {
            s0 = TOperation.Compute(s0, x, y);
            s1 = TOperation.Compute(s1, x, y);
            s2 = TOperation.Compute(s2, x, y);
            s3 = TOperation.Compute(s3, x, y);
            s4 = TOperation.Compute(s4, x, y);
            s5 = TOperation.Compute(s5, x, y);
            s6 = TOperation.Compute(s6, x, y);
            s7 = TOperation.Compute(s7, x, y);
            s8 = TOperation.Compute(s8, x, y);
            s9 = TOperation.Compute(s9, x, y);
            s10 = TOperation.Compute(s10, x, y);
            s11 = TOperation.Compute(s11, x, y);
        }

        // Every chain goes into the result, so that none is left out.
        s0 = TOperation.Compute(s0, s1, TOperation.Compute(s2, s3, TOperation.Compute(s4, s5, s6)));
        return TOperation.Compute(s0, s7, TOperation.Compute(s8, s9, TOperation.Compute(s10, s11, s0)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep<TVector>(TVector value)
        where TVector : struct => s_kept = value.GetHashCode();
}
