using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using ShowTell.Tests.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

/// <summary>Training with different process-wide numbers of threads.</summary>
[Collection(WorkersCollection.Name)]
public sealed class TrainingThreadsTests
{
    public static TheoryData<string> Variants => ModelVariants.Names;

    [Theory, MemberData(nameof(Variants))]
    public void Every_model_with_regularization_is_bit_identical_for_any_number_of_threads(string variant) =>
        AssertSameBits(variant, scheduledSampling: 0);

    [Theory, MemberData(nameof(Variants))]
    public void Scheduled_sampling_is_bit_identical_for_any_number_of_threads(string variant) =>
        AssertSameBits(variant, scheduledSampling: 1);

    private static void AssertSameBits(string variant, double scheduledSampling)
    {
        float[] first = Train(1);
        Assert.All((int[])[2, 3, 8], threads => Assert.Equal(first, Train(threads)));

        float[] Train(int threads) => WorkersCollection.InThreads(threads, float[] () =>
        {
            using CaptionDataset dataset = ToyDataset.Make(100, 20);
            CaptioningModel<float> model = Model(dataset, variant, hiddenSize: 130);
            var solver = new CaptioningSolver(model, dataset, new SolverOptions
            {
                BatchSize = 50,
                Epochs = 2,
                Regularization = ModelVariants.Regularization,
                ScheduledSampling = scheduledSampling,
            });
            solver.Run();
            return [.. CaptioningSolverTests.Flat(model.Parameters), .. solver.LossHistory.Select(loss => (float)loss)];
        });
    }

    [Theory, MemberData(nameof(Variants))]
    public void A_warm_step_of_every_model_with_regularization_allocates_nothing(string variant)
    {
        using CaptionDataset dataset = ToyDataset.Make(240, 0);
        AssertNoAllocation(
            dataset, () => Model(dataset, variant, hiddenSize: 70), ModelVariants.Regularization, threads: 3);
    }

    [Theory]
    [InlineData(CellKind.Rnn)]
    [InlineData(CellKind.Lstm)]
    public void The_same_seed_gives_the_same_bits_for_any_number_of_threads(CellKind cell)
    {
        float[] first = Train(cell, seed: 1, n: 1);
        Assert.Equal(first, Train(cell, seed: 1, n: 1));
        Assert.All((int[])[2, 3, 8], threads => Assert.Equal(first, Train(cell, seed: 1, threads)));
        Assert.NotEqual(first, Train(cell, seed: 2, n: 1));
    }

    [Theory]
    [InlineData(CellKind.Rnn, 1)]
    [InlineData(CellKind.Rnn, 3)]
    [InlineData(CellKind.Lstm, 1)]
    [InlineData(CellKind.Lstm, 3)]
    public void A_warm_step_allocates_nothing(CellKind cell, int threads)
    {
        using CaptionDataset dataset = ToyDataset.Make(240, 0);
        AssertNoAllocation(dataset, cell, threads);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_warm_step_with_features_from_a_file_allocates_nothing(int threads)
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset dataset = ToyDataset.Make(
            240, 0, ToyDataset.FileFeatures(folder.File("features.safetensors"), 240));
        AssertNoAllocation(dataset, CellKind.Lstm, threads);
    }

    // A thread that takes its first part late allocates its buffers then, but not in the next training.
    private static void AssertNoAllocation(CaptionDataset dataset, CellKind cell, int threads) => AssertNoAllocation(
        dataset, () => ToyDataset.Model(dataset, cell, hiddenSize: 70), Regularization.None, threads);

    private static void AssertNoAllocation(
        CaptionDataset dataset, Func<CaptioningModel<float>> model, Regularization regularization, int threads) =>
        WorkersCollection.With(
            threads,
            () => Assert.Contains(
                0, Enumerable.Range(0, 5).Select(_ => AllocatedByWarmSteps(dataset, model(), regularization))));

    private static CaptioningModel<float> Model(CaptionDataset dataset, string variant, int hiddenSize) => new(
        ModelVariants.Of(variant, ToyDataset.Options(dataset, CellKind.Lstm, hiddenSize)), new SeededRandom(3));

    private static long AllocatedByWarmSteps(
        CaptionDataset dataset, CaptioningModel<float> model, Regularization regularization)
    {
        var solver = new CaptioningSolver(
            model, dataset, new SolverOptions { BatchSize = 8, Epochs = 1, Regularization = regularization });
        var allocated = new long[solver.IterationsPerEpoch];
        solver.Run(step => allocated[step.Iteration - 1] = GC.GetTotalAllocatedBytes(precise: true));

        // Except for the last step, which ends the epoch.
        return allocated[^2] - allocated[9];
    }

    private static float[] Train(CellKind cell, ulong seed, int n) => WorkersCollection.InThreads(n, float[] () =>
    {
        using CaptionDataset dataset = ToyDataset.Make(100, 20);
        CaptioningModel<float> model = ToyDataset.Model(dataset, cell, hiddenSize: 160);
        var solver = new CaptioningSolver(
            model, dataset, new SolverOptions { BatchSize = 50, Epochs = 4, Seed = seed });
        solver.Run();
        return [.. CaptioningSolverTests.Flat(model.Parameters), .. solver.LossHistory.Select(loss => (float)loss)];
    });
}
