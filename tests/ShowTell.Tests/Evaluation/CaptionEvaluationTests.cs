using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Evaluation;
using ShowTell.Metrics;
using ShowTell.Models;
using ShowTell.Tests.Training;
using Xunit;

namespace ShowTell.Tests.Evaluation;

public sealed class CaptionEvaluationTests
{
    private static readonly string[] s_names = [.. Enumerable.Range(0, 15).Select(i => $"photos/{i}.jpg")];

    [Fact]
    public void Captions_are_scored_as_from_files_and_the_signature_says_how_they_came_about()
    {
        using CaptionDataset dataset = ToyDataset.Make();
        CaptioningModel<float> model = ToyDataset.Model(dataset);
        var references = ReferenceCaptions.OfDataset(dataset.Validation, dataset.Vocabulary);
        var evaluation = new CaptionEvaluation(
            dataset.Validation, references, new DecodingOptions { Beam = 3, LengthPenalty = 0.5, MaxLength = 6 });
        (CaptionSet captions, CaptionScores scores) = evaluation.Evaluate(
            [model, model], dataset.Vocabulary, new ScoringOptions(), null, TestContext.Current.CancellationToken);
        Assert.Equal(15, captions.Images.Count);
        Assert.Contains("|refs:dataset-words(1)|", scores.Signature, StringComparison.Ordinal);
        Assert.Contains(
            "|decoding:beam3,length-penalty0.5,ensemble2,max6|", scores.Signature, StringComparison.Ordinal);
        CaptionScores again = new CaptionScorer().Score(
            captions, references.Captions, null, TestContext.Current.CancellationToken);
        Assert.Equal(again["CIDEr"].Value, scores["CIDEr"].Value);
        Assert.Equal(scores["CIDEr"].Value, evaluation.CiderD(model, dataset.Vocabulary), 1e-9);
    }

    [Fact]
    public void A_model_that_learns_scores_better()
    {
        using CaptionDataset toys = ToyDataset.Make();
        using var dataset =
            new CaptionDataset("toys", toys.Vocabulary, toys.Train, toys.Train) { FeatureKind = "random" };
        var evaluation = new CaptionEvaluation(
            dataset.Validation, ReferenceCaptions.OfDataset(dataset.Validation, dataset.Vocabulary),
            new DecodingOptions());
        CaptioningModel<float> model = ToyDataset.Model(dataset, hiddenSize: 32);
        var solver = new ShowTell.Training.CaptioningSolver(model, dataset, new ShowTell.Training.SolverOptions
        {
            Epochs = 40,
            BatchSize = 10,
            LearningRate = 1e-2,
            Score = scored => evaluation.CiderD(scored, dataset.Vocabulary),
        });
        solver.Train(null, TestContext.Current.CancellationToken);
        Assert.Equal(solver.ScoreHistory.Max(), solver.ScoreHistory[solver.BestEpoch - 1]);
        Assert.True(
            solver.ScoreHistory.Max() > solver.ScoreHistory[0] + 1,
            $"{solver.ScoreHistory[0]} {solver.ScoreHistory.Max()}");
    }

    [Fact]
    public void A_few_images_are_drawn_the_same_ones_for_a_seed()
    {
        using CaptionDataset dataset = ToyDataset.Make();
        var references = ReferenceCaptions.OfDataset(dataset.Validation, dataset.Vocabulary);
        int[] Drawn(int count, ulong seed) =>
        [
            .. new CaptionEvaluation(dataset.Validation, references, new DecodingOptions(), count, seed).Images.Select(
                image => image.Image),
        ];
        Assert.Equal(5, Drawn(5, 1).Distinct().Count());
        Assert.Equal(Drawn(5, 1), Drawn(5, 1));
        Assert.NotEqual(Drawn(5, 1), Drawn(5, 2));
        Assert.Equal(15, Drawn(99, 1).Length);
    }

    [Fact]
    public void Photos_are_found_in_a_file_by_the_ends_of_their_names()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string file = folder.File("captions.token");
        File.WriteAllText(file, string.Concat(
            Enumerable.Range(0, 16).Select(i => $"{i}.jpg#0\tA dog, number {i}.\n{i}.jpg#1\tA very long one\n")));
        using CaptionSplit split = Named(s_names);
        var references = ReferenceCaptions.OfFile(split, file);
        Assert.False(references.AreDatasetWords);
        Assert.Equal(Enumerable.Range(0, 15).Select(i => (i, $"{i}.jpg")), references.Images);
        Assert.Equal(["A dog, number 3.", "A very long one"], references.Captions.Of("3.jpg"));
    }

    [Fact]
    public void References_that_do_not_fit_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string file = folder.File("captions.token");
        File.WriteAllText(file, string.Concat(Enumerable.Range(0, 14).Select(i => $"{i}.jpg#0\tA dog.\n")));
        string Said(string[] names)
        {
            using CaptionSplit split = Named(names);
            return Assert.Throws<IncompatibleException>(() => ReferenceCaptions.OfFile(split, file)).Message;
        }

        Assert.Contains(
            "lacks captions of 1 of the dataset's val photos (photos/14.jpg)", Said(s_names), StringComparison.Ordinal);
        Assert.Contains("no photo names of its val split", Said([]), StringComparison.Ordinal);
        Assert.Contains(
            "0.jpg matches both photos/0.jpg and other/0.jpg", Said(["photos/0.jpg", "other/0.jpg", .. s_names[2..]]),
            StringComparison.Ordinal);
        Assert.Contains(
            "lacks captions of 15",
            Said([.. s_names.Select(name => name.Replace("/", "/x", StringComparison.Ordinal))]),
            StringComparison.Ordinal);
    }

    private static CaptionSplit Named(string[] names)
    {
        CaptionSplit split = ToyDataset.Make().Validation;
        return new CaptionSplit(
            "val", split.Captions.ToArray(), split.CaptionWidth, split.ImageIndices.ToArray(), split.Features,
            ToyDataset.Vocabulary.Count,
            imageNames: names);
    }
}
