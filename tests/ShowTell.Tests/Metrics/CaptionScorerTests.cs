using System.Text.Json;
using ShowTell.Data;
using ShowTell.Evaluation;
using ShowTell.Metrics;
using ShowTell.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Metrics;

public sealed class CaptionScorerTests
{
    private static readonly CaptionSet s_references = Set(
        ("1", "a dog runs on the grass"), ("1", "the dog is running"), ("2", "two cats sit on a red mat"),
        ("2", "cats on a mat"),
        ("3", "a man rides a horse"), ("3", "someone on a horse"), ("4", "nobody asked for this"));

    private static readonly CaptionSet s_candidates = Set(
        ("1", "A dog runs on grass."), ("2", "Two cats on a mat."), ("3", "A man with a"));

    /// <summary>The figures that coco-caption's own notebook prints, which needs Java for them.</summary>
    [Fact]
    public void Scores_of_the_fakecap_set_are_coco_captions()
    {
        CaptionScores scores = new CaptionScorer(new ScoringOptions { BootstrapSamples = 200 })
            .Run(Fakecap.Candidates, Fakecap.References);
        Assert.Equal((9893, 9855), (scores.CandidateLength, scores.ReferenceLength));
        Assert.Equal(
            [
                ("Bleu_1", 0.5794), ("Bleu_2", 0.4044), ("Bleu_3", 0.2785), ("Bleu_4", 0.1908), ("METEOR", 0.1941),
                ("ROUGE_L", 0.3963), ("CIDEr", 0.5998),
            ],
            scores.Scores.Select(score => (score.Name, Math.Round(score.Value, 4))));
        Assert.All(
            scores.Scores, score => Assert.InRange(score.Value, score.Interval!.Value.Low, score.Interval.Value.High));
        Assert.StartsWith(
            "BLEU+METEOR[exact,stem,wordnet]+ROUGE-L+CIDEr-D|tok:ptb-coco|refs:5-",
            scores.Signature,
            StringComparison.Ordinal);
    }

    /// <summary>
    /// The same figures by <c>tests/golden/caption_scores.py</c>, which computes those published of the fakecap set,
    /// too.
    /// </summary>
    [Fact]
    public void Scores_are_those_of_the_papers_equations()
    {
        JsonElement golden = GoldenFile.Read("caption_scores");
        List<(string Image, string Caption)> candidates = [], references = [];
        foreach ((int image, JsonElement captions) in golden.GetProperty("captions").EnumerateArray().Index())
        {
            candidates.Add(($"{image:00}", captions[0].GetString()!));
            references.AddRange(
                captions.EnumerateArray().Skip(1).Select(caption => ($"{image:00}", caption.GetString()!)));
        }

        CaptionScores scores = new CaptionScorer(new ScoringOptions { Metrics = CaptionMetrics.All })
            .Run(Set([.. candidates]), Set([.. references]));
        Assert.Equal(golden.GetProperty("candidateLength").GetInt32(), scores.CandidateLength);
        Assert.Equal(golden.GetProperty("referenceLength").GetInt32(), scores.ReferenceLength);
        Assert.All(golden.GetProperty("scores").EnumerateObject(), score => Assert.Equal(
            score.Value.GetDouble(), scores[score.Name].Value, 1e-9));
        Assert.All(golden.GetProperty("perImage").EnumerateObject(), score => Assert.All(
            score.Value.Numbers().Zip(scores[score.Name].PerImage),
            pair => Assert.Equal(pair.First, pair.Second, 1e-9)));
    }

    [Fact]
    public void Only_images_with_a_candidate_are_scored()
    {
        CaptionScores scores = new CaptionScorer().Run(s_candidates, s_references);
        Assert.Equal(["1", "2", "3"], scores.Images);
        Assert.All(scores.Scores, score => Assert.Equal(3, score.PerImage.Count));
        Assert.Equal(5 + 5 + 4, scores.CandidateLength);
        Assert.Equal(1.0 / 3, scores.Variety.OpenEndings, 1e-12);
        Assert.Equal(
            "BLEU+METEOR[exact,stem,wordnet]+ROUGE-L+CIDEr-D|tok:ptb-coco|refs:2|images:3|df:references|showtell:0.1",
            scores.Signature);
        Assert.Equal(scores["ROUGE_L"].Value, scores["ROUGE_L"].PerImage.Average(), 1e-12);
        Assert.Throws<KeyNotFoundException>(() => scores["SPICE"]);
    }

