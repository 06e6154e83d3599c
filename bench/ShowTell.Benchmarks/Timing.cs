using System.Diagnostics;

namespace ShowTell.Benchmarks;

/// <summary>Times repeated steps.</summary>
internal static class Timing
{
    /// <summary>
    /// Median seconds of a step: warms up, which compilation to its last tier needs a while for, then measures for
    /// <paramref name="seconds"/>; at least one step each.
    /// </summary>
    public static double Median(Action step, double seconds)
    {
        Repeat(step, Math.Max(1, seconds / 3));
        List<double> times = Repeat(step, seconds);
        times.Sort();
        return times[times.Count / 2];
    }

    /// <summary>Least seconds of a step, for what only noise can make slower.</summary>
    public static double Least(Action step, double seconds)
    {
        Repeat(step, seconds / 3);
        return Repeat(step, seconds).Min();
    }

    private static List<double> Repeat(Action step, double seconds)
    {
        var times = new List<double>();
        var total = Stopwatch.StartNew();
        do
        {
            var watch = Stopwatch.StartNew();
            step();
            times.Add(watch.Elapsed.TotalSeconds);
        }
        while (total.Elapsed.TotalSeconds < seconds);
        return times;
    }
}
