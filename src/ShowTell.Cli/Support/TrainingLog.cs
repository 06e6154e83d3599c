using System.Text.Json;
using ShowTell.Reporting;
using ShowTell.Training;

namespace ShowTell.Cli.Support;

/// <summary>
/// The log folder of a run: <c>metrics.jsonl</c>, a line an iteration, written as it happens, and <c>loss.svg</c>,
/// drawn anew after every epoch. Once it has begun, a log that cannot be written any more ends with a warning: it is
/// not worth the training.
/// </summary>
internal sealed class TrainingLog : IDisposable
{
    private readonly string _folder;
    private readonly CaptioningSolver _solver;
    private readonly List<(int Iteration, double Loss)> _validation = [];
    private readonly bool _isNewFolder;
    private readonly Action<string> _warn;
    private StreamWriter? _metrics;
    private bool _isAbandoned;

    public TrainingLog(string folder, CaptioningSolver solver, Action<string> warn)
    {
        (_folder, _solver, _isNewFolder, _warn) = (folder, solver, !Directory.Exists(folder), warn);
        OutputPath.RequireFolder(folder);
    }

    public void Report(TrainingProgress progress)
    {
        // Opened here, so that a run that cannot even begin leaves the last one's numbers alone.
        _metrics ??= OpenMetrics();
        if (progress.ValidationLoss is double loss)
        {
            _validation.Add((progress.Iteration, loss));
        }

        Attempt(() => WriteMetrics(progress));
        if (progress.ValidationLoss is not null)
        {
            DrawPlot();
        }
    }

    public void DrawPlot() => Attempt(() => Plot().Save(Path.Combine(_folder, "loss.svg")));

    /// <summary>The losses so far.</summary>
    public LinePlot Plot() => LinePlot.OfLosses(_solver.LossHistory, _validation, "Training loss history");

    public void Dispose()
    {
        Attempt(() => _metrics?.Dispose());
        if (_metrics is null && _isNewFolder)
        {
            Directory.Delete(_folder);
        }
    }

    private void Attempt(Action write)
    {
        if (_isAbandoned)
        {
            return;
        }

        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ShowTellException)
        {
            _isAbandoned = true;
            _warn($"the log ends here: {error.Message}");
        }
    }

    private void WriteMetrics(TrainingProgress progress) =>
        _metrics!.WriteLine(JsonSerializer.Serialize(
            new
            {
                progress.Iteration,
                progress.Epoch,
                progress.Loss,
                progress.ValidationLoss,
                progress.Score,
                progress.LearningRate,
                CaptionsPerSecond = Math.Round(progress.CaptionsPerSecond, 1),
                Seconds = Math.Round(progress.Elapsed.TotalSeconds, 3),
            },
            Json.Options));

    /// <summary>Opens the file so that no second run writes into it: both would spoil it.</summary>
    private StreamWriter OpenMetrics()
    {
        string path = Path.Combine(_folder, "metrics.jsonl");

        // On Unix only None keeps another writer out, and readers such as tail pay no heed to it;
        // on Windows they would.
        FileShare share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;
        return new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, share)) { AutoFlush = true };
    }
}