    [Fact]
    public async Task Neither_threads_nor_the_order_of_images_and_references_matter()
    {
        var all = new ScoringOptions { Metrics = CaptionMetrics.All, BootstrapSamples = 50 };
        CaptionScores expected = new CaptionScorer(all).Run(s_candidates, s_references);
        foreach (int threads in new[] { 1, 2, 3, 8 })
        {
            // Parallel loops run on the scheduler of their task.
            TaskScheduler limited =
                new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler;
            CaptionScores again = await Task.Factory.StartNew(
                () => new CaptionScorer(all).Run(s_candidates, s_references),
                TestContext.Current.CancellationToken, TaskCreationOptions.None, limited);
            Assert.Equal(Values(expected), Values(again));
            Assert.Equal(expected.Scores.Select(score => score.Interval), again.Scores.Select(score => score.Interval));
        }

        CaptionScores turned = new CaptionScorer(all).Run(Reversed(s_candidates), Reversed(s_references));
        Assert.All(Values(expected).Zip(Values(turned)), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public void A_caption_that_is_a_reference_has_the_best_scores()
    {
        CaptionScores scores = new CaptionScorer(new ScoringOptions { Metrics = CaptionMetrics.All }).Run(
            Set(("1", "the dog is running"), ("2", "cats on a mat"), ("3", "a man rides a horse")), s_references);
        Assert.Equal(1, scores["Bleu_4"].Value, 1e-6);
        Assert.Equal(1, scores["ROUGE_L"].Value, 1e-12);
        Assert.Equal([1.0, 1.0, 1.0], scores["METEOR"].PerImage);
        CaptionSet own = Set(("1", "p q r s"), ("2", "t u v w"));
        Assert.Equal(10, new CaptionScorer().Run(own, own)["CIDEr"].Value, 1e-12);
    }

    [Fact]
    public void Intervals_are_reproducible_and_narrow_with_more_images()
    {
        var random = new SeededRandom(7);
        CaptionSet Many(int count) => Set(
            [.. Enumerable.Range(0, count).Select(i => ($"{i}", random.NextInt(2) == 0 ? "a dog" : "a red cat"))]);
        double Width(int count, ulong seed)
        {
            CaptionSet references = Set([.. Enumerable.Range(0, count).Select(i => ($"{i}", "a dog"))]);
            ConfidenceInterval interval = new CaptionScorer(new ScoringOptions { BootstrapSamples = 200, Seed = seed })
                .Run(Many(count), references)["ROUGE_L"].Interval!.Value;
            return interval.High - interval.Low;
        }

        Assert.InRange(Width(1600, 1) / Width(100, 1), 0.15, 0.4); // 1/4 is expected.
        var options = new ScoringOptions { BootstrapSamples = 100 };
        Assert.Equal(
            new CaptionScorer(options).Run(s_candidates, s_references).Scores.Select(score => score.Interval),
            new CaptionScorer(options).Run(s_candidates, s_references).Scores.Select(score => score.Interval));
        Assert.NotEqual(
            new CaptionScorer(options).Run(s_candidates, s_references)["CIDEr"].Interval,
            new CaptionScorer(options with { Seed = 232, BootstrapSamples = 11 })
                .Run(s_candidates, s_references)["CIDEr"].Interval);
    }

    [Fact]
    public void Captions_without_words_count()
    {
        CaptionScores scores = new CaptionScorer().Run(
            Set(("1", "a dog runs on the grass"), ("2", ""), ("3", " ... ")), s_references);
        Assert.Equal(1, scores["ROUGE_L"].PerImage[0], 1e-12);
        Assert.Equal([0.0, 0.0], scores["ROUGE_L"].PerImage.Skip(1));
        Assert.Equal(2.0 / 3, scores.Variety.Empty, 1e-12);
        Assert.All(scores.Scores.SelectMany(score => score.PerImage), value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void Candidates_without_references_duplicates_and_nothing_at_all_are_refused()
    {
        var scorer = new CaptionScorer();
        string message = Assert.Throws<IncompatibleException>(
            () => scorer.Run(Set(("1", "x"), ("77", "x"), ("78", "y")), s_references)).Message;
        Assert.Contains("2 images (77, 78) have no reference", message, StringComparison.Ordinal);
        message = Assert.Throws<DataException>(() => scorer.Run(Set(("1", "x"), ("1", "y")), s_references)).Message;
        Assert.Contains("1 image (1) has more than one caption", message, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => scorer.Run(Set(), s_references));
    }

    [Fact]
    public void Frozen_frequencies_give_one_image_its_score_and_survive_a_file()
    {
        using TemporaryFolder folder = TestData.Temporary();
        DocumentFrequencies counted = DocumentFrequencies.Of(s_references);
        ScoringFiles.WriteFrequencies(folder.File("df.json"), counted);
        DocumentFrequencies loaded = ScoringFiles.ReadFrequencies(folder.File("df.json"));
        Assert.Equal((counted.Images, counted.Count), (loaded.Images, loaded.Count));

        CaptionScores all = new CaptionScorer(
            new ScoringOptions { Frequencies = counted }).Run(s_candidates, s_references);
        CaptionScores one = new CaptionScorer(new ScoringOptions { Frequencies = loaded }).Run(
            Set(("2", "Two cats on a mat.")), s_references);
        Assert.Equal(all["CIDEr"].PerImage[1], one["CIDEr"].Value, 1e-12);
        Assert.Contains("|df:frozen(4)|", one.Signature, StringComparison.Ordinal);
        Assert.Equal(0, new CaptionScorer().Run(Set(("2", "Two cats on a mat.")), s_references)["CIDEr"].Value);

        string[] broken =
            ["[]", "{}", "{", """{"format":"showtell-document-frequencies","images":3,"counts":{"a":4}}"""];
        foreach (string text in broken)
        {
            File.WriteAllText(folder.File("broken.json"), text);
            Assert.Throws<DataException>(() => ScoringFiles.ReadFrequencies(folder.File("broken.json")));
        }
    }

    [Fact]
    public void Frequencies_of_many_words_are_written_in_pieces_and_read_again()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string caption = string.Join(' ', Enumerable.Range(0, 20_000).Select(i => $"word{i}"));
        DocumentFrequencies counted = DocumentFrequencies.Of(Set(("1", caption), ("2", caption)));
        ScoringFiles.WriteFrequencies(folder.File("df.json"), counted);
        Assert.InRange(new FileInfo(folder.File("df.json")).Length, 2 << 20, 8 << 20);
        DocumentFrequencies loaded = ScoringFiles.ReadFrequencies(folder.File("df.json"));
        Assert.Equal((2, 20_000 + 19_999 + 19_998 + 19_997), (loaded.Images, loaded.Count));
        Assert.Equal(2, loaded.Of([5, 6, 7]));
        Assert.Equal(1, loaded.Of([5, 7]));
    }

    [Fact]
    public void The_progress_of_reading_results_is_told()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("results.json");
        File.WriteAllText(path, $"[{string.Join(',', Enumerable.Range(0, 10_001).Select(
            i => $$"""{"image_id": {{i}}, "caption": "a dog"}"""))}]");
        List<double> shares = [];
        Assert.Equal(10_001, ScoringFiles.ReadCaptions(path, progress: shares.Add).Images.Count);
        Assert.Equal(2, shares.Count);
        Assert.Equal(shares.Order(), shares);
        Assert.All(shares, share => Assert.InRange(share, 0.1, 1));
        Assert.Equal(10_001, ScoringFiles.ReadCaptions(path).Images.Count);
    }

    [Fact]
    public void The_reward_counts_the_end_marker_as_a_word()
    {
        var vocabulary = new Vocabulary(["<NULL>", "<START>", "<END>", "<UNK>", "a", "dog"]);
        Assert.Equal([4, 5, 2], CaptionReward.WordsOf([1, 4, 5, 2, 0], vocabulary));
        Assert.Equal([4], CaptionReward.WordsOf([4], vocabulary));
    }

    private static CaptionSet Set(params (string Image, string Caption)[] captions) => new("test", captions);

    private static CaptionSet Reversed(CaptionSet set) => new(
        "reversed",
        set.Images.Reverse().SelectMany(image => set.Of(image).Reverse().Select(caption => (image, caption))));

    private static IEnumerable<double> Values(CaptionScores scores) =>
        scores.Scores.OrderBy(score => score.Name).Select(score => score.Value);
}

file static class Scoring
{
    public static CaptionScores Run(this CaptionScorer scorer, CaptionSet candidates, CaptionSet references) =>
        scorer.Score(candidates, references, cancellation: TestContext.Current.CancellationToken);
}
