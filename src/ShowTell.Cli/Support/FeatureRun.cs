using System.Diagnostics;
using ShowTell.Datasets.Features;

namespace ShowTell.Cli.Support;

/// <summary>The command was interrupted, and there is more to say about it.</summary>
internal sealed class InterruptedException(string message, Exception innerException)
    : OperationCanceledException(message, innerException);

/// <summary>The extraction of features while a person watches, and what is said of it.</summary>
internal static class FeatureRun
{
    private const int ShownUnreadable = 10;

    /// <summary>From line to line, where there is no progress bar.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    /// <summary>Extracts with a progress bar on a terminal and lines elsewhere.</summary>
    /// <param name="output">Where a person watches.</param>
    /// <param name="isSilent">Whether nothing is said.</param>
    /// <param name="extract">Extracts, and tells how far it is.</param>
    public static FeatureExtractionSummary Watch(
        TextWriter output,
        bool isSilent,
        Func<Action<FeatureExtractionProgress>, FeatureExtractionSummary> extract)
    {
        FeatureExtractionProgress last = default;
        var clock = Stopwatch.StartNew();
        TimeSpan nextLine = TimeSpan.Zero;
        try
        {
            return Terminal.WatchText(isSilent ? TextWriter.Null : output, "photos", tell => extract(progress =>
            {
                last = progress;
                TimeSpan now = clock.Elapsed;
                double share = (double)(progress.Done + progress.Unreadable) / Math.Max(1, progress.Total);
                tell?.Invoke(share, Describe(progress, now));
                if (tell is null && !isSilent && now >= nextLine)
                {
                    nextLine = now + s_interval;
                    output.WriteLine(Describe(progress, now));
                }
            }));
        }
        catch (OperationCanceledException error) when (last.Total > 0)
        {
            throw new InterruptedException(
                $"interrupted; run again, it goes on from {last.Done:N0} of {last.Total:N0} photos", error);
        }
    }

    /// <summary>Says what was made, and which photos were left out.</summary>
    public static void Print(InvocationConfiguration console, FeatureExtractionSummary summary, double seconds)
    {
        PrintUnreadable(console.Error, summary.Unreadable);
        TextWriter output = console.Output;
        string grid = summary.Regions > 1 ? $" at each of {summary.Regions} places" : "";
        output.WriteLine($"{summary.Photos:N0} photos, {summary.Features} features{grid}");
        output.WriteLine(summary.IsUpToDate
            ? "The features stand already, made of the same photos in the same way: nothing to compute."
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
            error.WriteLine(
                $"showtell: left out {photos.Count:N0} photos that cannot be read; features --json lists them all");
        }
    }
    /// <summary>Photos, photos a second and time left.</summary>
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
