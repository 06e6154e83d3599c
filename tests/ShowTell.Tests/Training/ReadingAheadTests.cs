using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Data;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

public sealed class ReadingAheadTests
{
    private static readonly SolverOptions s_options =
        SolverOptions.Exercises with { BatchSize = 8, Epochs = 3, LearningRate = 1e-2 };

    [Fact]
    public void Weights_are_bit_identical_to_sequential_reading()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset dataset = ToyDataset.Make(
            43, 10, ToyDataset.FileFeatures(folder.File("features.safetensors"), 43));
        var solver = new CaptioningSolver(ToyDataset.Model(dataset), dataset, s_options);
        solver.Run();

        CaptioningModel<float> inTurn = ToyDataset.Model(dataset);
        var optimizer = new Optimizer<float>(s_options.UpdateRule, inTurn.Options);
        var gradients = new CaptioningParameters<float>(inTurn.Options);
        var random = new SeededRandom(s_options.Seed);
        int[] order = [.. Enumerable.Range(0, 43)];
        var minibatch = new Minibatch();
        var losses = new List<double>();
        for (int epoch = 0; epoch < 3; epoch++)
        {
            random.Shuffle<int>(order);
            for (int i = 0; i < 40; i += 8)
            {
                dataset.Train.Read(order.AsSpan(i, 8), minibatch);
                losses.Add(inTurn.Loss(minibatch.Features, minibatch.Captions, gradients));
                optimizer.Update(
                    inTurn.Parameters, gradients,
                    s_options.LearningRate * Math.Pow(s_options.LearningRateDecay, epoch));
            }
        }

        Assert.Equal(losses, solver.LossHistory);
        Assert.Equal(
            CaptioningSolverTests.Flat(inTurn.Parameters), CaptioningSolverTests.Flat(solver.Model.Parameters));
    }

    [Fact]
    public void The_next_minibatch_has_been_read_when_a_step_ends()
    {
        var features = new WatchedFeatures(ToyDataset.Features(40), () => Thread.Sleep(5));
        using CaptionDataset dataset = ToyDataset.Make(40, 10, features);
        var read = new List<int>();
        new CaptioningSolver(ToyDataset.Model(dataset), dataset, s_options with { Epochs = 2 }).Run(step =>
        {
            Assert.False(features.IsBeingRead);
            read.Add(features.RowsRead.Count);
            dataset.Train.Read([0], new Minibatch());
            features.RowsRead.RemoveAt(features.RowsRead.Count - 1);
        });
        Assert.Equal([16, 24, 32, 40, 40, 56, 64, 72, 80, 80], read);
        Assert.False(features.WasMisused);
    }

    [Fact]
    public void The_dataset_may_be_closed_after_cancellation_or_failure()
    {
        using var cancellation = new CancellationTokenSource();
        AssertNoReadsAfter(
            s_options, solver => Assert.False(solver.Train(_ => cancellation.Cancel(), cancellation.Token)));
        AssertNoReadsAfter(
            s_options, solver => Assert.False(solver.Train(cancellation: cancellation.Token)), mayReadNothing: true);
        AssertNoReadsAfter(
            s_options with { LearningRate = 1e30 },
            solver => Assert.Throws<TrainingDivergedException>(() => solver.Run()));
        AssertNoReadsAfter(
            s_options, solver => Assert.Throws<TimeoutException>(() => solver.Run(_ => throw new TimeoutException())));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Unreadable_features_stop_training_just_before_they_are_needed(bool isTruncated)
    {
        const int Images = 2000;
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("features.safetensors");
        using CaptionDataset dataset = ToyDataset.Make(
            Images, 0, isTruncated ? ToyDataset.FileFeatures(path, Images) : WithNaN(Images));
        if (isTruncated)
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.SetLength(stream.Length - 1);
        }

        int[] order = [.. Enumerable.Range(0, Images)];
        new SeededRandom(s_options.Seed).Shuffle<int>(order);
        int stepsBefore = Array.IndexOf(order, Images - 1) / s_options.BatchSize;
        int reported = 0;
        var solver = new CaptioningSolver(ToyDataset.Model(dataset), dataset, s_options);
        var error = Assert.Throws<DataException>(() => solver.Run(step => reported = step.Iteration));
        Assert.Contains(
            isTruncated ? $"{path}: ends at byte" : $"row {Images - 1} (train image", error.Message,
            StringComparison.Ordinal);
        Assert.InRange(stepsBefore, 2, (Images / 8) - 2);
        Assert.Equal((stepsBefore, stepsBefore), (reported, solver.LossHistory.Count));
    }

    private static MemoryFeatures WithNaN(int images)
    {
        MemoryFeatures features = ToyDataset.Features(images);
        features.Matrix[images - 1, 3] = float.NaN;
        return features;
    }

    private static void AssertNoReadsAfter(
        SolverOptions options, Action<CaptioningSolver> train, bool mayReadNothing = false)
    {
        var features = new WatchedFeatures(ToyDataset.Features(40), () => Thread.Sleep(30));
        using (CaptionDataset dataset = ToyDataset.Make(40, 0, features))
        {
            train(new CaptioningSolver(ToyDataset.Model(dataset), dataset, options));
            Assert.False(features.IsBeingRead);
        }

        Assert.All(features.Threads, thread => Assert.False(thread.IsAlive));
        Assert.InRange(features.RowsRead.Count, mayReadNothing ? 0 : 8, 39);
        Assert.False(features.WasMisused);
    }
}
