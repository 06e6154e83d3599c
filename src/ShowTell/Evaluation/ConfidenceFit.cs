using ShowTell.Confidence;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Metrics;
using ShowTell.Models;

namespace ShowTell.Evaluation;

/// <summary>A fitted confidence, and what it is worth on photos that it was not fitted to.</summary>
/// <param name="Confidence">The confidence; null if it cannot be fitted.</param>
/// <param name="Calibration">Its calibration by cross-validation; null without a confidence.</param>
/// <param name="Problem">Why it cannot be fitted, as the end of a sentence; null if it was.</param>
public sealed record FittedConfidence(CaptionConfidence? Confidence, Calibration? Calibration, string? Problem)
{
    /// <summary>The mean CIDEr-D of the captions with the highest confidence.</summary>
    public double Score { get; init; }

    /// <summary>The mean CIDEr-D of the most probable captions.</summary>
    public double ScoreByProbability { get; init; }
}

/// <summary>Fits the <see cref="CaptionConfidence"/> of a model to its captions of validation photos.</summary>
public static class ConfidenceFit
{
    /// <summary>The maximum number of validation photos.</summary>
    public const int MaxPhotos = 2000;

    /// <summary>The minimum number of good captions, and of others.</summary>
    private const int MinCases = 20;

    private const int Folds = 10;
    private const int Beam = 5;

    /// <summary>The decoding that confidences are fitted to: all captions of a beam, without unknown words.</summary>
    /// <param name="vocabulary">The model's vocabulary.</param>
    /// <param name="captionWidth">The number of tokens of the captions that the model was trained on.</param>
    private static DecodingOptions Decoding(Vocabulary vocabulary, int captionWidth) =>
        new DecodingOptions { Beam = Beam, Captions = Beam, MaxLength = captionWidth - 1 }
            .Of(vocabulary, with: [], without: [Vocabulary.Unknown]);

    /// <summary>Captions validation photos and fits the confidence to what their scores say.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="data">The dataset that it was trained on.</param>
    /// <param name="references">The references of its validation split.</param>
    /// <param name="progress">Receives the fraction of the work done, in [0, 1].</param>
    /// <param name="seed">The seed of samples, where there are too many photos.</param>
    /// <param name="cancellation">Cancels between two batches of images.</param>
    /// <exception cref="DataException">Features cannot be read.</exception>
    public static FittedConfidence Fit(
        CaptioningModel<float> model,
        CaptionDataset data,
        ReferenceCaptions references,
        Action<double>? progress = null,
        ulong seed = 231,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        if (data.Vocabulary.Kind != TokenKind.Word)
        {
            return new FittedConfidence(null, null, "captions of characters have none");
        }

        CaptionSplit train = data.Train;
        if (train.CaptionedImages().Count < TrainingIndex.NeighborCount)
        {
            return new FittedConfidence(
                null, null, $"it takes at least {TrainingIndex.NeighborCount} training photos");
        }

        var index = TrainingIndex.Build(model, train, data.Vocabulary, seed);
        DecodingOptions decoding = Decoding(data.Vocabulary, train.CaptionWidth);
        var evaluation = new CaptionEvaluation(data.Validation, references, decoding, MaxPhotos, seed);
        EvaluatedCaption[] captions = [.. evaluation.Decode([model], progress, cancellation)];
        double[][] scores = evaluation.CiderDOf(captions, data.Vocabulary);
        int all = scores.Sum(one => one.Length), good = scores.Sum(one => one.Count(IsGood));
        if (Math.Min(good, all - good) < MinCases)
        {
            return new FittedConfidence(
                null,
                null,
                $"{good} of {all} captions of validation photos are good, and it takes {MinCases} of either kind");
        }

        var features = new Matrix<float>(1, data.FeatureSize);
        double[][][] signals =
        [
            .. captions.Select(caption =>
            {
                data.Validation.ReadFeatures([caption.Image], features);
                NearestPhotos nearest = index.Find(model, features.Row(0));
                return (double[][])
                [
                    .. caption.All.Select(one => CaptionConfidence.SignalsOf(index, nearest, one, data.Vocabulary)),
                ];
            }),
        ];
        int[] images = [.. Enumerable.Range(0, captions.Length)];
        var confidence = new CaptionConfidence(
            index, FitTo(images, signals, scores), PhotoLikeness.Fit(train, data.Validation));
        return CrossValidate(signals, scores) with { Confidence = confidence };
    }

    private static bool IsGood(double score) => score >= CaptionConfidence.GoodScore;

    /// <summary>Fits to all captions of some images.</summary>
    private static LogisticModel FitTo(IReadOnlyList<int> images, double[][][] signals, double[][] scores) =>
        LogisticModel.Fit(
            [.. images.SelectMany(image => signals[image])],
            [.. images.SelectMany(image => scores[image]).Select(IsGood)]);

    /// <summary>Ranks the captions of each image by a model that was fitted without the image.</summary>
    private static FittedConfidence CrossValidate(double[][][] signals, double[][] scores)
    {
        double[] confidences = new double[signals.Length], chosen = new double[signals.Length];
        for (int fold = 0; fold < Folds; fold++)
        {
            LogisticModel model =
                FitTo([.. Enumerable.Range(0, signals.Length).Where(i => i % Folds != fold)], signals, scores);
            for (int i = fold; i < signals.Length; i += Folds)
            {
                (confidences[i], chosen[i]) =
                    signals[i].Zip(scores[i], (one, score) => (model.Probability(one), score)).MaxBy(one => one.Item1);
            }
        }

        return new FittedConfidence(null, new Calibration(confidences, [.. chosen.Select(IsGood)]), null)
        {
            Score = chosen.Average(),
            ScoreByProbability = scores.Average(one => one[0]),
        };
    }
}
