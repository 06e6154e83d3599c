using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Metrics;
using ShowTell.Models;

namespace ShowTell.Evaluation;

/// <summary>
/// Captions the images of a split by models and scores the captions: a dataset and a way to decode, the same ones for
/// every model that is to be compared. <see cref="Cider"/> serves to choose the best epoch of a training:
/// <code>new SolverOptions { Score = model => evaluation.Cider(model, dataset.Vocabulary) }</code>
/// </summary>
public sealed class CaptionEvaluation
{
    private const int BatchSize = 128;

    private readonly CaptionSplit _split;

    /// <summary>Chooses what to caption, and how.</summary>
    /// <param name="split">The images.</param>
    /// <param name="references">Their true captions.</param>
    /// <param name="decoding">How captions are chosen; the best one of each image is scored.</param>
    /// <param name="images">The most images, drawn at random; null for all that have captions.</param>
    /// <param name="seed">Seed of that draw.</param>
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
        Images = Draw(references.Images, images, seed);
        if (Images.Count == 0)
        {
            throw new DataException($"No {split.Name} image has captions: there is nothing to score.");
        }
    }

    /// <summary>How captions are chosen.</summary>
    public DecodingOptions Decoding { get; }

    /// <summary>The true captions.</summary>
    public ReferenceCaptions References { get; }

    /// <summary>The images that are captioned.</summary>
    public IReadOnlyList<(int Image, string Name)> Images { get; }

    /// <summary>Captions the images and scores the captions; the signature says how they were decoded.</summary>
    /// <param name="models">The models, which decode together; often one.</param>
    /// <param name="vocabulary">The tokens that they say.</param>
    /// <param name="scoring">What is computed.</param>
    /// <param name="progress">Told from time to time which share of the work is done, in [0, 1].</param>
    /// <param name="cancellation">Ends the work between some images and the next.</param>
    /// <returns>A caption for each image, by the references' names, and their scores.</returns>
    /// <exception cref="DataException">Features cannot be read.</exception>
    /// <exception cref="IncompatibleException">The models do not fit each other or the decoding.</exception>
    public (CaptionSet Captions, CaptionScores Scores) Evaluate(
        IReadOnlyList<CaptioningModel<float>> models,
        Vocabulary vocabulary,
        ScoringOptions scoring,
        Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        const double Captioning = 0.8;
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(scoring);
        CaptionSet captions = Caption(
            models, vocabulary, share => progress?.Invoke(Captioning * share), cancellation);
        var scorer = new CaptionScorer(scoring with
        {
            AreDatasetWords = References.AreOfDataset,
            Decoding = DecodingSignature.Of(Decoding, models.Count),
        });
        return (captions, scorer.Score(
            captions,
            References.Captions,
            share => progress?.Invoke(Captioning + ((1 - Captioning) * share)),
            cancellation));
    }

    /// <summary>CIDEr-D of a model's captions, with document frequencies of their references.</summary>
    /// <param name="model">The model.</param>
    /// <param name="vocabulary">The tokens that it says.</param>
    public double Cider(CaptioningModel<float> model, Vocabulary vocabulary)
    {
        var scoring = new ScoringOptions { Metrics = CaptionMetrics.Cider };
        return Evaluate([model], vocabulary, scoring).Scores["CIDEr"].Value;
    }

    private CaptionSet Caption(
        IReadOnlyList<CaptioningModel<float>> models,
        Vocabulary vocabulary,
        Action<double> report,
        CancellationToken cancellation)
    {
        InferenceModel<float>[] ready = [.. models.Select(model => new InferenceModel<float>(model))];
        var captions = new List<(string Name, string Caption)>(Images.Count);
        foreach ((int Image, string Name)[] batch in Images.Chunk(BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            var features = new Matrix<float>(batch.Length, _split.Features.Columns);
            _split.ReadFeatures([.. batch.Select(image => image.Image)], features);
            DecodedCaption[][] decoded = CaptionGenerator.Generate(
                ready, [.. ready.Select(_ => features)], Decoding, [.. batch.Select(image => (ulong)image.Image)]);
            captions.AddRange(batch.Zip(
                decoded, (image, best) => (image.Name, vocabulary.Decode([.. best[0].Ids]))));
            report(captions.Count / (double)Images.Count);
        }

        return new CaptionSet("the model's captions", captions, ImageKey.File);
    }

    private static (int Image, string Name)[] Draw(
        IReadOnlyList<(int Image, string Name)> images, int? count, ulong seed)
    {
        (int Image, string Name)[] drawn = [.. images];
        if (count < drawn.Length)
        {
            new SeededRandom(seed).Shuffle<(int Image, string Name)>(drawn);
            drawn = [.. drawn.Take(count.Value).OrderBy(image => image.Image)];
        }

        return drawn;
    }
}
