using ShowTell.Data;
using ShowTell.Evaluation;
using ShowTell.Metrics;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Reporting;
using ShowTell.Training;

namespace ShowTell.Cli.Support;

/// <summary>
/// The self-critical training of a model while a person watches: a progress bar or lines, a log, and a model file,
/// which is written after every epoch that is the best so far.
/// </summary>
internal sealed class RefineRun : IDisposable
{
    private readonly ModelBundle _bundle;
    private readonly SelfCriticalOptions _options;
    private readonly CaptionEvaluation _evaluation;
    private readonly TextWriter _output;
    private readonly TrainingLog _log;

    /// <summary>What the captions of the last epoch that was scored look like.</summary>
    private CaptionVariety? _variety;

    /// <summary>Opens the log.</summary>
    public RefineRun(
        ModelBundle bundle,
        CaptionDataset dataset,
        SelfCriticalOptions options,
        CaptionEvaluation evaluation,
        string modelPath,
        string logFolder,
        TextWriter output)
    {
        (_bundle, _evaluation, ModelPath, _output) = (bundle, evaluation, modelPath, output);
        _options = options with { Score = Score };
        Training = new SelfCriticalTraining(bundle.Model, dataset, _options);
        _log = new TrainingLog(logFolder, "score.svg", Plot, text => output.WriteLine($"warning: {text}"));
    }

    public SelfCriticalTraining Training { get; }

    public string ModelPath { get; }

    /// <summary>Iterations from line to line, where there is no progress bar.</summary>
    public int PrintEvery { get; init; } = 10;

    /// <summary>Trains and writes the model.</summary>
    /// <returns>Whether training came to its end; else it was cancelled, and the best epoch so far is written.
    /// </returns>
    /// <exception cref="OperationCanceledException">It was cancelled before an epoch was better.</exception>
    public bool Train(CancellationToken cancellation)
    {
        bool finished = Terminal.WatchText(
            _output, "training", tell => Training.Train(progress => Report(progress, tell), cancellation));
        if (!finished && Training.BestEpoch == 0)
        {
            throw new OperationCanceledException(cancellation);
        }

        if (Training.BestEpoch == 0)
        {
            Save();
        }

        return finished;
    }

    public void Dispose() => _log.Dispose();

    /// <summary>CIDEr-D of the model's captions of validation images, as training goes by it.</summary>
    private double Score(CaptioningModel<float> model)
    {
        var scoring = new ScoringOptions { Metrics = CaptionMetrics.CiderD };
        CaptionScores scores = _evaluation.Evaluate([model], _bundle.Vocabulary, scoring).Scores;
        _variety = scores.Variety;
        if (Training.RewardHistory.Count == 0)
        {
            double before = scores.CiderD.Value;
            PrintLine($"(Epoch 0) {Describe(before)}");
            _log.Report(
                new
                {
                    Iteration = 0,
                    Epoch = 0,
                    Score = before,
                    _variety.DistinctCaptions,
                    _variety.Vocabulary,
                    _variety.OpenEndings,
                },
                isEndOfEpoch: false);
        }

        return scores.CiderD.Value;
    }

    private void Report(SelfCriticalProgress progress, Action<double, string>? tell)
    {
        double lastScore = Training.ScoreHistory[^1];
        tell?.Invoke(
            (double)progress.Iteration / progress.Iterations,
            $"epoch {progress.Epoch}/{progress.Epochs}  reward {progress.EpochReward:F3}  score {lastScore:F3}  "
            + $"{progress.CaptionsPerSecond:F0} captions/s  {Terminal.Duration(progress.Remaining)} left");
        if ((progress.Iteration - 1) % PrintEvery == 0)
        {
            PrintLine($"{progress}, {progress.CaptionsPerSecond:F0} captions/s");
        }

        if (progress.Score is double score)
        {
            PrintLine($"(Epoch {progress.Epoch}) mean reward: {progress.EpochReward:F4}, {Describe(score)}");
        }

        Log(progress);
        if (progress.IsEndOfEpoch && Training.BestEpoch == progress.Epoch)
        {
            Save();
        }
    }

    /// <summary>Lines for files and pipes; a person at a terminal has the bar.</summary>
    private void PrintLine(string line)
    {
        if (!Terminal.IsInteractive(_output))
        {
            _output.WriteLine(line);
        }
    }

    /// <summary>
    /// A score beside what a reward may spoil unseen: captions that are all alike, of few words, or that break off.
    /// </summary>
    private string Describe(double score) =>
        $"score: {score:F4}; {_variety!.DistinctCaptions:N0} different captions of {_evaluation.Images.Count:N0}, "
        + $"{_variety.Vocabulary:N0} words, {100 * _variety.OpenEndings:F1}% break off";

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
                "captions drawn of train images",
                [.. Training.RewardHistory.Select((reward, i) => (i + 1.0, reward))],
                SeriesStyle.Smoothed),
            new PlotSeries(
                "validation",
                [.. Training.ScoreHistory.Select((score, i) => ((double)i * Training.IterationsPerEpoch, score))],
                SeriesStyle.Dots),
        ],
    };

    /// <summary>All that was in the model's file stays, but for the weights.</summary>
    private void Save()
    {
        ModelBundle refined = _bundle with
        {
            Model = new CaptioningModel<float>(_bundle.Model.Options, Training.BestParameters),
        };
        if (Training.BestEpoch > 0)
        {
            refined = refined with
            {
                Training = _bundle.Training with
                {
                    ValidationLoss = null,
                    Score = Training.ScoreHistory[Training.BestEpoch],
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

        refined.Save(ModelPath);
    }
}
