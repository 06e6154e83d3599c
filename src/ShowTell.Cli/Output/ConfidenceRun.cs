namespace ShowTell.Cli.Output;

/// <summary>Fits the confidence of a trained model, with a progress bar on a terminal.</summary>
internal static class ConfidenceRun
{
    /// <summary>Fits the confidence of a model to its captions of validation photos.</summary>
    /// <param name="bundle">The model.</param>
    /// <param name="dataset">The dataset that it was trained on.</param>
    /// <param name="references">The references of the validation split.</param>
    /// <param name="output">Where progress is shown.</param>
    /// <param name="isSilent">Whether to show nothing.</param>
    /// <param name="seed">The seed of samples.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The model with its confidence, if it could be fitted, and what was found.</returns>
    public static (ModelBundle Bundle, FittedConfidence Fitted) Fit(
        ModelBundle bundle,
        CaptionDataset dataset,
        ReferenceCaptions references,
        TextWriter output,
        bool isSilent,
        ulong seed,
        CancellationToken cancellation)
    {
        FittedConfidence fitted = Terminal.Watch(output, "calibrating", isSilent, progress => ConfidenceFit.Fit(
            bundle.Model, dataset, references, progress, seed, cancellation));
        return (bundle with { Confidence = fitted.Confidence }, fitted);
    }

    /// <summary>What the confidence of a model is worth, in a line.</summary>
    public static string Describe(FittedConfidence fitted) => fitted.Calibration is Calibration calibration
        ? $"confidence: AUROC {calibration.Auroc:F3}, calibration error {calibration.CalibrationError:F3} "
            + $"(cross-validated on {calibration.Count:N0} val photos; {100 * calibration.GoodFraction:F0}% of the "
            + $"captions are good); CIDEr-D {fitted.Score:F4} ranked by it, {fitted.ScoreByProbability:F4} by "
            + "probability"
        : $"confidence: none, as {fitted.Problem}";
}
