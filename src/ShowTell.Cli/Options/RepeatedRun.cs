namespace ShowTell.Cli.Options;

/// <summary>The command line that repeats a run, from its record.</summary>
internal sealed class RepeatedRun
{
    private const string Out = "--out";

    private readonly RunRecord _record;
    private readonly string _folder;
    private readonly string[] _words;

    /// <summary>Reads the record of a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="DataException">It is no run's folder, the record is damaged, or the run cannot be repeated.
    /// </exception>
    public RepeatedRun(string folder)
    {
        _folder = folder;
        _record = RunRecord.Read(folder) ?? throw new DataException(
            $"{folder}: is not the log folder of a run: it has no {RunRecord.FileName}.");
        string? problem = _record.Command is not ("train" or "refine")
                ? $"is of showtell {_record.Command}; only runs of train and refine can be repeated"
            : _record.IsOfSeeds
                ? "holds the runs of several seeds: name the log folder of one of them, such as "
                    + Path.Combine(folder, $"seed{_record.Options?.GetValueOrDefault(ParsedOptions.SeedName)}-log")
            : _record.Inputs is null || _record.Environment is null
                ? "was begun by an earlier version, which did not record what repeating a run takes"
            : _record.WasChanged
                ? "was resumed with other options, captions or versions: no run without a break repeats it"
            : _record.ModelSha256 is null
                ? $"has not finished. Resume it first: showtell {_record.Command} --resume {Terminal.Quoted(folder)}"
            : null;
        if (problem is not null)
        {
            throw new DataException($"{folder}: {problem}.");
        }

        _words = [.. _record.Arguments.Select(word => ResumedRun.Moved(word, _record, folder))];
    }

    public RunRecord Record => _record;

    public RunInputs Inputs => _record.Inputs!;

    /// <summary>The run's model file.</summary>
    /// <exception cref="DataException">The record does not name it.</exception>
    public string Model => _words.FirstOrDefault(word => ResumedRun.IsOption(word, Out)) is string word
        ? word[(Out.Length + 1)..]
        : throw new DataException($"{Path.Combine(_folder, RunRecord.FileName)}: lacks the option {Out}.");

    /// <summary>The words of the command line.</summary>
    /// <param name="path">The model file to write.</param>
    /// <param name="dataset">The dataset; null for the recorded one.</param>
    /// <param name="original">The model to refine; null for the recorded one.</param>
    /// <exception cref="ShowTellException">The dataset or the model to refine is not there, or is another.</exception>
    public string[] Words(string path, string? dataset, string? original)
    {
        dataset ??= ResumedRun.Moved(Inputs.Dataset, _record, _folder);
        if (Path.IsPathRooted(dataset) && !Directory.Exists(dataset))
        {
            throw new DataException($"{dataset}: the run's dataset is not there. Name it with --dataset.");
        }

        return
        [
            _record.Command,
            .. _record.Command == "refine" ? [Original(original)] : Array.Empty<string>(),
            dataset,
            .. new PhotoFlags().OptionsOnceMade(_words).Where(word => !ResumedRun.IsOption(word, Out)),
            .. Inputs.Features is string features ? [$"--features={features}"] : Array.Empty<string>(),
            $"{Out}={Path.GetFullPath(path)}",
        ];
    }

    /// <summary>The model to refine.</summary>
    private string Original(string? original)
    {
        original ??= _words.FirstOrDefault() ?? "";
        if (!File.Exists(original))
        {
            throw new DataException($"{original}: the model that was refined is not there. Name it with --model.");
        }

        string hash = RunInputs.HashOf(original);
        return hash == Inputs.OriginalSha256 ? original : throw new IncompatibleException(
            $"{original}: is not the model that was refined: its SHA-256 is {hash}, that of the run's is "
            + $"{Inputs.OriginalSha256}. Name that model with --model.");
    }
}
