namespace ShowTell.Cli.Output;

/// <summary>A model, or several that decode together, with the split of a dataset that they caption.</summary>
internal sealed record EvaluationRun(
    ModelBundle[] Ensemble, LoadedDataset Dataset, CaptionSplit Split, CaptionEvaluation Evaluation) : IDisposable
{
    /// <summary>The first model.</summary>
    public ModelBundle Model => Ensemble[0];

    /// <summary>Whether the images' split chose the epoch of a model, so that its scores flatter.</summary>
    public bool IsEpochChosenOnSplit => Ensemble.Any(model => model.Training.IsEpochChosenOn(Split.Name));

    /// <summary>A note that says so; null if there is nothing to say.</summary>
    public string? SelectionNote => !IsEpochChosenOnSplit ? null
        : $"note: epochs were chosen by their loss or score on {Split.Name}; figures on it flatter: "
            + (Dataset.Captions.Test is null ? "there is no test split" : "use --split test");

    /// <summary>Captions the images and scores the captions, with a progress bar on a terminal.</summary>
    public EvaluationResult Evaluate(
        ScoringOptions scoring, TextWriter output, bool isSilent, CancellationToken cancellation) =>
        Terminal.Watch(output, "evaluating", isSilent, progress => Evaluation.Evaluate(
            [.. Ensemble.Select(bundle => bundle.Model)],
            Model.Vocabulary,
            scoring with { TrainCaptions = Dataset.TrainCaptions() },
            progress,
            cancellation));

    public void Dispose() => Dataset.Dispose();
}
