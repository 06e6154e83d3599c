using ShowTell.Confidence;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Metrics;
using ShowTell.ModelFiles;
using ShowTell.Models;

namespace ShowTell.Evaluation;

/// <summary>
/// Captions the images of a split with a model or an ensemble, and scores the captions. The images and the decoding
/// options are the same for every model. <see cref="CiderD"/> can select the best epoch of a training:
/// <code>new SolverOptions { Score = model => evaluation.CiderD(model, dataset.Vocabulary) }</code>
/// </summary>
public sealed class CaptionEvaluation
{
    private readonly CaptionSplit _split;

    /// <summary>Selects the images.</summary>
    /// <param name="split">The split.</param>
    /// <param name="references">The references of its images.</param>
    /// <param name="decoding">The decoding options; the best caption of each image is scored.</param>
    /// <param name="images">The maximum number of images, sampled at random; null for all images with captions.</param>
    /// <param name="seed">The random seed of that sample.</param>
    /// <exception cref="DataException">No image has captions.</exception>
    public CaptionEvaluation(
        CaptionSplit split,
        ReferenceCaptions references,
        DecodingOptions decoding,
        int? images = null,
        ulong seed = 231)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(decoding);
        decoding.Validate();
        (_split, References, Decoding) = (split, references, decoding);
        Images = Sample(references.Images, images, seed);
        if (Images.Count == 0)
        {
            throw new DataException($"No image of the {split.Name} split has captions: there is nothing to score.");
        }
    }

    /// <summary>The decoding options.</summary>
    public DecodingOptions Decoding { get; }

    /// <summary>The references.</summary>
    public ReferenceCaptions References { get; }

    /// <summary>The images to caption: their indices in the split and their names in the references.</summary>
    public IReadOnlyList<(int Image, string Name)> Images { get; }

    /// <summary>Captions the images and scores the captions.</summary>
    /// <param name="models">The models of the ensemble, at least one.</param>
    /// <param name="vocabulary">Their tokens.</param>
    /// <param name="scoring">The scoring options.</param>
    /// <param name="progress">Receives the fraction of the work done, in [0, 1].</param>
    /// <param name="cancellation">Cancels between two batches of images.</param>
    /// <returns>The captions and their scores, whose signature includes the decoding options.</returns>
    /// <exception cref="DataException">Features cannot be read.</exception>
    /// <exception cref="IncompatibleException">The models are incompatible with each other or with the decoding
    /// options. </exception>
    public EvaluationResult Evaluate(
        IReadOnlyList<CaptioningModel<float>> models,
        Vocabulary vocabulary,
        ScoringOptions scoring,
        Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        const double CaptioningShare = 0.8;
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(scoring);
        EvaluatedCaption[] decoded =
            [.. Decode(models, share => progress?.Invoke(CaptioningShare * share), cancellation)];
        CaptionSet captions = SetOf(decoded, vocabulary);
        CaptionScores scores = Scorer(scoring, models.Count).Score(
            captions,
            References.Captions,
            share => progress?.Invoke(CaptioningShare + ((1 - CaptioningShare) * share)),
            cancellation);
        return new EvaluationResult(captions, scores, decoded);
    }

    /// <summary>The CIDEr-D of a model's captions, with document frequencies of the references.</summary>
    /// <param name="model">The model.</param>
    /// <param name="vocabulary">Its tokens.</param>
    public double CiderD(CaptioningModel<float> model, Vocabulary vocabulary)
    {
        var scoring = new ScoringOptions { Metrics = CaptionMetrics.CiderD };
        return Evaluate([model], vocabulary, scoring).Scores.CiderD.Value;
    }

    /// <summary>Captions the images.</summary>
    /// <param name="models">The models of the ensemble, at least one.</param>
    /// <param name="vocabulary">Their tokens.</param>
    /// <param name="origin">The name of the captions in error messages.</param>
    /// <param name="progress">Receives the fraction of the work done, in [0, 1].</param>
    /// <param name="cancellation">Cancels between two batches of images.</param>
    /// <returns>A caption per image.</returns>
    /// <inheritdoc cref="Evaluate" path="/exception"/>
    public CaptionSet Caption(
        IReadOnlyList<CaptioningModel<float>> models,
        Vocabulary vocabulary,
        string origin = "the model's captions",
        Action<double>? progress = null,
        CancellationToken cancellation = default) =>
        SetOf([.. Decode(models, progress, cancellation)], vocabulary, origin: origin);

    /// <summary>Captions the images.</summary>
    /// <param name="models">The models of the ensemble, at least one.</param>
    /// <param name="progress">Receives the fraction of the images captioned, in [0, 1].</param>
    /// <param name="cancellation">Cancels between two batches of images.</param>
    internal IEnumerable<EvaluatedCaption> Decode(
        IReadOnlyList<CaptioningModel<float>> models, Action<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(models);
        var names = Images.ToDictionary(image => image.Image, image => image.Name);
        int done = 0;
        foreach ((int image, DecodedCaption[] best) in CaptionGenerator.Generate(
            models, _split, Images.Select(image => image.Image), Decoding, cancellation))
        {
            yield return new EvaluatedCaption(image, names[image], best);
            progress?.Invoke(++done / (double)Images.Count);
        }
    }

    /// <summary>How far the confidence of a model's captions can be trusted on these images.</summary>
    /// <param name="model">The model.</param>
    /// <param name="result">Its captions, scored by CIDEr-D too.</param>
    /// <returns>Null if the model has no confidence.</returns>
    /// <exception cref="DataException">Features cannot be read.</exception>
    public EvaluatedConfidence? EvaluateConfidence(ModelBundle model, EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(result);
        if (model.Confidence is not CaptionConfidence confidence)
        {
            return null;
        }

        var features = new Matrix<float>(1, _split.Features.Columns);
        CaptionAssessment[] assessed =
        [
            .. result.Decoded.Select(caption =>
            {
                _split.ReadFeatures([caption.Image], features);
                return confidence.Assess(model.Model, model.Vocabulary, features.Row(0), [caption.Best])[0];
            }),
        ];
        Dictionary<string, double> scores = ByImage(result.Scores);
        bool[] areGood =
            [.. result.Decoded.Select(caption => scores[caption.Name] >= CaptionConfidence.GoodScore)];
        return new EvaluatedConfidence(
            new Calibration([.. assessed.Select(one => one.Confidence)], areGood),
            assessed.Average(one => one.IsPhoto ? 0.0 : 1),
            result.Decoded.Zip(assessed).ToDictionary(pair => pair.First.Name, pair => pair.Second));
    }

    /// <summary>The CIDEr-D of all captions of each image, with document frequencies of the references.</summary>
    internal double[][] CiderDOf(IReadOnlyList<EvaluatedCaption> captions, Vocabulary vocabulary)
    {
        var scorer = new CaptionScorer(new ScoringOptions { Metrics = CaptionMetrics.CiderD });
        double[][] scores = [.. captions.Select(caption => new double[caption.All.Count])];
        for (int rank = 0; rank < captions.Max(caption => caption.All.Count); rank++)
        {
            CaptionSet ofRank = SetOf(captions, vocabulary, rank);
            Dictionary<string, double> byName = ByImage(scorer.Score(ofRank, References.Captions));
            foreach ((int i, EvaluatedCaption caption) in captions.Index().Where(one => rank < one.Item.All.Count))
            {
                scores[i][rank] = byName[caption.Name];
            }
        }

        return scores;
    }

    private static Dictionary<string, double> ByImage(CaptionScores scores) =>
        new(scores.Images.Zip(scores.CiderD.PerImage, KeyValuePair.Create));

    /// <summary>The caption of a rank of each image, or its last one.</summary>
    private static CaptionSet SetOf(
        IReadOnlyList<EvaluatedCaption> captions,
        Vocabulary vocabulary,
        int rank = 0,
        string origin = "the model's captions") => new(
        origin,
        [
            .. captions.Select(caption => (
                caption.Name, vocabulary.Decode([.. caption.All[Math.Min(rank, caption.All.Count - 1)].Ids]))),
        ],
        ImageKey.File);

    /// <summary>A scorer of such captions, whose signature says how they were decoded.</summary>
    /// <param name="scoring">The scoring options.</param>
    /// <param name="models">The number of models of the ensemble.</param>
    public CaptionScorer Scorer(ScoringOptions scoring, int models = 1) => new(scoring with
    {
        AreDatasetWords = References.AreDatasetWords,
        Decoding = DecodingSignature.Of(Decoding, models),
    });

    private static (int Image, string Name)[] Sample(
        IReadOnlyList<(int Image, string Name)> images, int? count, ulong seed)
    {
        (int Image, string Name)[] sample = [.. images];
        if (count < sample.Length)
        {
            new SeededRandom(seed).Shuffle<(int Image, string Name)>(sample);
            sample = [.. sample.Take(count.Value).OrderBy(image => image.Image)];
        }

        return sample;
    }
}

