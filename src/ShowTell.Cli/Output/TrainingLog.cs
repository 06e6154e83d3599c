using ShowTell.Files;
using ShowTell.Reporting;

namespace ShowTell.Cli.Output;

/// <summary>
/// The log of a training run, in its folder: <c>metrics.jsonl</c>, a line per iteration, written as it happens, and a
/// plot, redrawn after every epoch. If the log can no longer be written, it ends with a warning and training continues.
/// </summary>
internal sealed class TrainingLog : IDisposable
{
    private const string Suffix = "-log";

    private readonly RunFolder _run;
    private readonly string _plotName;
    private readonly Func<LinePlot> _plot;
    private readonly TextWriter _output;
    private FileStream? _metrics;
    private bool _hasFailed;

    /// <summary>Writes nothing yet; warnings go to the output.</summary>
    public TrainingLog(RunFolder run, string plotName, Func<LinePlot> plot, TextWriter output) =>
        (_run, _plotName, _plot, _output) = (run, plotName, plot, output);

    private string MetricsPath => Path.Combine(_run.Path, TrainingCurves.FileName);

    /// <summary>The default log folder of a model file: NAME-log beside NAME.safetensors.</summary>
    public static string FolderOf(string model) =>
        Path.Join(Path.GetDirectoryName(model), Path.GetFileNameWithoutExtension(model) + Suffix);

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
        Attempt(() => (_metrics ??= OpenMetrics()).Write(Encoding.UTF8.GetBytes(Json.Of(metrics) + "\n")));
        if (isEndOfEpoch)
        {
            DrawPlot();
        }
    }

    public void DrawPlot() => Attempt(() => _plot().Save(Path.Combine(_run.Path, _plotName)));

    public void Warn(string message) => _output.WriteLine($"warning: {message}");

    /// <summary>Resumes the run, if it is to be, from its newest checkpoint, or from its beginning if it has none, and
    /// drops the lines after that.</summary>
    /// <param name="resume">Reads a checkpoint.</param>
    /// <param name="iterationsDone">The number of iterations, once it is read.</param>
    /// <param name="iterations">The number of iterations of the whole run.</param>
    public void Resume(Action<string> resume, Func<int> iterationsDone, int iterations)
    {
        if (_run.IsResumed)
        {
            bool hasCheckpoint = _run.Resume(resume);
            CutAfter(iterationsDone());
            _output.WriteLine(hasCheckpoint
                ? $"run:   resumed after {iterationsDone():N0} of {iterations:N0} iterations, from "
                    + _run.LastCheckpoint
                : "run:   begins again: it ended before its first checkpoint");
        }
    }

    /// <summary>Writes a checkpoint if one is due after an iteration; first the log, so that no checkpoint has more
    /// iterations than it.</summary>
    public void SaveCheckpoint(
        Action<string> write, int iteration, int epoch = 0, bool isEndOfEpoch = false, bool isLast = false) =>
        _run.Save(
            path =>
            {
                Attempt(() => _metrics?.Flush(flushToDisk: true));
                write(path);
            },
            iteration,
            epoch,
            isEndOfEpoch,
            isLast);

    public void Dispose() => Attempt(() => _metrics?.Dispose());

    /// <summary>Drops the lines after an iteration, and what a crash left half written.</summary>
    private void CutAfter(int iteration) => Attempt(() =>
    {
        if (File.Exists(MetricsPath))
        {
            IEnumerable<string> lines = File.ReadLines(MetricsPath).TakeWhile(line => IterationOf(line) <= iteration);
            AtomicFile.WriteText(MetricsPath, string.Concat(lines.Select(line => line + "\n")));
        }
    });

    private static int IterationOf(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("iteration").GetInt32();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return int.MaxValue;
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

    private FileStream OpenMetrics() => new(
        MetricsPath,
        _run.IsResumed ? FileMode.Append : FileMode.Create,
        FileAccess.Write,
        FileShare.Read,
        bufferSize: 1);
}
