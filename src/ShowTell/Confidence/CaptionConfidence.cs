using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Models;

namespace ShowTell.Confidence;

/// <summary>What is known about a generated caption.</summary>
/// <param name="Confidence">The probability that the caption is good, in [0, 1], see
/// <see cref="CaptionConfidence.GoodScore"/>.</param>
/// <param name="IsPhoto">Whether the image is a photo, rather than a blank image, a screenshot, scanned text, a chart,
/// a drawing or noise.</param>
/// <param name="PhotoScore">How unlike a photo the image is, relative to the threshold: at most 1 for a photo.</param>
public readonly record struct CaptionAssessment(double Confidence, bool IsPhoto, double PhotoScore);

/// <summary>
/// How sure a model's captions are. A caption is good if its CIDEr-D against the references is at least
/// <see cref="GoodScore"/>; the probability of that is predicted from <see cref="SignalNames"/> by logistic regression
/// that was fitted to captions of validation photos. It holds for photos like these. Immutable and thread-safe.
/// </summary>
/// <param name="Index">The training photos.</param>
/// <param name="Model">Predicts from the signals whether a caption is good.</param>
/// <param name="Photos">Tells photos from other images.</param>
public sealed record CaptionConfidence(TrainingIndex Index, LogisticModel Model, PhotoLikeness Photos)
{
    /// <summary>The CIDEr-D from which a caption is good.</summary>
    public const double GoodScore = 0.5;

    /// <summary>
    /// What a caption is judged by: how far it agrees with the captions of the nearest training photos
    /// (<see cref="TrainingIndex.Consensus"/>), its mean log-probability per token, and how similar these photos are.
    /// </summary>
    public static IReadOnlyList<string> SignalNames { get; } = ["consensus", "log-probability", "similarity"];

    /// <summary>Judges the captions of an image.</summary>
    /// <param name="model">The model that the confidence was fitted for.</param>
    /// <param name="vocabulary">Its vocabulary.</param>
    /// <param name="features">The features of the image.</param>
    /// <param name="captions">Captions of it.</param>
    public CaptionAssessment[] Assess(
        CaptioningModel<float> model,
        Vocabulary vocabulary,
        ReadOnlySpan<float> features,
        IReadOnlyList<DecodedCaption> captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        double score = Photos.Score(features);
        NearestPhotos nearest = Index.Find(model, features);
        return
        [
            .. captions.Select(caption => new CaptionAssessment(
                Model.Probability(SignalsOf(Index, nearest, caption, vocabulary)), score <= Photos.Threshold,
                score / Photos.Threshold)),
        ];
    }

    /// <summary>Ranks captions by their confidence.</summary>
    /// <param name="model">The model that the confidence was fitted for.</param>
    /// <param name="vocabulary">Its vocabulary.</param>
    public ICaptionRanking Ranking(CaptioningModel<float> model, Vocabulary vocabulary) =>
        new ConfidenceRanking(this, model, vocabulary);

    /// <summary>The signals of a caption.</summary>
    internal static double[] SignalsOf(
        TrainingIndex index, NearestPhotos nearest, DecodedCaption caption, Vocabulary vocabulary) =>
    [
        index.Consensus(nearest, [.. caption.Ids], vocabulary),
        caption.LogProbability / caption.Ids.Count,
        nearest.Similarity,
    ];

    private sealed class ConfidenceRanking(
        CaptionConfidence confidence, CaptioningModel<float> model, Vocabulary vocabulary) : ICaptionRanking
    {
        public string Name => "confidence";

        public IReadOnlyList<double> Score(ReadOnlySpan<float> features, IReadOnlyList<DecodedCaption> captions) =>
            [.. confidence.Assess(model, vocabulary, features, captions).Select(one => one.Confidence)];
    }
}
