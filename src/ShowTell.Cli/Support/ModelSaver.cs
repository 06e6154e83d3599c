using System.Diagnostics;
using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Training;

namespace ShowTell.Cli.Support;

/// <summary>Writes the model of a training run, at its end and on the way there.</summary>
internal sealed class ModelSaver(
    string path, CaptioningSolver solver, CaptionDataset words, CaptionDataset dataset, TrainingRequest request, bool keepBest)
{
    private readonly Stopwatch _sinceLastSave = Stopwatch.StartNew();

    /// <summary>Writes the model if the last time is long enough ago.</summary>
    public void SaveAtMostEvery(TimeSpan interval)
    {
        if (_sinceLastSave.Elapsed >= interval)
        {
            Save();
            _sinceLastSave.Restart();
        }
    }

    /// <summary>Writes the weights that were asked for. Returns the epoch they are from.</summary>
    public int Save() => keepBest && solver.BestEpoch > 0
        ? SaveBest()
        : Save(solver.Model, (solver.LossHistory.Count + solver.IterationsPerEpoch - 1) / solver.IterationsPerEpoch);

    /// <summary>Writes the best weights. Returns the epoch they are from.</summary>
    public int SaveBest() => Save(new CaptioningModel<float>(solver.Model.Options, solver.BestParameters), solver.BestEpoch);

    private int Save(CaptioningModel<float> model, int epoch)
    {
        var training = new TrainingRecord
        {
            Dataset = Path.GetFileName(Path.TrimEndingDirectorySeparator(words.Origin)),
            WordVocabulary = words.Vocabulary.Fingerprint,
            TrainCaptions = words.Train.Count,
            CaptionWidth = dataset.Train.CaptionWidth,
            Epoch = epoch,
            ValidationLoss = epoch <= solver.ValidationLossHistory.Count ? solver.ValidationLossHistory[epoch - 1] : null,
            UpdateRule = request.Solver.UpdateRule.ToString().ToLowerInvariant(),
            LearningRate = request.Solver.LearningRate,
            LearningRateDecay = request.Solver.LearningRateDecay,
            BatchSize = request.Solver.BatchSize,
            Seed = request.Solver.Seed,
        };
        new ModelBundle(model, dataset.Vocabulary, new FeatureRecipe(dataset.FeatureKind, dataset.FeatureSize), training).Save(path);
        return epoch;
    }
}
