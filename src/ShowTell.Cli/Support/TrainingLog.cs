using ShowTell.Reporting;

namespace ShowTell.Cli.Support;

/// <summary>
/// The log folder of a run: <c>metrics.jsonl</c>, a line an iteration, written as it happens, and a plot, drawn anew
/// after every epoch. Once it has begun, a log that cannot be written any more ends with a warning: it is not worth the
/// training.
/// </summary>
internal sealed class TrainingLog : IDisposable
{
    private readonly string _folder;
    private readonly string _plotName;
    private readonly Func<LinePlot> _plot;
    private readonly bool _isNewFolder;
    private readonly Action<string> _warn;
    private StreamWriter? _metrics;
    private bool _isAbandoned;

    /// <summary>Makes the folder; warns when the log ends before the run.</summary>
    public TrainingLog(string folder, string plotName, Func<LinePlot> plot, Action<string> warn)
    {
        (_folder, _plotName, _plot, _warn) = (folder, plotName, plot, warn);
        _isNewFolder = !Directory.Exists(folder);
        OutputPath.RequireFolder(folder);
    }

    /// <summary>Adds the line of an iteration, an object of its values; draws the plot, too, after an epoch.</summary>
    public void Report(object metrics, bool isEndOfEpoch)
    {
        // Opened here, so that a run that cannot even begin leaves the last one's numbers alone.
        _metrics ??= OpenMetrics();
        Attempt(() => _metrics.WriteLine(JsonSerializer.Serialize(metrics, Json.Options)));
        if (isEndOfEpoch)
        {
            DrawPlot();
        }
    }

    public void DrawPlot() => Attempt(() => _plot().Save(Path.Combine(_folder, _plotName)));

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
