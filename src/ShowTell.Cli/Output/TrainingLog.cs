using ShowTell.Reporting;

namespace ShowTell.Cli.Output;

/// <summary>
/// The log folder of a training run: <c>metrics.jsonl</c>, a line per iteration, written as it happens, and a plot,
/// redrawn after every epoch. If the log can no longer be written, it ends with a warning and training continues.
/// </summary>
internal sealed class TrainingLog : IDisposable
{
    private const string Suffix = "-log";

    private readonly string _plotName;
    private readonly Func<LinePlot> _plot;
    private readonly TextWriter _output;
    private readonly bool _isNewFolder;
    private StreamWriter? _metrics;
    private bool _hasFailed;

    /// <summary>Makes the folder; warnings go to the output.</summary>
    public TrainingLog(string folder, string plotName, Func<LinePlot> plot, TextWriter output)
    {
        (Folder, _plotName, _plot, _output) = (folder, plotName, plot, output);
        _isNewFolder = !Directory.Exists(folder);
        OutputPath.EnsureFolderWritable(folder);
    }

    public string Folder { get; }

    /// <summary>The default log folder of a model file: NAME-log beside NAME.safetensors.</summary>
    public static string FolderOf(string model) =>
        Path.Combine(Path.GetDirectoryName(model) ?? "", Path.GetFileNameWithoutExtension(model) + Suffix);

    /// <summary>The model file of a log folder.</summary>
    /// <exception cref="DataException">The folder is not a log, or its model is not beside it.</exception>
    public static string ModelOf(string folder)
    {
        if (!File.Exists(Path.Combine(folder, TrainingCurves.FileName)))
        {
            throw new DataException(
                $"{folder}: is a folder without {TrainingCurves.FileName}; a model file or the log folder of a "
                + "training run was expected.");
        }

        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string model = path.EndsWith(Suffix, StringComparison.Ordinal) ? $"{path[..^Suffix.Length]}.safetensors" : path;
        return File.Exists(model) ? model : throw new DataException(
            $"{folder}: its model is not beside it; {Path.GetFileName(model)} was expected there. Name the model file "
            + "instead, and the log folder with --log.");
    }

    /// <summary>Adds the line of an iteration, an object of its values; after an epoch, redraws the plot too.</summary>
    public void Report(object metrics, bool isEndOfEpoch)
    {
        // Opened here, so that a run that fails at its start leaves the previous log alone.
        _metrics ??= OpenMetrics();
        Attempt(() => Json.Print(_metrics, metrics));
        if (isEndOfEpoch)
        {
            DrawPlot();
        }
    }

    public void DrawPlot() => Attempt(() => _plot().Save(Path.Combine(Folder, _plotName)));

    public void Warn(string message) => _output.WriteLine($"warning: {message}");

    public void Dispose()
    {
        Attempt(() => _metrics?.Dispose());
        if (_metrics is null && _isNewFolder)
        {
            Directory.Delete(Folder);
        }
    }

    private void Attempt(Action write)
    {
        if (_hasFailed)
        {
            return;
        }

        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ShowTellException)
        {
            _hasFailed = true;
            Warn($"the log ends here: {error.Message}");
        }
    }

    /// <summary>Opens the file so that no second run can write to it.</summary>
    private StreamWriter OpenMetrics()
    {
        string path = Path.Combine(Folder, TrainingCurves.FileName);

        // On Unix only None keeps another writer out, and readers such as tail ignore it; on Windows they would not.
        FileShare share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;
        return new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, share)) { AutoFlush = true };
    }
}
