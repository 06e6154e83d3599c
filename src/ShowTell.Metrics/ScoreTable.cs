using System.Numerics;

namespace ShowTell.Metrics;

/// <summary>The scores of one metric image by image, and how they become the score of any images together.</summary>
internal sealed class ScoreTable
{
    private ScoreTable(string[] names, double[][] perImage, Func<int[], double[]> total) =>
        (Names, PerImage, Total) = (names, perImage, total);

    /// <summary>What COCO calls the scores: BLEU has four.</summary>
    public string[] Names { get; }

    /// <summary>For each name the score of each image.</summary>
    public double[][] PerImage { get; }

    /// <summary>The scores of images together, by their places; one may be there several times.</summary>
    public Func<int[], double[]> Total { get; }

    public static ScoreTable OfBleu(ScoredImage[] images)
    {
        var counts = new BleuCounts[images.Length];
        Parallel.For(0, images.Length, i => counts[i] = Bleu.Count(
            images[i].Candidate.Length, images[i].CandidateGrams, images[i].References, images[i].ReferenceGrams));
        return OfSums([.. Enumerable.Range(1, Bleu.MaxOrder).Select(n => $"Bleu_{n}")], counts, Bleu.Score);
    }

    public static ScoreTable OfMeteor(ScoredImage[] images, Meteor meteor)
    {
        meteor.Prepare();
        var counts = new MeteorCounts[images.Length];
        Parallel.For(0, images.Length, i => counts[i] = meteor.Count(images[i].Candidate, images[i].References));
        return OfSums(["METEOR"], counts, sum => [Meteor.Score(sum)]);
    }

    public static ScoreTable OfRougeL(ScoredImage[] images) =>
        OfMean("ROUGE_L", images, image => RougeL.Score(image.Candidate, image.References));

    public static ScoreTable OfCider(ScoredImage[] images, Cider cider) => OfMean(
        cider.Form == CiderForm.D ? "CIDEr" : "CIDEr_cosine",
        images,
        image => cider.Score(
            new CiderVector(image.Candidate.Length, image.CandidateGrams, cider.Frequencies),
            [.. image.References.Zip(image.ReferenceGrams, (reference, grams) =>
                new CiderVector(reference.Length, grams, cider.Frequencies))]));

    private static ScoreTable OfSums<T>(string[] names, T[] counts, Func<T, double[]> score)
        where T : struct, IAdditionOperators<T, T, T>
    {
        double[][] scores = [.. counts.Select(score)];
        return new ScoreTable(
            names,
            [.. names.Select((_, n) => (double[])[.. scores.Select(ofImage => ofImage[n])])],
            drawn => score(drawn.Aggregate(default(T), (sum, i) => sum + counts[i])));
    }

    private static ScoreTable OfMean(string name, ScoredImage[] images, Func<ScoredImage, double> score)
    {
        var scores = new double[images.Length];
        Parallel.For(0, images.Length, i => scores[i] = score(images[i]));
        return new ScoreTable([name], [scores], drawn =>
        {
            double sum = 0;
            foreach (int i in drawn)
            {
                sum += scores[i];
            }

            return [sum / drawn.Length];
        });
    }
}