/// <summary>Captions of images, and their scores.</summary>
/// <param name="Captions">A caption per image.</param>
/// <param name="Scores">The scores.</param>
/// <param name="Decoded">The captions as they were decoded.</param>
public sealed record EvaluationResult(
    CaptionSet Captions, CaptionScores Scores, IReadOnlyList<EvaluatedCaption> Decoded)
{
    /// <summary>The captions and their scores.</summary>
    public void Deconstruct(out CaptionSet captions, out CaptionScores scores) =>
        (captions, scores) = (Captions, Scores);
}

/// <summary>The confidence of captions, compared with their scores.</summary>
/// <param name="Calibration">How far it can be trusted.</param>
/// <param name="NotPhotos">The fraction of the images that was taken for no photo.</param>
/// <param name="ByImage">What is known about the caption of each image, by the image's name.</param>
public sealed record EvaluatedConfidence(
    Calibration Calibration, double NotPhotos, IReadOnlyDictionary<string, CaptionAssessment> ByImage);

/// <summary>The captions of an image of a split.</summary>
/// <param name="Image">The image's index in the split.</param>
/// <param name="Name">Its name in the references.</param>
/// <param name="All">Its captions, the best first.</param>
public sealed record EvaluatedCaption(int Image, string Name, IReadOnlyList<DecodedCaption> All)
{
    /// <summary>The best caption.</summary>
    public DecodedCaption Best => All[0];
}
