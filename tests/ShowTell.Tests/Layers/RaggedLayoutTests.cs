using ShowTell.Layers;
using Xunit;

namespace ShowTell.Tests.Layers;

public sealed class RaggedLayoutTests
{
    [Fact]
    public void Sequences_follow_each_other()
    {
        var (steps, rows) = (new PackedLayout(), new RaggedLayout());
        steps.SetLengths([4, 2, 2, 1, 0], maxLength: 6);
        rows.CopyFrom(steps);
        Assert.Equal((5, 9, 4, 30), (rows.Count, rows.Rows, rows.MaxLength, rows.MaxRows));
        Assert.Equal(
            [(0, 4), (4, 2), (6, 2), (8, 1), (9, 0)],
            Enumerable.Range(0, 5).Select(n => (rows.Start(n), rows.Length(n))));

        // Fewer ones, in the same memory.
        rows.SetEqual(rows: 6, count: 2);
        Assert.Equal((2, 6, 3, 6), (rows.Count, rows.Rows, rows.MaxLength, rows.MaxRows));
        Assert.Equal([(0, 3), (3, 3)], Enumerable.Range(0, 2).Select(n => (rows.Start(n), rows.Length(n))));
        Assert.ThrowsAny<ArgumentException>(() => rows.SetEqual(rows: 7, count: 2));
    }
}
