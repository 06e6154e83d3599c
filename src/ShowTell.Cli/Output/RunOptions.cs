namespace ShowTell.Cli.Output;

/// <summary>How a training run treats its folder.</summary>
internal sealed record RunOptions
{
    /// <summary>The command: train, refine or demo.</summary>
    public required string Command { get; init; }

    /// <summary>The arguments that the record keeps.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>All options with their values, defaults included.</summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary>The run that this one repeats on the same data; null for none.</summary>
    public RunRecord? Repeats { get; init; }

    /// <summary>The preset's name; null for none.</summary>
    public string? Preset { get; init; }

    /// <summary>The run to resume; null for a new one.</summary>
    public RunRecord? Resumed { get; init; }

    /// <summary>The folder of several seeds, of which this run is one; null for a run of its own.</summary>
    public RunFolder? Seeds { get; init; }

    /// <summary>Whether a new run may replace an older one.</summary>
    public bool Overwrites { get; init; }

    /// <summary>How often checkpoints are written.</summary>
    public CheckpointInterval Interval { get; init; } = CheckpointInterval.Default();

    /// <summary>The number of checkpoints that stay.</summary>
    public int Kept { get; init; } = 2;
}
