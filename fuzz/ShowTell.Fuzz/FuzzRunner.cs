using System.Diagnostics;

namespace ShowTell.Fuzz;

/// <summary>What a run of mutations found.</summary>
/// <param name="Accepted">Inputs that the parser took.</param>
/// <param name="Rejected">Inputs that it refused as it should.</param>
/// <param name="MaxMilliseconds">The maximum time of one input.</param>
/// <param name="MaxBytes">The maximum memory that one input allocated, garbage included.</param>
/// <param name="Findings">What should not have happened.</param>
internal sealed record FuzzResult(
    int Accepted, int Rejected, double MaxMilliseconds, long MaxBytes, IReadOnlyList<FuzzFinding> Findings);

/// <summary>An input that a parser must not react to as it did.</summary>
internal sealed record FuzzFinding(string Problem, byte[] Input);

/// <summary>Runs a target on many inputs, and judges each run.</summary>
internal static class FuzzRunner
{
    public const long MaxBytes = 512L << 20;

    private const int MaxFindings = 20;

    /// <summary>Whether nothing else runs in the process, so that the memory of all threads counts.</summary>
    public static bool IsAlone { get; set; }

    /// <summary>Runs the mutations of a seed.</summary>
    /// <param name="target">The parser.</param>
    /// <param name="seed">The random seed.</param>
    /// <param name="count">The number of mutations.</param>
    /// <param name="before">Is told each input before it runs: one may take the process with it.</param>
    public static FuzzResult Mutate(FuzzTarget target, int seed, int count, Action<int, byte[]>? before = null)
    {
        IReadOnlyList<byte[]> seeds = target.Seeds();
        var mutator = new Mutator(target, seeds);
        var findings = new Dictionary<string, FuzzFinding>();
        int accepted = 0, rejected = 0;
        double maxSeconds = 0;
        long maxBytes = 0;
        foreach (byte[] input in seeds)
        {
            Judge(target, target.Wrap is null ? input : target.Wrap(input), findings);
        }

        for (int i = 0; i < count && findings.Count < MaxFindings; i++)
        {
            byte[] input = mutator.Make(seed, i);
            before?.Invoke(i, input);
            (bool isAccepted, double seconds, long bytes) = Judge(target, input, findings);
            _ = isAccepted ? accepted++ : rejected++;
            maxSeconds = Math.Max(maxSeconds, seconds);
            maxBytes = Math.Max(maxBytes, bytes);
        }

        return new FuzzResult(accepted, rejected, 1000 * maxSeconds, maxBytes, [.. findings.Values]);
    }

    /// <summary>Runs one input; null if nothing is wrong.</summary>
    public static FuzzFinding? Check(FuzzTarget target, byte[] input)
    {
        var findings = new Dictionary<string, FuzzFinding>();
        Judge(target, input, findings);
        return findings.Values.FirstOrDefault();
    }

    /// <summary>What a parser says about a file.</summary>
    public static string Describe(FuzzTarget target, string file) =>
        Measure(target, File.ReadAllBytes(file)).Error?.Message ?? "accepted";

    private static (bool IsAccepted, double Seconds, long Bytes) Judge(
        FuzzTarget target, byte[] input, Dictionary<string, FuzzFinding> findings)
    {
        (Exception? error, double seconds, long bytes) = Measure(target, input);
        for (int again = 0; again < 3 && seconds > target.MaxSeconds; again++)
        {
            // Another process may have had the processor.
            seconds = Math.Min(seconds, Measure(target, input).Seconds);
        }

        string? problem = error is not (null or ShowTellException) ? $"{error.GetType().Name} at {PlaceOf(error)}"
            : error is not null && !IsOneLine(error.Message) ? $"a message of several lines at {PlaceOf(error)}"
            : seconds > target.MaxSeconds ? "took too long"
            : bytes > MaxBytes ? "took too much memory"
            : null;
        if (problem is not null)
        {
            string text = $"{problem}: {error?.Message} ({seconds:F3} s, {bytes >> 20} MB)";
            findings.TryAdd(problem, new FuzzFinding(text, input));
        }

        return (error is null, seconds, bytes);
    }

    private static (Exception? Error, double Seconds, long Bytes) Measure(FuzzTarget target, byte[] input)
    {
        long bytes = Allocated(), start = Stopwatch.GetTimestamp();
        Exception? thrown = null;
        try
        {
            target.Run(input);
        }
        catch (Exception error)
        {
            thrown = error;
        }

        return (thrown, Stopwatch.GetElapsedTime(start).TotalSeconds, Allocated() - bytes);
    }

    private static long Allocated() =>
        IsAlone ? GC.GetTotalAllocatedBytes() : GC.GetAllocatedBytesForCurrentThread();

    private static bool IsOneLine(string message) => message.AsSpan().IndexOfAny('\n', '\r') < 0;

    // One of each place is enough.
    private static string PlaceOf(Exception error) =>
        new StackTrace(error, true).GetFrames()
            .FirstOrDefault(frame => frame.GetMethod()?.DeclaringType?.FullName?.StartsWith(
                "ShowTell", StringComparison.Ordinal) == true) is StackFrame frame
            ? $"{frame.GetMethod()!.DeclaringType!.Name}.{frame.GetMethod()!.Name}"
            : "?";
}
