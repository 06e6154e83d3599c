using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ShowTell.Data.Features;
using Spectre.Console;

namespace ShowTell.Cli.Support;

/// <summary>The extraction of features while a person watches, and what is said of it.</summary>
internal static class FeatureRun
{
    private const int ShownUnreadable = 10;

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
        try
        {
            if (isSilent || !Terminal.IsInteractive(output))
            {
                var lines = new FeatureProgressLines(isSilent ? TextWriter.Null : output);
                return extract(progress => lines.Show(last = progress));
            }

            return Terminal.For(output).Progress()
                .Columns(
                    new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(),
                    new PercentageColumn())
                .Start(context =>
                {
                    ProgressTask bar = context.AddTask("photos");
                    var clock = Stopwatch.StartNew();
                    return extract(progress =>
                    {
                        last = progress;
                        bar.MaxValue = Math.Max(1, progress.Total);
                        bar.Value = progress.Done + progress.Unreadable;
                        bar.Description = FeatureProgressLines.Describe(progress, clock.Elapsed);
                    });
                });
        }
        catch (OperationCanceledException error) when (last.Total > 0)
        {
            throw new InterruptedException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"interrupted; run again, it goes on from {last.Done:N0} of {last.Total:N0} photos"),
                error);
        }
    }

    /// <summary>Says what was made, and which photos were left out.</summary>
    public static void Print(InvocationConfiguration console, FeatureExtractionSummary summary, double seconds)
    {
        PrintUnreadable(console.Error, summary.Unreadable);
        TextWriter output = console.Output;
        string grid = summary.Places > 1 ? $" at each of {summary.Places} places" : "";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{summary.Photos:N0} photos, {summary.Features} features{grid}"));
        output.WriteLine(summary.IsUnchanged
            ? "The features stand already, made of the same photos in the same way: nothing to compute."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{summary.Computed:N0} computed in {seconds:F1} s ({summary.Computed / seconds:F0} photos/s)"));
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
            error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"showtell: left out {photos.Count:N0} photos that cannot be read; features --json lists them all"));
        }
    }
}
