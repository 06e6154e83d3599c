using System.Diagnostics;
using System.Globalization;
using ShowTell.Data.Features;

namespace ShowTell.Cli.Support;

/// <summary>Says now and then how far the features of photos are, where there is no progress bar.</summary>
internal sealed class FeatureProgressLines(TextWriter output)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan? _last;

    /// <summary>Photos, photos a second and time left.</summary>
    public static string Describe(FeatureExtractionProgress progress, TimeSpan elapsed)
    {
        int seen = progress.Done - progress.Kept + progress.Unreadable;
        double rate = seen / Math.Max(elapsed.TotalSeconds, 1e-3);
        TimeSpan left = TimeSpan.FromSeconds((progress.Total - progress.Kept - seen) / Math.Max(rate, 1e-3));
        string unreadable = progress.Unreadable > 0
            ? string.Create(CultureInfo.InvariantCulture, $", {progress.Unreadable:N0} unreadable")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"{progress.Done:N0} / {progress.Total:N0} photos{unreadable}")
            + (seen > 0
                ? string.Create(CultureInfo.InvariantCulture, $", {rate:F0}/s, {Terminal.Duration(left)} left")
                : "");
    }

    public void Show(FeatureExtractionProgress progress)
    {
        TimeSpan now = _clock.Elapsed;
        if (_last is null || now - _last >= s_interval)
        {
            _last = now;
            output.WriteLine(Describe(progress, now));
        }
    }
}
