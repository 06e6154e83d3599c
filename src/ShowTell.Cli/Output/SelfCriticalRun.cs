using ShowTell.Reporting;

namespace ShowTell.Cli.Output;

/// <summary>
/// The self-critical training of a model, with a progress bar or lines, a log, and a model file, which is written after
/// every epoch that is the best so far.
/// </summary>
internal sealed class SelfCriticalRun : IDisposable
{
    private readonly ModelBundle _bundle;
    private readonly CaptionDataset _dataset;
    private readonly SelfCriticalOptions _options;
    private readonly CaptionEvaluation _evaluation;
    private readonly string _path;
    private readonly TextWriter _output;
    private readonly RunFolder _run;
    private readonly TrainingLog _log;

    private RunInputs? _inputs;

    /// <summary>Of the captions that were scored last.</summary>
    private CaptionVariety? _variety;

    /// <summary>Prepares training; if the run is resumed, with the state of its last checkpoint.</summary>
    public SelfCriticalRun(
        ModelBundle bundle,
        CaptionDataset dataset,
        SelfCriticalOptions options,
        CaptionEvaluation evaluation,
        string path,
        RunFolder run,
        TextWriter output)
    {
        (_bundle, _dataset, _evaluation, _path, _run, _output) = (bundle, dataset, evaluation, path, run, output);
        _options = options with { Score = Score };
        Training = new SelfCriticalTraining(bundle.Model, dataset, _options);
        _log = new TrainingLog(run, "score.svg", Plot, output);
        _log.Resume(Training.Resume, () => Training.RewardHistory.Count, Training.Iterations);
    }

    public SelfCriticalTraining Training { get; }

    /// <summary>The confidence of the refined model's captions; null until training is completed.</summary>
    public FittedConfidence? Confidence { get; private set; }

    /// <summary>What the run reads, for its record.</summary>
    public required RunInputs Inputs { get; init; }

    /// <summary>Iterations between lines, where there is no progress bar.</summary>
    public int PrintEvery { get; init; } = 10;

    /// <summary>Trains and writes the model.</summary>
    /// <returns>Whether training was completed; if not, it was cancelled, and the best epoch so far is written.
    /// </returns>
    /// <exception cref="OperationCanceledException">It was cancelled before an epoch improved the model.</exception>
    /// <exception cref="IncompatibleException">It repeats a run on other data.</exception>
    public bool Train(CancellationToken cancellation)
    {
        _inputs = Inputs with { Fingerprint = Training.DatasetFingerprint };
        _run.EnsureSameData(_inputs);
        bool finished;
        try
        {
            finished = Terminal.WatchText(
                _output, "training", tell => Training.Train(progress => Report(progress, tell), cancellation));
        }
        catch (Exception) when (Training.CanSaveCheckpoint)
        {
            SaveLastCheckpoint();
            throw;
        }

        SaveLastCheckpoint();
        if (!finished && Training.BestEpoch == 0)
        {
            var canceled = new OperationCanceledException(cancellation);
            throw Training.RewardHistory.Count == 0 ? canceled : new InterruptedException(
                "interrupted before an epoch improved the model; resume with: showtell refine --resume "
                + Terminal.Quoted(_run.Path),
                canceled);
        }

        if (Training.BestEpoch == 0)
        {
            Save();
        }

        if (finished)
        {
            (ModelBundle bundle, Confidence) = ConfidenceRun.Fit(
                Refined(), _dataset, _evaluation.References, _output, isSilent: false, _options.Seed, cancellation);
            bundle.Save(_path);
            _run.Finish(Training.BestEpoch, loss: null, Training.ScoreHistory[Training.BestEpoch]);
        }

        return finished;
    }

    public void Dispose() => _log.Dispose();

    private void SaveLastCheckpoint()
    {
        // Before the first iteration, there is nothing to keep.
        if (Training.RewardHistory.Count > 0)
        {
            _log.SaveCheckpoint(Training.SaveCheckpoint, Training.RewardHistory.Count, isLast: true);
        }
    }

    private void Begin() => _run.Begin(Training.Fingerprint, _options.Epochs, _inputs);

    /// <summary>CIDEr-D of the model's captions of validation images.</summary>
    private double Score(CaptioningModel<float> model)
    {
        var scoring = new ScoringOptions { Metrics = CaptionMetrics.CiderD };
        CaptionScores scores = _evaluation.Evaluate([model], _bundle.Vocabulary, scoring).Scores;
        double score = scores.CiderD.Value;
        _variety = scores.Variety;
        if (Training.RewardHistory.Count == 0)
        {
            PrintLine($"(Epoch 0) {Describe(score)}");
            Begin();
            _log.Report(
                new
                {
                    Iteration = 0,
                    Epoch = 0,
                    Score = score,
                    _variety.DistinctCaptions,
                    _variety.Vocabulary,
                    _variety.OpenEndings,
                },
                isEndOfEpoch: false);
        }

        return score;
    }

