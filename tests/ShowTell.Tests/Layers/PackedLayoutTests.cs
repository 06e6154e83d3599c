using ShowTell.Layers;
using Xunit;

namespace ShowTell.Tests.Layers;

public sealed class PackedLayoutTests
{
    [Fact]
    public void Equal_lengths_give_time_major_order()
    {
        var steps = new PackedLayout();
        steps.SetEqual(rows: 12, batchSize: 3);
        Assert.Equal((3, 4, 12), (steps.BatchSize, steps.Timesteps, steps.Rows));
        Assert.Equal([(0, 3), (3, 3), (6, 3), (9, 3)], Layout(steps));
    }

    [Fact]
    public void Ended_sequences_have_no_rows()
    {
        var steps = new PackedLayout();
        steps.SetLengths([4, 2, 2, 1, 0], maxLength: 6);
        Assert.Equal(30, steps.MaxRows);
        Assert.Equal((5, 4, 9), (steps.BatchSize, steps.Timesteps, steps.Rows));
        Assert.Equal([(0, 4), (4, 3), (7, 1), (8, 1)], Layout(steps));
        Assert.Equal([4, 2, 2, 1, 0], Enumerable.Range(0, 5).Select(steps.Length));

        // Fewer and shorter ones, in the same memory.
        steps.SetLengths([1], maxLength: 1);
        Assert.Equal([(0, 1)], Layout(steps));
        steps.SetLengths([0, 0], maxLength: 3);
        Assert.Equal((2, 0, 0), (steps.BatchSize, steps.Timesteps, steps.Rows));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Parts_have_about_the_same_work_and_cover_all_sequences(int parts)
    {
        int[] lengths = [.. Enumerable.Range(0, 100).Select(i => 16 - (i / 7))];
        var steps = new PackedLayout();
        steps.SetLengths(lengths, maxLength: 16);
        int[] starts = [.. Enumerable.Range(0, parts + 1).Select(part => steps.PartStart(part, parts))];
        Assert.Equal((0, 100), (starts[0], starts[^1]));
        Assert.All(Enumerable.Range(0, parts), part =>
            Assert.InRange(
                lengths[starts[part]..starts[part + 1]].Sum(), (lengths.Sum() / parts) - 16,
                (lengths.Sum() / parts) + 16));
    }

    private static (int Start, int Rows)[] Layout(PackedLayout steps) =>
        [.. Enumerable.Range(0, steps.Timesteps).Select(t => (steps.Start(t), steps.RowsAt(t)))];
}
