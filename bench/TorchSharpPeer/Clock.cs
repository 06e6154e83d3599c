using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace TorchSharpPeer;

/// <summary>Times workloads as the peers in Python do: the fastest form, median of the repetitions.</summary>
internal static class Clock
{
    public static void TimeAll(IEnumerable<Workload> workloads, Regex only, double seconds)
    {
        foreach (Workload workload in workloads.Where(workload => only.IsMatch(workload.Name)))
        {
            string form = Fastest(workload, seconds / 6);
            Action step = workload.Create(form, false);
            Repeat(step, Math.Max(1, seconds / 3));
            List<double> times = Repeat(step, seconds);
            double median = times[times.Count / 2];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{workload.Name}\t{median * 1e3:F3}\t{workload.Captions / median:F1}\t{form}"));
        }
    }

    /// <summary>Tries the forms in turn, three times each; the least time counts.</summary>
    private static string Fastest(Workload workload, double seconds)
    {
        if (workload.Forms is [string single])
        {
            return single;
        }

        (string Form, Action Step)[] steps = [.. workload.Forms.Select(form => (form, workload.Create(form, true)))];
        var least = workload.Forms.ToDictionary(form => form, _ => double.MaxValue);
        for (int round = 0; round < 3; round++)
        {
            foreach ((string form, Action step) in steps)
            {
                least[form] = Math.Min(least[form], Repeat(step, seconds)[0]);
            }
        }

        return least.MinBy(form => form.Value).Key;
    }

    /// <summary>The seconds that each repetition took, the least first.</summary>
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
        times.Sort();
        return times;
    }
}
