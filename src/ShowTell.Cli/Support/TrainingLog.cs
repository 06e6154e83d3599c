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
    private readonly StreamWriter _metrics;
    private readonly string _plotPath;
    private readonly List<(int Iteration, double Loss)> _validation = [];

    public TrainingLog(string folder)
    {
        _plotPath = Path.Combine(folder, "loss.svg");
        try
        {
            Directory.CreateDirectory(folder);
            _metrics = new StreamWriter(Path.Combine(folder, "metrics.jsonl")) { AutoFlush = true };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ShowTellException($"{folder}: cannot be written: {error.Message}", error);
        }
    }

    /// <summary>Validation losses, each with the number of iterations done by then.</summary>
    public IReadOnlyList<(int Iteration, double Loss)> Validation => _validation;

    public void Report(TrainingProgress progress, CaptioningSolver solver)
    {
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
            DrawPlot(solver);
        }
    }

    /// <summary>Draws the losses so far.</summary>
    public void DrawPlot(CaptioningSolver solver) => Plot(solver).Save(_plotPath);

    public LinePlot Plot(CaptioningSolver solver) => LinePlot.OfLosses(solver.LossHistory, _validation, "Training loss history");

    public void Dispose() => _metrics.Dispose();
}
