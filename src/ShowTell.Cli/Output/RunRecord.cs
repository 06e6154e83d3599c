using System.Text.Json.Serialization;
using ShowTell.Files;

namespace ShowTell.Cli.Output;

/// <summary>
/// What started a training run: <c>run.json</c> in its folder. With it, the run can be resumed and repeated, and its
/// log is told from that of another run. What only repeating needs is null in records of earlier versions.
/// </summary>
internal sealed record RunRecord
{
    public const string FileName = "run.json";

    private static readonly JsonSerializerOptions s_reading = new(Json.Options) { RespectNullableAnnotations = true };

    /// <summary>The run's fingerprint, which its model has too; empty before the run has begun.</summary>
    public string Id { get; init; } = "";

    /// <summary>The command: train or refine.</summary>
    public required string Command { get; init; }

    /// <summary>The command's arguments and options, those of the preset included, with full paths.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The run's folder when it was written: paths beside it move with it.</summary>
    public string? Folder { get; init; }

    /// <summary>The preset's name; null for none.</summary>
    public string? Preset { get; init; }

    /// <summary>The epochs with which the run began: other defaults follow from them.</summary>
    public int? Epochs { get; init; }

    /// <summary>When the run began, in UTC.</summary>
    public DateTime Started { get; init; }

    /// <summary>The values of all options, defaults included.</summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary>The data that the run reads.</summary>
    public RunInputs? Inputs { get; init; }

    /// <summary>The versions and the processor that the run was computed with.</summary>
    public RunEnvironment? Environment { get; init; }

    /// <summary>Whether the run was resumed with other epochs, references, versions or on another machine, so that a
    /// run without a break is another one.</summary>
    public bool WasChanged { get; init; }

    /// <summary>The SHA-256 of the model file; null if the run has not finished. Of several seeds, that of the file to
    /// replace at the end.</summary>
    public string? ModelSha256 { get; init; }

    /// <summary>The epoch of the weights in the finished model; 0 for those of the model that was refined.</summary>
    public int? KeptEpoch { get; init; }

    /// <summary>The validation loss of that epoch; null if not measured.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The CIDEr-D by which that epoch was chosen; null if it was chosen otherwise.</summary>
    public double? Score { get; init; }

    /// <summary>Whether it is the record of several seeds, each of which has a run of its own.</summary>
    [JsonIgnore]
    public bool IsOfSeeds => Arguments.Any(word => ResumedRun.IsOption(word, SeededRuns.OptionName));

    /// <summary>The arguments that say for how long to train.</summary>
    [JsonIgnore]
    public IEnumerable<string> Schedule => ScheduleOf(Arguments);

    /// <summary>Those of some arguments that say for how long to train.</summary>
    public static IEnumerable<string> ScheduleOf(IEnumerable<string> arguments) => 
        arguments.Where(word => ResumedRun.IsOption(word, "--epochs") || ResumedRun.IsOption(word, "--patience"));

    /// <summary>Reads the record of a run folder; null if it has none.</summary>
    /// <exception cref="DataException">The record is damaged.</exception>
    public static RunRecord? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? Valid(JsonSerializer.Deserialize<RunRecord>(File.ReadAllBytes(path), s_reading))
                : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: is not an intact record of a training run: {error.Message}", error);
        }
    }

    /// <exception cref="JsonException">A text is missing, or cannot be a word of a command line; or the folder is no
    /// full path.</exception>
    private static RunRecord Valid(RunRecord? record)
    {
        string?[] texts =
            [record?.Command, .. record?.Arguments ?? [null!], record?.Folder ?? "/", .. record?.Inputs?.Texts ?? []];
        return record?.Id is null || texts.Any(text => text is null || text.Any(char.IsControl))
            || !Path.IsPathRooted(record.Folder ?? "/")
            ? throw new JsonException("a part of it is missing or no text.")
            : record;
    }

    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), Json.Of(this) + "\n");
}
