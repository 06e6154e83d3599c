using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Tests.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

/// <summary>Training with a number of threads that is set for all of the program.</summary>
[Collection(WorkersCollection.Name)]
public sealed class TrainingThreadsTests
{
    [Fact]
    public void The_same_seed_gives_the_same_bits_for_any_number_of_threads()
    {
        float[] first = Train(seed: 1, threads: 1);
        Assert.Equal(first, Train(seed: 1, threads: 1));
        Assert.Equal(first, Train(seed: 1, threads: 2));
        Assert.Equal(first, Train(seed: 1, threads: 5));
        Assert.NotEqual(first, Train(seed: 2, threads: 1));
    }

    [Theory]
    [InlineData(CellKind.Rnn)]
    [InlineData(CellKind.Lstm)]
    public void A_warm_step_on_one_thread_allocates_next_to_nothing(CellKind cell) => WorkersCollection.With(1, () =>
    {
        using CaptionDataset dataset = ToyDataset.Make(80, 0);
        var solver = new CaptioningSolver(
            ToyDataset.Model(dataset, cell, hiddenSize: 70), dataset, new SolverOptions { BatchSize = 8, Epochs = 3 });
        var allocated = new long[30];
        solver.Run(step => allocated[step.Iteration - 1] = GC.GetAllocatedBytesForCurrentThread());
        Assert.InRange(allocated[^1] - allocated[4], 0, 2048); // 25 steps; the loss history grows among them.
    });

    private static float[] Train(ulong seed, int threads)
    {
        float[] result = [];
        WorkersCollection.With(threads, () =>
        {
            using CaptionDataset dataset = ToyDataset.Make(100, 20);
            CaptioningModel<float> model = ToyDataset.Model(dataset, hiddenSize: 160);
            var solver = new CaptioningSolver(model, dataset, new SolverOptions { BatchSize = 50, Epochs = 4, Seed = seed });
            solver.Run();
            result = [.. CaptioningSolverTests.Flat(model.Parameters), .. solver.LossHistory.Select(loss => (float)loss)];
        });
        return result;
    }
}
