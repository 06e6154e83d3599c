using ShowTell.Files;

namespace ShowTell.Cli.Output;
/// <summary>
/// What started a training run: <c>run.json</c> in its folder. With it, the run can be resumed, and its log is told
/// from that of another run.
/// </summary>
internal sealed record RunRecord
{
    public const string FileName = "run.json";

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

    /// <summary>Reads the record of a run folder; null if it has none.</summary>
    /// <exception cref="DataException">The record is damaged.</exception>
    public static RunRecord? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            RunRecord? record = JsonSerializer.Deserialize<RunRecord>(File.ReadAllBytes(path), Json.Options);
            return record is { Id: not null, Command: not null, Arguments: not null }
                && record.Arguments.All(IsText)
                && (record.Folder is null || (IsText(record.Folder) && Path.IsPathRooted(record.Folder)))
                ? record
                : throw new JsonException("a part of it is missing or no text");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: is not an intact record of a training run: {error.Message}", error);
        }
    }

    private static bool IsText(string? value) => value?.Contains('\0', StringComparison.Ordinal) == false;

    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), Json.Of(this) + "\n");
}
