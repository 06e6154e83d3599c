using System.Diagnostics;
using ShowTell.Data;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Reporting;
using ShowTell.Training;

namespace ShowTell.Cli.Support;

/// <summary>
/// The training of a new model while a person watches: a progress bar on a terminal and the exercise's lines elsewhere,
/// a log, and a model file, which is written now and then on the way, at the end, and when training is cut short.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    /// <summary>An epoch's weights are written to the model file as it ends, but not more often than this.</summary>
    private static readonly TimeSpan s_saveInterval = TimeSpan.FromSeconds(30);

    private readonly CaptionDataset _words;
    private readonly CaptionDataset _dataset;
    private readonly SolverOptions _options;
    private readonly TextWriter _output;
    private readonly TrainingLog _log;
    private readonly ReferenceFeatures _reference;
    private readonly List<(int Iteration, double Loss)> _validation = [];

    /// <summary>Makes the model and opens the log; the two datasets are the same but for what tokens are.</summary>
    public TrainingRun(
        CaptionDataset words,
        CaptionDataset dataset,
        CaptioningOptions model,
        SolverOptions solver,
        string modelPath,
        string logFolder,
        TextWriter output)
    {
        (_words, _dataset, _options, ModelPath, _output) = (words, dataset, solver, modelPath, output);
        RequireMemory(model);
        Solver = new CaptioningSolver(
            new CaptioningModel<float>(model, new SeededRandom(solver.Seed)),
            dataset,
            solver with { Log = Terminal.IsInteractive(output) ? null : output });
        _reference = ReferenceFeatures.Of(dataset.Train);
        _log = new TrainingLog(logFolder, "loss.svg", Plot, Warn);
    }

    public CaptioningSolver Solver { get; }

    public string ModelPath { get; }

    /// <summary>The network that goes into the model file, as an ONNX file's bytes; empty for none.</summary>
    public ReadOnlyMemory<byte> Network { get; init; }

    /// <summary>Whether the best weights are kept rather than the last.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>The recipe's name; null for none.</summary>
    public string? Recipe { get; init; }

    /// <summary>The options that were given, the recipe's among them; null if the model file need not tell.</summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary>The exercises' model, of the sizes of a dataset.</summary>
    public static CaptioningOptions UsualModel(CaptionDataset dataset) => new()
    {
        FeatureSize = dataset.FeatureSize,
        Places = dataset.Places,
        VocabularySize = dataset.Vocabulary.Count,
        NullId = dataset.Vocabulary.NullId,
        StartId = dataset.Vocabulary.StartId,
        EndId = dataset.Vocabulary.EndId,
    };

    /// <summary>Trains and writes the model.</summary>
    /// <returns>Whether training came to its end; else it was cancelled, and the model so far is written.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled before there was anything to write.</exception>
    public bool Train(CancellationToken cancellation)
    {
        bool finished;
        try
        {
            finished = Terminal.WatchText(_output, "training", tell => Train(tell, cancellation));
        }
        catch (TrainingDivergedException error) when (Solver.BestEpoch > 0)
        {
            Save(best: true);
            throw new TrainingDivergedException(
                $"{error.Message} The weights of epoch {Solver.BestEpoch} are in {ModelPath}.", error);
        }

        if (Solver.LossHistory.Count == 0)
        {
            throw new OperationCanceledException(cancellation);
        }

        Save(KeepBest);
        _log.DrawPlot();
        if (!finished)
        {
            _output.WriteLine($"Stopped after {Solver.LossHistory.Count} iterations.");
        }

        return finished;
    }

    /// <summary>Prints where the model is and which of its weights.</summary>
    public void PrintModel()
    {
        int epoch = SavedEpoch(KeepBest);
        string loss = LossOf(epoch) is double least ? $", validation loss {least:F3}" : "";
        string score = ScoreOf(epoch) is double cider ? $", score {cider:F4}" : "";
        _output.WriteLine($"model: {ModelPath} (weights of epoch {epoch}{loss}{score})");
    }

    /// <summary>The losses so far.</summary>
    public LinePlot Plot() => LinePlot.OfLosses(Solver.LossHistory, _validation, "Training loss history");

    public void Dispose() => _log.Dispose();

    private static void RequireMemory(CaptioningOptions options)
    {
        // Weights, the best weights, gradients, and the two moments of Adam.
        double needed = 5.0 * sizeof(float) * options.ParameterCount;
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available)
        {
            throw new ShowTellException(
                $"A model with --hidden {options.HiddenSize} and --wordvec {options.WordVectorSize} has "
                + $"{options.ParameterCount:N0} parameters; to train it takes {needed / 1e9:N0} GB of memory, "
                + $"and there are {available / 1e9:N0} GB. Use smaller ones.");
        }
    }

    private bool Train(Action<double, string>? tell, CancellationToken cancellation)
    {
        var sinceSaved = Stopwatch.StartNew();
        return Solver.Train(
            progress =>
            {
                tell?.Invoke((double)progress.Iteration / progress.Iterations, Describe(progress));
                Log(progress);
                if (progress.IsEndOfEpoch && sinceSaved.Elapsed >= s_saveInterval)
                {
                    SaveOnTheWay();
                    sinceSaved.Restart();
                }
            },
            cancellation);
    }

    private void Log(TrainingProgress progress)
    {
        if (progress.ValidationLoss is double loss)
        {
            _validation.Add((progress.Iteration, loss));
        }

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

    /// <summary>
    /// A disk that is full now may have room at the end; there is no need to lose the training over it.
    /// </summary>
    private void SaveOnTheWay()
    {
        try
        {
            Save(KeepBest);
        }
        catch (ShowTellException error)
        {
            Warn(error.Message);
        }
    }

    private void Warn(string message) => _output.WriteLine($"warning: {message}");

    private string Describe(TrainingProgress progress)
    {
        string validation = Solver.ValidationLossHistory is [.., double loss] ? $"  val {loss:F3}" : "";
        string score = Solver.ScoreHistory is [.., double cider] ? $"  score {cider:F3}" : "";
        return $"epoch {progress.Epoch}/{progress.Epochs}  loss {progress.Loss:F3}{validation}{score}  "
            + $"{progress.CaptionsPerSecond:F0} captions/s  {Terminal.Duration(progress.Remaining)} left";
    }

    /// <summary>A folder's own name, or the name of a dataset that is no folder.</summary>
    private static string NameOf(string origin) => Directory.Exists(origin)
        ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(origin)))
        : origin;

    private int SavedEpoch(bool best) => best && Solver.BestEpoch > 0
        ? Solver.BestEpoch
        : (Solver.LossHistory.Count + Solver.IterationsPerEpoch - 1) / Solver.IterationsPerEpoch;

    private double? LossOf(int epoch) => Solver.ValidationLossHistory.Cast<double?>().ElementAtOrDefault(epoch - 1);

    private double? ScoreOf(int epoch) => Solver.ScoreHistory.Cast<double?>().ElementAtOrDefault(epoch - 1);

    private void Save(bool best)
    {
        CaptioningModel<float> model = best && Solver.BestEpoch > 0
            ? new CaptioningModel<float>(Solver.Model.Options, Solver.BestParameters)
            : Solver.Validated;
        int epoch = SavedEpoch(best);
        var training = new TrainingRecord
        {
            Dataset = NameOf(_words.Origin),
            WordVocabulary = _words.Vocabulary.Fingerprint,
            TrainCaptions = _words.Train.Count,
            CaptionWidth = _dataset.Train.CaptionWidth,
            Epoch = epoch,
            ValidationLoss = LossOf(epoch),
            Score = ScoreOf(epoch),
            UpdateRule = _options.UpdateRule.ToString().ToLowerInvariant(),
            LearningRate = _options.LearningRate,
            LearningRateDecay = _options.LearningRateDecay,
            BatchSize = _options.BatchSize,
            Seed = _options.Seed,
            Regularization = _options.Regularization == Regularization.None ? null : _options.Regularization,
            Preset = Recipe,
            Options = Options,
        };
        new ModelBundle(model, _dataset.Vocabulary, _dataset.Features, training)
        {
            BackboneBytes = Network,
            Reference = _reference,
        }.Save(ModelPath);
    }
}
