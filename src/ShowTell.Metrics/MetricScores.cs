using System.Numerics;

namespace ShowTell.Metrics;

/// <summary>A metric's score of each image, and its corpus score of any selection of images.</summary>
/// <param name="Names">coco-caption's keys of the scores: BLEU has four, the others one.</param>
/// <param name="PerImage">For each name the score of each image.</param>
/// <param name="Corpus">The scores of the images with the given indices, which may repeat.</param>
internal sealed record MetricScores(string[] Names, double[][] PerImage, Func<int[], double[]> Corpus)
{
    public static MetricScores OfBleu(ScoredImage[] images) => OfSums(
        [.. Enumerable.Range(1, Bleu.MaxOrder).Select(n => $"Bleu_{n}")],
        ForEach(images, image => Bleu.Count(
            image.Candidate.Length, image.CandidateGrams, image.References, image.ReferenceGrams)),
        Bleu.Score);

    public static MetricScores OfMeteor(ScoredImage[] images, Meteor meteor) => OfSums(
        ["METEOR"],
        ForEach(images, image => meteor.Count(image.Candidate, image.References)),
        sum => [Meteor.Score(sum)]);

    public static MetricScores OfRougeL(ScoredImage[] images) =>
        OfMean("ROUGE_L", ForEach(images, image => RougeL.Score(image.Candidate, image.References)));

    public static MetricScores OfCider(ScoredImage[] images, Cider cider) => OfMean(
        cider.Variant == CiderVariant.CiderD ? "CIDEr" : "CIDEr_cosine",
        ForEach(images, image => cider.Score(
            new CiderVector(image.Candidate.Length, image.CandidateGrams, cider.Frequencies),
            [.. image.References.Zip(image.ReferenceGrams, (reference, grams) =>
                new CiderVector(reference.Length, grams, cider.Frequencies))])));

    private static T[] ForEach<T>(ScoredImage[] images, Func<ScoredImage, T> score)
    {
        var results = new T[images.Length];
        Parallel.For(0, images.Length, i => results[i] = score(images[i]));
        return results;
    }

    /// <summary>BLEU's and METEOR's way: the corpus score is the score of the summed counts.</summary>
    private static MetricScores OfSums<T>(string[] names, T[] counts, Func<T, double[]> score)
        where T : struct, IAdditionOperators<T, T, T>
    {
        double[][] scores = [.. counts.Select(score)];
        return new MetricScores(
            names,
            [.. names.Select((_, n) => (double[])[.. scores.Select(ofImage => ofImage[n])])],
            indices => score(indices.Aggregate(default(T), (sum, i) => sum + counts[i])));
    }

    /// <summary>ROUGE-L's and CIDEr's way: the corpus score is the mean.</summary>
    private static MetricScores OfMean(string name, double[] scores) =>
        new([name], [scores], indices => [indices.Sum(i => scores[i]) / indices.Length]);
}
