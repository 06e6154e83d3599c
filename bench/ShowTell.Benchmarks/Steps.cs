using System.Text.RegularExpressions;

namespace ShowTell.Benchmarks;

/// <summary>
/// Times the workloads and prints a line for each, with tabs between: workload, milliseconds of a step (median),
/// captions a second, GFLOP of a step.
/// </summary>
internal static class Steps
{
    public static void Run(Regex only, double seconds, string? data, string? models)
    {
        using CaptionSource? captions = data is null ? null : CaptionSource.Real(data);
        foreach ((string name, Func<Workload> create) in Workloads(captions, models))
        {
            if (only.IsMatch(name))
            {
                Report(create(), seconds);
            }
        }
    }

    private static IEnumerable<(string Name, Func<Workload> Create)> Workloads(CaptionSource? captions, string? models)
    {
        if (captions is null)
        {
            Console.Error.WriteLine("skipped: work on real captions (no --data FOLDER)");
        }
        else if (models is null)
        {
            Console.Error.WriteLine("skipped: decoding with trained models (no --models FOLDER)");
        }

        return
        [
            .. RandomWorkloads.All(),
            .. captions is null ? [] : RealWorkloads.Training(captions),
            .. captions is null || models is null ? [] : RealWorkloads.Decoding(captions, models),
        ];
    }

    private static void Report(Workload workload, double seconds)
    {
        double median = Timing.Median(workload.Step, seconds);
        Console.WriteLine(FormattableString.Invariant(
            $"{workload.Name}\t{median * 1e3:F3}\t{workload.Captions / median:F1}\t{workload.Operations / 1e9:F4}"));
    }
}
