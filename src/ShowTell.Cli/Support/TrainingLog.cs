using System.Text.Json;
using ShowTell.Reporting;
using ShowTell.Training;

namespace ShowTell.Cli.Support;

/// <summary>
/// The log folder of a run: <c>metrics.jsonl</c>, a line an iteration, written as it happens, and <c>loss.svg</c>, drawn
/// anew after every epoch.
/// </summary>
internal sealed class TrainingLog : IDisposable
{
    private readonly string _folder;
    private readonly CaptioningSolver _solver;
    private readonly List<(int Iteration, double Loss)> _validation = [];
    private readonly bool _isNewFolder;
    private StreamWriter? _metrics;

    public TrainingLog(string folder, CaptioningSolver solver)
    {
        (_folder, _solver, _isNewFolder) = (folder, solver, !Directory.Exists(folder));
        OutputPath.RequireFolder(folder);
    }

    public void Report(TrainingProgress progress)
    {
        // Opened here, so that a run that cannot even begin leaves the last one's numbers alone.
        _metrics ??= OpenMetrics();
        _metrics.WriteLine(JsonSerializer.Serialize(
            new
            {
                progress.Iteration,
                progress.Epoch,
                progress.Loss,
                progress.ValidationLoss,
                progress.LearningRate,
                CaptionsPerSecond = Math.Round(progress.CaptionsPerSecond, 1),
                Seconds = Math.Round(progress.Elapsed.TotalSeconds, 3),
            },
            Json.Options));
        if (progress.ValidationLoss is double loss)
        {
            _validation.Add((progress.Iteration, loss));
            DrawPlot();
        }
    }

    public void DrawPlot() => Plot().Save(Path.Combine(_folder, "loss.svg"));

    /// <summary>The losses so far.</summary>
    public LinePlot Plot() => LinePlot.OfLosses(_solver.LossHistory, _validation, "Training loss history");

    public void Dispose()
    {
        _metrics?.Dispose();
        if (_metrics is null && _isNewFolder)
        {
            Directory.Delete(_folder);
        }
    }

    /// <summary>Opens the file so that no second run writes into it: both would spoil it.</summary>
    private StreamWriter OpenMetrics()
    {
        string path = Path.Combine(_folder, "metrics.jsonl");

        // On Unix only None keeps another writer out, and readers such as tail pay no heed to it; on Windows they would.
        FileShare share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;
        return new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, share)) { AutoFlush = true };
    }
}
