using System.Diagnostics;
using ShowTell.Diagnostics;
using ShowTell.Reporting;

namespace ShowTell.Cli.Output;

/// <summary>
/// The training of a new model, with a progress bar on a terminal and lines elsewhere, a log, and a model file, which
/// is written from time to time, at the end, and when training is interrupted.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    /// <summary>An epoch's weights are written to the model file as it ends, but not more often than this.</summary>
    private static readonly TimeSpan s_saveInterval = TimeSpan.FromSeconds(30);

    /// <summary>The share of unknown words in training captions from which the end says what to do.</summary>
    private const double ManyUnknown = 0.05;

    private readonly CaptionDataset _words;
    private readonly CaptionDataset _dataset;
    private readonly string _path;
    private readonly TextWriter _output;
    private readonly RunFolder _run;
    private readonly TrainingLog _log;
    private readonly ReferenceFeatures _reference;
    private RunInputs? _inputs;
    private bool _finished;
    private FittedConfidence? _confidence;

    /// <summary>Makes the model; if the run is resumed, with the state of its last checkpoint.</summary>
    /// <param name="words">The dataset.</param>
    /// <param name="dataset">The same, or with its captions in characters.</param>
    /// <param name="model">The model, whose sizes of features and vocabulary become the dataset's.</param>
    /// <param name="solver">How to train.</param>
    /// <param name="path">The model file.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="output">Where progress is shown.</param>
    /// <exception cref="ShowTellException">There is not enough memory, or the run cannot be resumed.</exception>
    public TrainingRun(
        CaptionDataset words,
        CaptionDataset dataset,
        CaptioningOptions model,
        SolverOptions solver,
        string path,
        RunFolder run,
        TextWriter output)
    {
        (_words, _dataset, _path, _run, _output) = (words, dataset, path, run, output);
        model = model with
        {
            FeatureSize = dataset.FeatureSize,
            Regions = dataset.Regions,
            VocabularySize = dataset.Vocabulary.Count,
            NullId = dataset.Vocabulary.NullId,
            StartId = dataset.Vocabulary.StartId,
            EndId = dataset.Vocabulary.EndId,
        };
        EnsureMemory(model);
        Solver = new CaptioningSolver(
            new CaptioningModel<float>(model, new SeededRandom(solver.Seed)),
            dataset,
            solver with { Log = Terminal.IsInteractive(output) ? null : output });
        _reference = ReferenceFeatures.Of(dataset.Train);
        Bundle(best: false).EnsureSavable(path);
        _log = new TrainingLog(run, "loss.svg", Plot, output);
        _log.Resume(Solver.Resume, () => Solver.LossHistory.Count, Solver.Iterations);
    }

    public CaptioningSolver Solver { get; }

    /// <summary>The backbone to store in the model file, as the bytes of an ONNX file; empty for none.</summary>
    public ReadOnlyMemory<byte> Backbone { get; init; }

    /// <summary>Whether the best weights are kept rather than the last.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>The references to fit the confidence of captions to; null, the default, for none.</summary>
    public ReferenceCaptions? References { get; init; }

    /// <summary>The options that were given, those of the preset included; null if the file need not list them.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary>What the run reads, for its record; null if it is not recorded.</summary>
    public RunInputs? Inputs { get; init; }

    /// <summary>Trains and writes the model.</summary>
    /// <returns>Whether training was completed; if not, it was cancelled, and the model so far is written.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled before the first iteration.</exception>
    /// <exception cref="IncompatibleException">It repeats a run on other data.</exception>
    public bool Train(CancellationToken cancellation)
    {
        _inputs = Inputs is null ? null : Inputs with { Fingerprint = Solver.DatasetFingerprint };
        _run.EnsureSameData(_inputs);
        try
        {
            var sinceSaved = Stopwatch.StartNew();
            _finished = Terminal.WatchText(_output, "training", tell => Solver.Train(
                progress =>
                {
                    tell?.Invoke((double)progress.Iteration / progress.Iterations, Describe(progress));
                    Log(progress);
                    _log.SaveCheckpoint(
                        Solver.SaveCheckpoint, progress.Iteration, progress.Epoch, progress.IsEndOfEpoch);
                    if (progress.IsEndOfEpoch && sinceSaved.Elapsed >= s_saveInterval)
                    {
                        SaveEarly();
                        sinceSaved.Restart();
                    }
                },
                cancellation));
        }
        catch (TrainingDivergedException error) when (Solver.BestEpoch > 0)
        {
            Save(best: true);
            string checkpoint =
                _run.LastCheckpoint is null ? "" : $", the last good checkpoint is {_run.LastCheckpoint}";
            throw new TrainingDivergedException(
                $"{error.Message} The weights of epoch {Solver.BestEpoch} are in {_path}{checkpoint}.", error);
        }
        catch (Exception) when (Solver.LossHistory.Count > 0 && Solver.CanSaveCheckpoint)
        {
            // Whatever failed, such as the output: the iterations before it are not lost.
            SaveLastCheckpoint();
            throw;
        }

        if (Solver.LossHistory.Count == 0)
        {
            throw new OperationCanceledException(cancellation);
        }

        SaveLastCheckpoint();
        Save(KeepBest);
        _log.DrawPlot();
        if (_finished && References is not null)
        {
            (ModelBundle bundle, _confidence) = ConfidenceRun.Fit(
                Bundle(KeepBest), _dataset, References, _output, isSilent: false, Solver.Options.Seed, cancellation);
            bundle.Save(_path);
        }

        if (_finished)
        {
            int epoch = SavedEpoch(KeepBest);
            _run.Finish(
                epoch, ValueOf(Solver.ValidationLossHistory, epoch), ValueOf(Solver.ScoreHistory, epoch));
        }

        return _finished;
    }

    /// <summary>Prints where the model is, which weights it has, why training ended, and what could be
    /// better.</summary>
    public void PrintModel()
    {
        int epoch = SavedEpoch(KeepBest);
        string loss = ValueOf(
            Solver.ValidationLossHistory, epoch) is double least ? $", validation loss {least:F3}" : "";
        string score = ValueOf(Solver.ScoreHistory, epoch) is double cider ? $", CIDEr-D {cider:F4}" : "";
        _output.WriteLine($"model: {_path} (weights of epoch {epoch}{loss}{score})");
        _output.WriteLine($"ended: {DescribeEnd()}");
        Finding course = TrainingCourse.Judge(
            Solver.ValidationLossHistory, epoch, isByScore: KeepBest && Solver.ScoreHistory.Count > 0,
            iterations: Solver.LossHistory.Count);
        if (course.Level != FindingLevel.Skipped)
        {
            _output.WriteLine($"note:  {course.Text} {course.Advice}".TrimEnd());
        }

        if (_confidence is not null)
        {
            _output.WriteLine(ConfidenceRun.Describe(_confidence));
        }

        Vocabulary vocabulary = _dataset.Vocabulary;
        double train = vocabulary.UnknownShare(_dataset.Train.Captions);
        double validation = vocabulary.UnknownShare(_dataset.Validation.Captions);
        _output.WriteLine(
            $"words: {100 * train:F1}% of those in training captions and {100 * validation:F1}% of those in validation "
            + $"captions are unknown ({Vocabulary.Unknown})"
            + (train > ManyUnknown ? "; a lower --min-count or a larger --vocabulary knows more" : ""));
    }

    private string DescribeEnd()
    {
        int epochs = Solver.LossHistory.Count / Solver.IterationsPerEpoch, without = epochs - Solver.BestEpoch;
        return Solver.LossHistory.Count == Solver.Iterations ? $"after all {epochs} epochs"
            : _finished ? $"after {epochs} of {Solver.Options.Epochs} epochs, {without} without improvement"
            : $"interrupted after {Solver.LossHistory.Count:N0} of {Solver.Iterations:N0} iterations";
    }

    /// <summary>The losses so far.</summary>
    public LinePlot Plot() => LinePlot.OfLosses(
        Solver.LossHistory,
        [.. Solver.ValidationLossHistory.Select((loss, epoch) => ((epoch + 1) * Solver.IterationsPerEpoch, loss))],
        "Training loss history");

    public void Dispose() => _log.Dispose();

    private static void EnsureMemory(CaptioningOptions options)
    {
        // Weights, their average, the best ones, gradients, and the two moments of Adam.
        double needed = 6.0 * sizeof(float) * CaptioningParameters.CountOf(options);
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available)
        {
            throw new ShowTellException(
                $"A model with --hidden {options.HiddenSize} and --wordvec {options.WordVectorSize} has "
                + $"{CaptioningParameters.CountOf(options):N0} parameters; training it takes {needed / 1e9:N0} GB of "
                + $"memory, but there are {available / 1e9:N0} GB. Use smaller sizes.");
        }
    }

    private void Log(TrainingProgress progress)
    {
        _run.Begin(Solver.Fingerprint, progress.Epochs, _inputs);
        _log.Report(
            new
            {
                progress.Iteration,
                progress.Epoch,
                progress.Loss,
                progress.ValidationLoss,
                progress.Score,
                progress.LearningRate,
                CaptionsPerSecond = Math.Round(progress.CaptionsPerSecond, 1),
                Seconds = Math.Round(progress.Elapsed.TotalSeconds, 3),
            },
            progress.IsEndOfEpoch);
    }

    private void SaveLastCheckpoint() =>
        _log.SaveCheckpoint(Solver.SaveCheckpoint, Solver.LossHistory.Count, isLast: true);

    /// <summary>Saves before the end; a disk that is full now may have room later.</summary>
    private void SaveEarly()
    {
        try
        {
            Save(KeepBest);
        }
        catch (ShowTellException error)
        {
            _log.Warn(error.Message);
        }
    }

    private string Describe(TrainingProgress progress)
    {
        string validation = Solver.ValidationLossHistory is [.., double loss] ? $"  val {loss:F3}" : "";
        string score = Solver.ScoreHistory is [.., double cider] ? $"  CIDEr-D {cider:F3}" : "";
        return $"epoch {progress.Epoch}/{progress.Epochs}  loss {progress.Loss:F3}{validation}{score}  "
            + Terminal.Pace(progress.CaptionsPerSecond, progress.Remaining);
    }

    private int SavedEpoch(bool best) => best && Solver.BestEpoch > 0
        ? Solver.BestEpoch
        : (Solver.LossHistory.Count + Solver.IterationsPerEpoch - 1) / Solver.IterationsPerEpoch;

    private static double? ValueOf(IEnumerable<double> history, int epoch) =>
        history.Cast<double?>().ElementAtOrDefault(epoch - 1);

    private void Save(bool best) => Bundle(best).Save(_path);

    private ModelBundle Bundle(bool best)
    {
        CaptioningModel<float> model = best && Solver.BestEpoch > 0
            ? new CaptioningModel<float>(Solver.Model.Options, Solver.BestParameters)
            : Solver.Validated;
        SolverOptions options = Solver.Options;
        int epoch = SavedEpoch(best);
        var training = new TrainingRecord
        {
            Dataset = LoadedDataset.NameOf(_words.Origin),
            WordVocabulary = _words.Vocabulary.Fingerprint,
            TrainCaptions = _words.Train.Count,
            CaptionWidth = _dataset.Train.CaptionWidth,
            Epoch = epoch,
            ValidationLoss = ValueOf(Solver.ValidationLossHistory, epoch),
            Score = ValueOf(Solver.ScoreHistory, epoch),
            SelectedBy = !KeepBest ? EpochSelection.Last
                : options.Score is null ? EpochSelection.Loss
                : EpochSelection.CiderD,
            ValidationLosses = Solver.ValidationLossHistory is { Count: > 0 } losses ? [.. losses] : null,
            UpdateRule = options.UpdateRule.ToString().ToLowerInvariant(),
            LearningRate = options.LearningRate,
            LearningRateDecay = options.LearningRateDecay,
            BatchSize = options.BatchSize,
            Seed = options.Seed,
            Regularization = options.Regularization == Regularization.None ? null : options.Regularization,
            RunId = _run.Record.Id,
            Preset = _run.Record.Preset,
            Options = Options,
        };
        return new ModelBundle(model, _dataset.Vocabulary, _dataset.Features, training)
        {
            BackboneBytes = Backbone,
            Reference = _reference,
        };
    }
}
