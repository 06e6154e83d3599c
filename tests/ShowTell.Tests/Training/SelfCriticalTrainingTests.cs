using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

/// <summary>Some tests set the process-wide number of threads.</summary>
[Collection(WorkersCollection.Name)]
public sealed class SelfCriticalTrainingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.2)]
    public void The_reward_rises(double crossEntropyShare)
    {
        using CaptionDataset dataset = ToyDataset.Make(12);
        CaptioningModel<float> model = Pretrained(dataset);
        var training = new SelfCriticalTraining(
            model, dataset,
            new SelfCriticalOptions
            {
                Epochs = 100, BatchSize = 12, LearningRate = 5e-3, CrossEntropyShare = crossEntropyShare,
            });
        Assert.True(training.Run());
        Assert.Equal(100, training.RewardHistory.Count);
        double before = training.RewardHistory.Take(8).Average(), after = training.RewardHistory.TakeLast(8).Average();
        Assert.True(after > 1.3 * before, $"from {before} to {after}");
    }

    [Fact]
    public void The_true_caption_has_the_highest_reward_and_its_end_counts()
    {
        using CaptionDataset dataset = ToyDataset.Make();
        var reward = new CaptionReward(dataset.Train, dataset.Vocabulary);
        int[] caption = [.. dataset.Train.Caption(0)];
        int end = Array.IndexOf(caption, dataset.Vocabulary.EndId);
        Assert.Equal(10, reward.Of(0, caption), 1e-9);
        Assert.Equal(10, reward.Of(0, caption.AsSpan(1, end)), 1e-9);
        Assert.True(reward.Of(0, caption.AsSpan(1, end - 1)) < 9);
        Assert.Equal(0, reward.Of(0, [dataset.Vocabulary.EndId]), 1e-9);
    }

    [Fact]
    public void Unknown_words_are_not_rewarded_even_if_true_captions_have_them()
    {
        const int Width = 4;
        Vocabulary words = ToyDataset.Vocabulary;
        int[] ids = new int[2 * Width];
        words.Encode("a unheard", ids.AsSpan(0, Width));
        words.Encode("red cat", ids.AsSpan(Width, Width));
        Assert.Contains(words.UnknownId, ids);
        using var split = new CaptionSplit("train", ids, Width, [0, 1], ToyDataset.Features(2), words.Count);
        var reward = new CaptionReward(split, words);
        double known = reward.Of(0, [words.IdOf("a"), words.EndId]);
        Assert.InRange(reward.Of(0, [words.IdOf("a"), words.UnknownId, words.EndId]), 1e-9, known);
        Assert.Equal(0, reward.Of(0, [words.UnknownId]));
    }

    [Fact]
    public void Advantages_are_rewards_minus_the_mean_of_the_others_and_sum_to_0()
    {
        double[] advantages = new double[4];
        CaptionReward.Advantages([1, 2, 3, 6], advantages);
        Assert.Equal(
            [1 - (11 / 3.0), 2 - (10 / 3.0), 0, 4], advantages.Select(value => Math.Round(value, 12)),
            (x, y) => Math.Abs(x - y) < 1e-9);
        Assert.Equal(0, advantages.Sum(), 1e-12);
        CaptionReward.Advantages([0.5, 0.5], advantages.AsSpan(0, 2));
        Assert.Equal([0.0, 0.0], advantages[..2]);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_for_any_number_of_threads()
    {
        float[] first = Train(1, seed: 5);
        Assert.Equal(first, Train(3, seed: 5));
        Assert.NotEqual(first, Train(3, seed: 6));

        static float[] Train(int threads, ulong seed) => WorkersCollection.InThreads(threads, float[] () =>
        {
            using CaptionDataset dataset = ToyDataset.Make(60, 10);
            CaptioningModel<float> model = ToyDataset.Model(dataset, hiddenSize: 130);
            var training = new SelfCriticalTraining(
                model, dataset,
                new SelfCriticalOptions { Epochs = 2, BatchSize = 20, LearningRate = 1e-3, Seed = seed });
            training.Run();
            return
            [
                .. CaptioningSolverTests.Flat(model.Parameters),
                .. training.RewardHistory.Select(reward => (float)reward),
            ];
        });
    }

    [Fact]
    public void Cancellation_stops_after_the_current_iteration()
    {
        using CaptionDataset dataset = ToyDataset.Make();
        var training = new SelfCriticalTraining(
            ToyDataset.Model(dataset), dataset, new SelfCriticalOptions { BatchSize = 10 });
        using var cancel = new CancellationTokenSource();
        Assert.False(training.Train(
            progress =>
            {
                if (progress.Iteration == 3)
                {
                    cancel.Cancel();
                }
            },
            cancel.Token));
        Assert.Equal(3, training.RewardHistory.Count);
        Assert.Throws<InvalidOperationException>(() => training.Run());
    }

    [Fact]
    public void The_best_weights_are_kept_including_the_original_ones()
    {
        using CaptionDataset dataset = ToyDataset.Make();
        CaptioningModel<float> model = ToyDataset.Model(dataset);
        float[] start = CaptioningSolverTests.Flat(model.Parameters);
        float[] second = [];
        (int epoch, float[] best) = Train([3, 2, 1, 3]);
        Assert.Equal(0, epoch);
        Assert.Equal(start, best);
        (epoch, best) = Train([0, 1, 2, 2]);
        Assert.Equal(2, epoch);
        Assert.Equal(second, best);

        (int Epoch, float[] Best) Train(double[] scores)
        {
            int calls = 0;
            var of = new CaptioningModel<float>(model.Options, new CaptioningParameters<float>(model.Options));
            of.Parameters.CopyFrom(model.Parameters);
            var training = new SelfCriticalTraining(of, dataset, new SelfCriticalOptions
            {
                Epochs = 3,
                LearningRate = 1e-2,
                Score = scored =>
                {
                    second = calls == 2 ? CaptioningSolverTests.Flat(scored.Parameters) : second;
                    return scores[calls++];
                },
            });
            training.Run();
            Assert.Equal(scores, training.ScoreHistory);
            return (training.BestEpoch, CaptioningSolverTests.Flat(training.BestParameters));
        }
    }

    [Fact]
    public void The_learning_rate_falls_to_1_percent()
    {
        using CaptionDataset dataset = ToyDataset.Make();
        var rates = new List<double>();
        var training = new SelfCriticalTraining(
            ToyDataset.Model(dataset), dataset,
            new SelfCriticalOptions { BatchSize = 2, Epochs = 20, LearningRate = 1e-3 });
        training.Run(progress => rates.Add(progress.LearningRate));
        Assert.Equal(1e-3, rates[0], 1e-9);
        Assert.Equal(1e-5, rates[^1], 1e-6);
        Assert.Equal(rates.OrderDescending(), rates);
    }

    [Fact]
    public void Averaged_weights_are_scored_and_kept()
    {
        using CaptionDataset dataset = ToyDataset.Make();
        CaptioningModel<float> model = ToyDataset.Model(dataset);
        float[] start = CaptioningSolverTests.Flat(model.Parameters);
        float[] scored = [];
        var training = new SelfCriticalTraining(model, dataset, new SelfCriticalOptions
        {
            Epochs = 1,
            BatchSize = dataset.Train.CaptionedImages().Count,
            LearningRate = 1e-2,
            AverageDecay = 0.05,
            Score = of =>
            {
                scored = CaptioningSolverTests.Flat(of.Parameters);
                return scored.AsSpan().SequenceEqual(start) ? 0 : 1;
            },
        });
        training.Run();
        float[] last = CaptioningSolverTests.Flat(model.Parameters);
        Assert.NotEqual(start, last);
        Assert.All(start.Zip(last, scored), w => Assert.Equal((0.05 * w.First) + (0.95 * w.Second), w.Third, 1e-6));
        Assert.Equal(scored, CaptioningSolverTests.Flat(training.BestParameters));
    }

    [Fact]
    public void Failures_are_reported()
    {
        using CaptionDataset dataset = ToyDataset.Make();
        CaptioningModel<float> model = ToyDataset.Model(dataset);
        var leap = new SelfCriticalTraining(model, dataset, new SelfCriticalOptions { LearningRate = 1e38 });
        var error = Assert.Throws<TrainingDivergedException>(() => leap.Run());
        Assert.Contains("learning rate", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new SelfCriticalTraining(model, dataset, new SelfCriticalOptions { Samples = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new SelfCriticalTraining(model, dataset, new SelfCriticalOptions { CrossEntropyShare = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new SelfCriticalTraining(model, dataset, new SelfCriticalOptions { ClipNorm = 0 }));
        using CaptionDataset other = ToyDataset.Make();
        CaptioningOptions options = ToyDataset.Options(other) with { FeatureSize = 7 };
        Assert.Throws<IncompatibleException>(() => new SelfCriticalTraining(
            new CaptioningModel<float>(options, new SeededRandom(1)), dataset, new SelfCriticalOptions()));
    }

    private static CaptioningModel<float> Pretrained(CaptionDataset dataset)
    {
        CaptioningModel<float> model = ToyDataset.Model(dataset);
        new CaptioningSolver(
            model, dataset, new SolverOptions { Epochs = 20, LearningRate = 5e-3, BatchSize = 12 }).Run();
        return model;
    }
}
