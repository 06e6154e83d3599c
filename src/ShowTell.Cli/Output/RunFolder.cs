using System.Diagnostics;
using ShowTell.Files;
using ShowTell.Reporting;

namespace ShowTell.Cli.Output;

/// <summary>
/// The folder of a training run: the record of the run, its checkpoints, its log. One process at a time writes there,
/// and no run replaces another unasked.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private const string CheckpointPrefix = "checkpoint-";

    private readonly RunOptions _options;
    private readonly TextWriter _output;
    private readonly bool _isNew;
    private readonly RunLock _lock;
    private readonly RunLock _modelLock;
    private readonly string _model;

    /// <summary>Makes and locks the folder. Nothing in it changes before <see cref="Begin"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="model">The model file of the run.</param>
    /// <param name="options">How to treat what is there.</param>
    /// <param name="output">Where warnings go.</param>
    /// <exception cref="ShowTellException">An earlier run is there, another process writes there, or the folder cannot
    /// be written.</exception>
    public RunFolder(string folder, string model, RunOptions options, TextWriter output)
    {
        (Path, _model, _options, _output) = (folder, model, options, output);
        _isNew = !Directory.Exists(folder);
        OutputPath.EnsureFilesWritable(model);
        _modelLock = RunLock.Take($"{model}.lock");
        try
        {
            EnsureFree(model);
            OutputPath.EnsureFolderWritable(folder);
            _lock = RunLock.Take(System.IO.Path.Combine(folder, "run.lock"));
        }
        catch
        {
            _modelLock.Dispose();
            throw;
        }

        Record = options.Resumed is RunRecord resumed
            ? resumed with { Arguments = options.Arguments }
            : new RunRecord
            {
                Command = options.Command,
                Arguments = options.Arguments,
                Options = options.Options,
                Preset = options.Preset,
                Started = DateTime.UtcNow,
            };
    }

    public string Path { get; }

    /// <summary>The record of this run.</summary>
    public RunRecord Record { get; private set; }

    /// <summary>Whether an earlier run is resumed.</summary>
    public bool IsResumed => _options.Resumed is not null;

    /// <summary>Whether the run has begun, so that its folder stays.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The checkpoint that was written or read last; null for none.</summary>
    public string? LastCheckpoint { get; private set; }

    /// <summary>The checkpoints of a run folder, the newest first.</summary>
    public static string[] CheckpointsIn(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFiles(folder, $"{CheckpointPrefix}*.safetensors")
            .OrderDescending(StringComparer.Ordinal),
    ];

    /// <summary>Ensures, if an earlier run is repeated, that it is repeated on the same data.</summary>
    /// <exception cref="IncompatibleException">They differ.</exception>
    public void EnsureSameData(RunInputs? inputs)
    {
        if (_options.Repeats is { Inputs: RunInputs recorded, Environment: RunEnvironment environment })
        {
            inputs?.EnsureSameData(recorded, environment);
        }
    }

    /// <summary>Begins the run, after its first iteration: only now the run that it replaces is deleted.</summary>
    /// <param name="id">The run's fingerprint.</param>
    /// <param name="epochs">The epochs to train.</param>
    /// <param name="inputs">What the run reads; null if it is not recorded.</param>
    public void Begin(string id, int epochs, RunInputs? inputs)
    {
        if (HasBegun)
        {
            return;
        }

        HasBegun = true;
        _options.Seeds?.BeginSeeds();
        var environment = RunEnvironment.Current();
        if (!IsResumed)
        {
            Array.ForEach(CheckpointsIn(Path), File.Delete);
        }

        Record = Record with
        {
            Id = IsResumed ? Record.Id : id,
            Epochs = Record.Epochs ?? epochs,
            Folder = FullPath,
            WasChanged = _options.Resumed is RunRecord before
                && (before.WasChanged
                    || before.Environment != environment
                    || before.Inputs?.References != inputs?.References
                    || !before.Schedule.SequenceEqual(Record.Schedule)),
            Inputs = inputs,
            Environment = environment,
            ModelSha256 = null,
            KeptEpoch = null,
            ValidationLoss = null,
            Score = null,
        };
        Record.Save(Path);
    }

    /// <summary>Begins the runs of several seeds, whose folders are in this one.</summary>
    public void BeginSeeds()
    {
        if (HasBegun)
        {
            return;
        }

        HasBegun = true;
        if (!IsResumed)
        {
            Array.ForEach(CheckpointsIn(Path), File.Delete);
            File.Delete(System.IO.Path.Combine(Path, TrainingCurves.FileName));
            Record = Record with { ModelSha256 = File.Exists(_model) ? RunInputs.HashOf(_model) : null };
        }

        Record = Record with { Folder = FullPath };
        Record.Save(Path);
    }

    /// <summary>Copies the best model of several seeds to the model file.</summary>
    public void FinishSeeds(string best)
    {
        BeginSeeds();
        Record = Record with { ModelSha256 = RunInputs.HashOf(best) };
        Record.Save(Path);
        AtomicFile.WriteBeside(_model, path => File.Copy(best, path, overwrite: true));
    }

    /// <summary>Records the model file of the run, which has finished; if that cannot be written, a warning says
    /// so.</summary>
    /// <param name="epoch">The epoch of its weights.</param>
    /// <param name="loss">The validation loss of that epoch; null if not measured.</param>
    /// <param name="score">The CIDEr-D by which that epoch was chosen; null if it was chosen otherwise.</param>
    public void Finish(int epoch, double? loss, double? score)
    {
        if (Record.Inputs is null)
        {
            return;
        }

        try
        {
            Record = Record with
            {
                ModelSha256 = RunInputs.HashOf(_model),
                KeptEpoch = epoch,
                ValidationLoss = loss,
                Score = score,
            };
            Record.Save(Path);
        }
        catch (Exception error) when (error is ShowTellException or IOException or UnauthorizedAccessException)
        {
            _output.WriteLine($"warning: the run cannot be repeated: {error.Message}");
        }
    }

    /// <summary>Resumes from the newest checkpoint that is intact.</summary>
    /// <param name="read">Reads a checkpoint.</param>
    /// <returns>False if the run ended before its first checkpoint.</returns>
    /// <exception cref="ModelFileException">No checkpoint is intact.</exception>
    /// <exception cref="IncompatibleException">The dataset or an option is another.</exception>
    public bool Resume(Action<string> read)
    {
        ModelFileException? first = null;
        foreach (string checkpoint in CheckpointsIn(Path))
        {
            try
            {
                read(checkpoint);
                LastCheckpoint = checkpoint;
                return true;
            }
            catch (ModelFileException error)
            {
                first ??= error;
                _output.WriteLine($"warning: {error.Message}");
            }
        }

        return first is null ? false : throw first;
    }

    /// <summary>Writes a checkpoint after an iteration if one is due, or if it is the last one. If it cannot be
    /// written, a warning says so.</summary>
    public void Save(Action<string> write, int iteration, int epoch, bool isEndOfEpoch, bool isLast)
    {
        string path = System.IO.Path.Combine(
            Path, FormattableString.Invariant($"{CheckpointPrefix}{iteration:D10}.safetensors"));
        if (path == LastCheckpoint || !(isLast || _options.Interval.IsDue(iteration, epoch, isEndOfEpoch)))
        {
            return;
        }

        var clock = Stopwatch.StartNew();
        try
        {
            write(path);
            LastCheckpoint = path;
            Array.ForEach([.. CheckpointsIn(Path).Skip(_options.Kept)], File.Delete);
        }
        catch (Exception error) when (error is ShowTellException or IOException or UnauthorizedAccessException)
        {
            // Training continues: a disk that is full now may have room later.
            _output.WriteLine($"warning: no checkpoint is written: {error.Message}");
        }

        _options.Interval.Written(clock.Elapsed);
    }

    public void Dispose()
    {
        _lock.Dispose();
        _modelLock.Dispose();
        if (!HasBegun && _isNew)
        {
            Directory.Delete(Path);
        }
    }

    private string FullPath => System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path));

    private void EnsureFree(string model)
    {
        bool isRun = File.Exists(System.IO.Path.Combine(Path, TrainingCurves.FileName))
            || File.Exists(System.IO.Path.Combine(Path, RunRecord.FileName));
        if (IsResumed)
        {
            EnsureOwn(model);
        }

        if (IsResumed || _options.Overwrites || (!File.Exists(model) && !isRun))
        {
            return;
        }

        string resume = File.Exists(System.IO.Path.Combine(Path, RunRecord.FileName))
            ? $", or resume it: showtell {_options.Command} --resume {Terminal.Quoted(Path)}"
            : ".";
        throw new ShowTellException(
            $"{(File.Exists(model) ? model : Path)}: an earlier run is there. Choose another name with --out, replace "
            + $"it with --overwrite{resume}");
    }

    /// <summary>Refuses to write to a file that is not the model of this run; where refining improved nothing, that has
    /// the id of an earlier one.</summary>
    private void EnsureOwn(string model)
    {
        if (File.Exists(model)
            && ModelBundle.Load(model).Training.RunId != _options.Resumed!.Id
            && RunInputs.HashOf(model) != _options.Resumed.ModelSha256)
        {
            throw new ShowTellException(
                $"{model}: is the model of another run than that of {Path}. Name another file with --out, or move it.");
        }
    }
}
