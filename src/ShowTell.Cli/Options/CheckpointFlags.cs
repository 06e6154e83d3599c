namespace ShowTell.Cli.Options;

/// <summary>The options of training that say how often its state is kept, and which run is resumed.</summary>
internal sealed class CheckpointFlags
{
    private readonly Option<string> _resume = NewOption.Path(
        ResumedRun.OptionName,
        "DIR",
        "Resume the interrupted run of this log folder, with its dataset and options; the result is the same as "
        + "without the break. --epochs, --patience and the options of checkpoints and printing may change.");

    private readonly Option<bool> _overwrite = NewOption.Flag(
        "--overwrite", "Replace the model and the log of an earlier run.");

    private readonly Option<string> _every = NewOption.Path(
        "--checkpoint-every",
        "TIME",
        "Write a checkpoint into the log folder every 5m, 90s, 1h, 20steps or 1epoch; also at the end, on "
        + "Ctrl-C and on SIGTERM. A time is stretched until writing takes at most 1% of it. [default: 5m]");

    private readonly Option<string> _log;
    private readonly Option<int> _seeds = NewOption.Positive(
        SeededRuns.OptionName,
        "Train N models that differ only in their seed: --seed and those after it. FILE becomes the best on "
        + "validation captions; all of them, with their logs, are in the log folder.",
        max: SeededRuns.Max);

    private readonly Option<int> _keep = NewOption.Positive("--keep-checkpoints", "Checkpoints that stay.", 2);

    /// <param name="plot">The plot in the log folder.</param>
    public CheckpointFlags(string plot)
    {
        _log = SharedOptions.Log(plot);
        _log.Excluding(_resume);
        _overwrite.Excluding(_resume);
        _every.Check(
            result => CheckpointInterval.Parse(result.Tokens[^1].Value) is not null,
            result => $"--checkpoint-every is \"{result.Tokens[^1].Value}\"; a number with s, m, h, steps or epochs "
                + "was expected, such as 5m, 20steps or 1epoch.");
    }

    public IEnumerable<Option> All => [_seeds, _log, _resume, _overwrite, _every, _keep];

    /// <summary>The number of seeds; null to train one model.</summary>
    public int? Seeds(ParseResult result) => result.Given(_seeds);

    /// <summary>The folder of a run: that of the resumed run, or the one that is named, or the model's.</summary>
    public string Folder(ParseResult result, string model) =>
        result.GetValue(_resume) ?? result.GetValue(_log) ?? TrainingLog.FolderOf(model);

    /// <summary>How the run treats its folder.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="preset">The preset's name; null for none.</param>
    /// <param name="repeats">The run that this one repeats; null for none.</param>
    /// <param name="seeds">The folder of several seeds, of which this run is one; null for none.</param>
    public RunOptions Read(
        ParseResult result, string? preset, RunRecord? repeats = null, RunFolder? seeds = null) => new()
    {
        Command = result.CommandResult.Command.Name,
        Arguments = ResumedRun.WordsOf(result),
        Options = ResumedRun.OptionsOf(result),
        Preset = repeats?.Preset ?? preset,
        Repeats = repeats,
        Seeds = seeds,
        Resumed = result.GetValue(_resume) is string folder ? RunRecord.Read(folder) : null,
        Overwrites = result.GetValue(_overwrite),
        Interval = result.GetValue(_every) is string every
            ? CheckpointInterval.Parse(every)!
            : CheckpointInterval.Default(),
        Kept = result.GetValue(_keep),
    };
}
