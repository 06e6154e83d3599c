using System.Diagnostics;
using ShowTell.Datasets.Features;

namespace ShowTell.Cli.Output;

/// <summary>The command was interrupted, with more to say than that.</summary>
internal sealed class InterruptedException(string message, Exception innerException)
    : OperationCanceledException(message, innerException);

/// <summary>The extraction of features with its progress and its summary.</summary>
internal static class FeatureRun
{
    private const int ShownUnreadable = 10;

    /// <summary>Time between lines, where there is no progress bar.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    /// <summary>Extracts with a progress bar on a terminal and lines elsewhere, then prints a summary.</summary>
    /// <param name="console">Where both are written.</param>
    /// <param name="isSilent">Whether to write nothing.</param>
    /// <param name="extract">Extracts and reports its progress.</param>
    /// <returns>The summary, and the time taken in seconds.</returns>
    public static (FeatureExtractionSummary Summary, double Seconds) Extract(
        InvocationConfiguration console,
        bool isSilent,
        Func<Action<FeatureExtractionProgress>, FeatureExtractionSummary> extract)
    {
        TextWriter output = isSilent ? TextWriter.Null : console.Output;
        FeatureExtractionProgress last = default;
        var clock = Stopwatch.StartNew();
        TimeSpan nextLine = TimeSpan.Zero;
        try
        {
            FeatureExtractionSummary summary = Terminal.WatchText(output, "photos", tell => extract(progress =>
            {
                last = progress;
                TimeSpan now = clock.Elapsed;
                double share = (double)(progress.Done + progress.Unreadable) / Math.Max(1, progress.Total);
                tell?.Invoke(share, Describe(progress, now));
                if (tell is null && now >= nextLine)
                {
                    nextLine = now + s_interval;
                    output.WriteLine(Describe(progress, now));
                }
            }));
            double seconds = clock.Elapsed.TotalSeconds;
            if (!isSilent)
            {
                PrintUnreadable(console.Error, summary.Unreadable);
                Print(output, summary, seconds);
            }

            return (summary, seconds);
        }
        catch (OperationCanceledException error) when (last.Total > 0)
        {
            throw new InterruptedException(
                $"interrupted; run again to continue from {last.Done:N0} of {last.Total:N0} photos", error);
        }
    }

    private static void Print(TextWriter output, FeatureExtractionSummary summary, double seconds)
    {
        string grid = summary.Regions > 1 ? $" at each of {summary.Regions} regions" : "";
        string leftOut = summary.Unreadable.Count > 0 ? $"; {summary.Unreadable.Count:N0} left out" : "";
        output.WriteLine($"{summary.Photos:N0} photos, {summary.Features} features{grid}{leftOut}");
        output.WriteLine(summary.IsUpToDate
            ? "The features are up to date: nothing to compute."
            : $"{summary.Computed:N0} computed in {seconds:F1} s ({summary.Computed / seconds:F0} photos/s)");
        foreach (string file in summary.Files)
        {
            output.WriteLine($"features: {file}");
        }
    }

    private static void PrintUnreadable(TextWriter error, IReadOnlyList<UnreadablePhoto> photos)
    {
        foreach (UnreadablePhoto photo in photos.Take(ShownUnreadable))
        {
            error.WriteLine($"showtell: {Terminal.Plain($"left out {photo.File}: {photo.Reason}")}");
        }

        if (photos.Count > ShownUnreadable)
        {
            error.WriteLine($"showtell: left out {photos.Count:N0} photos in all; features --json lists them");
        }
    }

    /// <summary>Photos, photos per second and time left.</summary>
    private static string Describe(FeatureExtractionProgress progress, TimeSpan elapsed)
    {
        int seen = progress.Done - progress.Kept + progress.Unreadable;
        double rate = seen / Math.Max(elapsed.TotalSeconds, 1e-3);
        TimeSpan left = TimeSpan.FromSeconds((progress.Total - progress.Kept - seen) / Math.Max(rate, 1e-3));
        string unreadable = progress.Unreadable > 0 ? $", {progress.Unreadable:N0} unreadable" : "";
        string speed = seen > 0 ? $", {rate:F0}/s, {Terminal.Duration(left)} left" : "";
        return $"{progress.Done:N0} / {progress.Total:N0} photos{unreadable}{speed}";
    }
}
