namespace ShowTell.Cli.Output;

/// <summary>A model, or several that decode together, with the split of a dataset that they caption.</summary>
internal sealed record EvaluationRun(
    ModelBundle[] Ensemble, LoadedDataset Dataset, CaptionSplit Split, CaptionEvaluation Evaluation) : IDisposable
{
    /// <summary>The first model.</summary>
    public ModelBundle Model => Ensemble[0];

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
