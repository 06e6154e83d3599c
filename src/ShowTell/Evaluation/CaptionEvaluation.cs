using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Metrics;
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
    /// <returns>A caption per image, and the scores, whose signature includes the decoding options.</returns>
    /// <exception cref="DataException">Features cannot be read.</exception>
    /// <exception cref="IncompatibleException">The models are incompatible with each other or with the decoding
    /// options. </exception>
    public (CaptionSet Captions, CaptionScores Scores) Evaluate(
        IReadOnlyList<CaptioningModel<float>> models,
        Vocabulary vocabulary,
        ScoringOptions scoring,
        Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        const double CaptioningShare = 0.8;
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(scoring);
        CaptionSet captions = Caption(
            models,
            vocabulary,
            progress: share => progress?.Invoke(CaptioningShare * share),
            cancellation: cancellation);
        return (captions, Scorer(scoring, models.Count).Score(
            captions,
            References.Captions,
            share => progress?.Invoke(CaptioningShare + ((1 - CaptioningShare) * share)),
            cancellation));
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
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(vocabulary);
        var names = Images.ToDictionary(image => image.Image, image => image.Name);
        var captions = new List<(string Name, string Caption)>(Images.Count);
        foreach ((int image, DecodedCaption[] best) in CaptionGenerator.Generate(
            models, _split, Images.Select(image => image.Image), Decoding, cancellation))
        {
            captions.Add((names[image], vocabulary.Decode([.. best[0].Ids])));
            progress?.Invoke(captions.Count / (double)Images.Count);
        }

        return new CaptionSet(origin, captions, ImageKey.File);
    }

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
