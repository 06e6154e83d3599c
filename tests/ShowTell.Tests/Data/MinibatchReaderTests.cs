using ShowTell.Data;
using ShowTell.Tests.Files;
using ShowTell.Tests.Numerics;
using Xunit;

namespace ShowTell.Tests.Data;

/// <summary>Run alone, since memory that other threads allocate is counted too.</summary>
[Collection(WorkersCollection.Name)]
public sealed class MinibatchReaderTests
{
    [Fact]
    public void Minibatches_are_those_read_in_turn()
    {
        using CaptionSplit split = SmallDataset.Split();
        using var reader = new MinibatchReader(split);
        int[][] batches = [[4, 1, 4], [0], [], [3, 2, 1, 0]];
        var expected = new Minibatch();
        reader.Begin(batches[0]);
        for (int i = 0; i < batches.Length; i++)
        {
            Minibatch read = reader.Take();
            if (i + 1 < batches.Length)
            {
                reader.Begin(batches[i + 1]);
                reader.Wait();
            }

            split.Read(batches[i], expected);
            Assert.Equal(expected.Count, read.Count);
            Assert.Equal(expected.Captions, read.Captions);
            Assert.Equal(expected.Images, read.Images);
            Assert.Equal(expected.Features.Span, read.Features.Span);
        }
    }

    [Fact]
    public void It_reads_on_a_thread_of_its_own_while_the_caller_goes_on()
    {
        using var gate = new SemaphoreSlim(0);
        using var features = new WatchedFeatures(SmallDataset.Features(), gate.Wait);
        using CaptionSplit split = SmallDataset.Split(features);
        using (var reader = new MinibatchReader(split))
        {
            reader.Begin(new[] { 0 });
            Assert.Empty(features.RowsRead);
            gate.Release(2);
            Assert.Equal(1, reader.Take().Count);
            reader.Begin(new[] { 1 });
            reader.Wait();
            Assert.Equal([2, 2], features.RowsRead);
        }

        Thread thread = Assert.Single(features.Threads);
        Assert.NotEqual(Thread.CurrentThread, thread);
        Assert.False(thread.IsAlive);
    }

    [Fact]
    public void A_read_that_fails_is_told_of_when_its_minibatch_is_taken()
    {
        MemoryFeatures features = SmallDataset.Features();
        features.Matrix[2, 1] = float.NaN;
        using CaptionSplit split = SmallDataset.Split(features);
        using var reader = new MinibatchReader(split);
        reader.Begin(new[] { 2 });
        Minibatch whole = reader.Take();
        reader.Begin(new[] { 0 });
        reader.Wait();
        Assert.Equal("a cat", SmallDataset.Vocabulary.Decode(whole.Caption(0)));
        var error = Assert.Throws<DataException>(() => reader.Take());
        Assert.Equal(
            "made.safetensors: row 2 (train image 2) holds NaN or infinity; features must be finite numbers.",
            error.Message);
        reader.Begin(new[] { 4 });
        Assert.Equal("runs", SmallDataset.Vocabulary.Decode(reader.Take().Caption(0)));
    }

    [Fact]
    public void Its_end_waits_for_the_read_under_way()
    {
        var features = new WatchedFeatures(SmallDataset.Features(), () => Thread.Sleep(100));
        using (CaptionSplit split = SmallDataset.Split(features))
        {
            using var reader = new MinibatchReader(split);
            reader.Begin(new[] { 0 });
        }

        Assert.Equal([2], features.RowsRead);
        Assert.False(features.WasMisused);
    }

    [Fact]
    public void It_allocates_nothing_once_its_minibatches_are_large_enough()
    {
        using TemporaryFolder folder = TestData.Temporary();
        foreach (string extension in (string[])["safetensors", "npy", "h5"])
        {
            string path = folder.File($"features.{extension}");
            Tensors.Write(path, file => file.Add<float>("features", [3, 2], [0, 0.5f, 1, 1.5f, 2, 2.5f]));
            using CaptionSplit split = SmallDataset.Split(TensorFeatures.Open(path));
            using var reader = new MinibatchReader(split);

            // Rows 0, 1, 2 in one piece, and one by one.
            int[][] batches = [[3, 4, 1], [1, 4, 3]];
            Assert.Equal(0, AllocatedBy(reader, batches));
        }
    }

    private static long AllocatedBy(MinibatchReader reader, int[][] batches)
    {
        long before = 0;
        for (int i = 0; i < 20; i++)
        {
            before = i == 10 ? GC.GetTotalAllocatedBytes(precise: true) : before;
            reader.Begin(batches[i % 2]);
            reader.Take();
        }

        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
