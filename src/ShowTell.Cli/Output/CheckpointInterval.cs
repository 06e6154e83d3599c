using System.Diagnostics;

namespace ShowTell.Cli.Output;

/// <summary>How often checkpoints are written: every N minutes, steps or epochs.</summary>
internal sealed class CheckpointInterval
{
    /// <summary>An interval by time is stretched until writing takes at most this share of it.</summary>
    private const double MaxShare = 0.01;

    private static readonly Dictionary<string, string> s_units = new(StringComparer.Ordinal)
    {
        ["s"] = "s", ["m"] = "m", ["h"] = "h", ["step"] = "steps", ["steps"] = "steps", ["epoch"] = "epochs",
        ["epochs"] = "epochs",
    };

    private readonly int _count;
    private readonly string _unit;
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private TimeSpan _shortest;

    private CheckpointInterval(int count, string unit) => (_count, _unit) = (count, unit);

    /// <summary>Every five minutes.</summary>
    public static CheckpointInterval Default() => new(5, "m");

    /// <summary>Reads <c>5m</c>, <c>90s</c>, <c>1h</c>, <c>20steps</c> or <c>1epoch</c>; null for anything else.
    /// </summary>
    public static CheckpointInterval? Parse(string text)
    {
        string number = string.Concat(text.TakeWhile(char.IsAsciiDigit));
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            && s_units.TryGetValue(text[number.Length..].Trim(), out string? unit)
            ? new CheckpointInterval(count, unit)
            : null;
    }

    /// <summary>Whether a checkpoint is due after an iteration.</summary>
    public bool IsDue(int iteration, int epoch, bool isEndOfEpoch) => _unit switch
    {
        "steps" => iteration % _count == 0,
        "epochs" => isEndOfEpoch && epoch % _count == 0,
        _ => _sinceLast.Elapsed >= _shortest
            && _sinceLast.Elapsed >= TimeSpan.FromSeconds(_count * (_unit == "s" ? 1.0 : _unit == "m" ? 60 : 3600)),
    };

    /// <summary>Notes how long a checkpoint took.</summary>
    public void Written(TimeSpan time)
    {
        _shortest = time / MaxShare;
        _sinceLast.Restart();
    }
}
