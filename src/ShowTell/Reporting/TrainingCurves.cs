using System.Text.Json.Serialization;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>The losses and scores of a training run, from the <c>metrics.jsonl</c> of its log folder.</summary>
public sealed partial class TrainingCurves
{
    /// <summary>The file's name in the log folder.</summary>
    public const string FileName = "metrics.jsonl";

    // Three centuries.
    private const double MaxSeconds = 1e10;

    private static readonly LineJson s_json = new(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    private readonly List<Line> _lines;
    private readonly double _iterationsPerEpoch;

    private TrainingCurves(List<Line> lines)
    {
        _lines = lines;

        // Known once a second epoch has begun.
        int last = lines[^1].Epoch;
        _iterationsPerEpoch = last > Math.Max(lines[0].Epoch, 1)
            ? (double)lines.Last(line => line.Epoch < last).Iteration / (last - 1)
            : 0;
    }

    /// <summary>The number of iterations.</summary>
    public int Iterations => _lines[^1].Iteration;

    /// <summary>The last epoch.</summary>
    public int Epochs => _lines[^1].Epoch;

    /// <summary>The duration; null if unknown.</summary>
    public TimeSpan? Duration => _lines.LastOrDefault(line => line.Seconds is not null)?.Seconds is double seconds
        ? TimeSpan.FromSeconds(seconds)
        : null;

    /// <summary>The validation loss after each epoch; empty if not measured.</summary>
    public IReadOnlyList<double> ValidationLosses =>
        [.. _lines.Select(line => line.ValidationLoss).OfType<double>()];

    /// <summary>Reads a log.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The curves; null if the file does not exist or is empty.</returns>
    /// <exception cref="DataException">The file cannot be read, or a line is invalid.</exception>
    public static TrainingCurves? Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            return null;
        }

        var lines = new List<Line>();
        try
        {
            // Another process may still be writing the file.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            for (int number = 1; reader.ReadLine() is string text; number++)
            {
                if (text.Length > 0)
                {
                    lines.Add(Parse(path, number, text, lines.Count == 0 ? 0 : lines[^1].Iteration));
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }

        return lines.Count == 0 ? null : new TrainingCurves(lines);
    }

    /// <summary>A plot of losses and one of rewards and scores, each only if it has values.</summary>
    public IReadOnlyList<LinePlot> Plots()
    {
        LinePlot losses = Plot(
            "Loss per caption",
            "loss",
            Series("training", line => line.Loss, SeriesStyle.Smoothed),
            Series("validation", line => line.ValidationLoss, SeriesStyle.Dots));
        LinePlot scores = Plot(
            "CIDEr-D of captions",
            "CIDEr-D",
            Series("training (sampled captions)", line => line.Reward, SeriesStyle.Smoothed),
            Series("validation", line => line.Score, SeriesStyle.Dots));
        LinePlot[] plots = [losses with { Limit = LossLimit() }, scores];
        return [.. plots.Where(plot => plot.Series.Count > 0)];
    }

    /// <summary>Cuts off the first 2% of losses, which are high and would flatten the rest of the curve.</summary>
    private double? LossLimit()
    {
        double[] losses = [.. _lines.Select(line => line.Loss).OfType<double>().Order()];
        return losses.Length < 100
            ? null
            : 1.1 * Math.Max(
                losses[losses.Length * 98 / 100], _lines.Max(line => line.ValidationLoss) ?? double.NegativeInfinity);
    }

    private LinePlot Plot(string title, string yLabel, params PlotSeries[] series) => new()
    {
        Title = title,
        XLabel = _iterationsPerEpoch > 0 ? "epoch" : "iteration",
        YLabel = yLabel,
        Series = [.. series.Where(one => one.Points.Count > 0)],
    };

    private PlotSeries Series(string name, Func<Line, double?> valueOf, SeriesStyle style)
    {
        double unit = _iterationsPerEpoch > 0 ? _iterationsPerEpoch : 1;
        IEnumerable<(double, double)> points =
            from line in _lines
            let value = valueOf(line)
            where value is not null
            select (line.Iteration / unit, value.Value);
        return new PlotSeries(name, [.. points], style);
    }

    private static Line Parse(string path, int number, string text, int before)
    {
        string problem;
        try
        {
            Line? line = JsonSerializer.Deserialize(text, s_json.Line);
            if (line is not null && line.Iteration >= before && line.Epoch >= 0
                && line.Seconds is null or (>= 0 and < MaxSeconds))
            {
                return line;
            }

            problem = "the iteration, epoch or time is out of order";
        }
        catch (JsonException error)
        {
            problem = error.Message.Split(" Path:")[0].TrimEnd('.');
        }

        throw new DataException(
            Invariant($"{path}, line {number}: is not a line of a training log ({problem}); expected an object like ")
            + """{"iteration":1,"epoch":1,"loss":9.2}. Delete the line or the file.""");
    }

    /// <summary>A line of the file; other properties are ignored.</summary>
    private sealed record Line(
        [property: JsonRequired] int Iteration,
        [property: JsonRequired] int Epoch,
        double? Loss = null,
        double? ValidationLoss = null,
        double? Reward = null,
        double? Score = null,
        double? Seconds = null);

    [JsonSerializable(typeof(Line))]
    private sealed partial class LineJson : JsonSerializerContext;
}