    private void Report(SelfCriticalProgress progress, Action<double, string>? tell)
    {
        tell?.Invoke(
            (double)progress.Iteration / progress.Iterations,
            $"epoch {progress.Epoch}/{progress.Epochs}  reward {progress.EpochReward:F3}  "
            + $"CIDEr-D {Training.ScoreHistory[^1]:F3}  "
            + Terminal.Pace(progress.CaptionsPerSecond, progress.Remaining));
        if ((progress.Iteration - 1) % PrintEvery == 0)
        {
            PrintLine($"{progress}, {progress.CaptionsPerSecond:F0} captions/s");
        }

        if (progress.Score is double score)
        {
            PrintLine($"(Epoch {progress.Epoch}) mean reward: {progress.EpochReward:F4}, {Describe(score)}");
        }

        Begin();
        Log(progress);
        _log.SaveCheckpoint(Training.SaveCheckpoint, progress.Iteration, progress.Epoch, progress.IsEndOfEpoch);
        if (progress.IsEndOfEpoch && Training.BestEpoch == progress.Epoch)
        {
            Save();
        }
    }

    /// <summary>Prints a line to a file or pipe; a terminal has the progress bar.</summary>
    private void PrintLine(string line)
    {
        if (!Terminal.IsInteractive(_output))
        {
            _output.WriteLine(line);
        }
    }

    /// <summary>
    /// A score, with what a reward can spoil unnoticed: distinct captions, vocabulary size, complete captions.
    /// </summary>
    private string Describe(double score) =>
        $"CIDEr-D: {score:F4}; {_variety!.DistinctCaptions:N0} distinct captions of {_evaluation.Images.Count:N0}, "
        + $"{_variety.Vocabulary:N0} words, {100 * _variety.OpenEndings:F1}% incomplete";

    private void Log(SelfCriticalProgress progress)
    {
        CaptionVariety? variety = progress.Score is null ? null : _variety;
        _log.Report(
            new
            {
                progress.Iteration,
                progress.Epoch,
                progress.Reward,
                progress.Score,
                variety?.DistinctCaptions,
                variety?.Vocabulary,
                variety?.OpenEndings,
                progress.LearningRate,
                CaptionsPerSecond = Math.Round(progress.CaptionsPerSecond, 1),
                Seconds = Math.Round(progress.Elapsed.TotalSeconds, 3),
            },
            progress.IsEndOfEpoch);
    }

    /// <summary>Rewards and scores so far.</summary>
    private LinePlot Plot() => new()
    {
        Title = "Self-critical training",
        YLabel = "CIDEr-D",
        Series =
        [
            new PlotSeries(
                "sampled captions of training images",
                [.. Training.RewardHistory.Select((reward, i) => (i + 1.0, reward))],
                SeriesStyle.Smoothed),
            new PlotSeries(
                "validation",
                [.. Training.ScoreHistory.Select((score, i) => ((double)i * Training.IterationsPerEpoch, score))],
                SeriesStyle.Dots),
        ],
    };

    private void Save() => Refined().Save(_path);

    /// <summary>The model with the best weights, and the rest of it as it was, but for the confidence.</summary>
    private ModelBundle Refined()
    {
        ModelBundle refined = _bundle with
        {
            Model = new CaptioningModel<float>(_bundle.Model.Options, Training.BestParameters),
            Confidence = null,
        };
        if (Training.BestEpoch > 0)
        {
            refined = refined with
            {
                Training = _bundle.Training with
                {
                    ValidationLoss = null,
                    RunId = _run.Record.Id,
                    Score = Training.ScoreHistory[Training.BestEpoch],
                    SelectedBy = EpochSelection.CiderD,
                    SelfCritical = new SelfCriticalRecord
                    {
                        Epoch = Training.BestEpoch,
                        LearningRate = _options.LearningRate,
                        BatchSize = _options.BatchSize,
                        Samples = _options.Samples,
                        Temperature = _options.Temperature,
                        CrossEntropyShare = _options.CrossEntropyShare,
                        AverageDecay = _options.AverageDecay,
                        Seed = _options.Seed,
                    },
                },
            };
        }

        return refined;
    }
}
