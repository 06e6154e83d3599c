namespace ShowTell.Cli.Output;

/// <summary>A model, or several that decode together, with the split of the dataset that they caption.</summary>
internal sealed class EvaluationRun(
    ModelBundle[] ensemble, LoadedDataset dataset, CaptionSplit split, CaptionEvaluation evaluation) : IDisposable
{
    /// <summary>The models, the first one first.</summary>
    public ModelBundle[] Ensemble => ensemble;

    /// <summary>The first model.</summary>
    public ModelBundle Model => ensemble[0];

    public LoadedDataset Dataset => dataset;

    public CaptionSplit Split => split;

    public CaptionEvaluation Evaluation => evaluation;

    public DecodingOptions Decoding => evaluation.Decoding;

    /// <summary>Captions the images and scores the captions, with a progress bar on a terminal.</summary>
    public (CaptionSet Captions, CaptionScores Scores) Evaluate(
        ScoringOptions scoring, TextWriter output, bool isSilent, CancellationToken cancellation) =>
        Terminal.Watch(output, "evaluating", isSilent, progress => evaluation.Evaluate(
            [.. ensemble.Select(model => model.Model)],
            Model.Vocabulary,
            scoring with { TrainCaptions = dataset.TrainCaptions() },
            progress,
            cancellation));

    public void Dispose() => dataset.Dispose();
}
