using ShowTell.Files;
using ShowTell.Hdf5;
using ShowTell.Numerics;
using ShowTell.Tests.Numerics;
using Xunit;

namespace ShowTell.Tests.Hdf5;

/// <summary>Runs alone: what other tests allocate would be counted too.</summary>
[Collection(WorkersCollection.Name)]
public sealed class Hdf5FormatMemoryTests
{
    [Fact]
    public void A_file_larger_than_a_block_is_written_block_by_block()
    {
        using TemporaryFolder folder = TestData.Temporary();
        const int rows = 20_000, columns = 512;
        var content = new TensorFileContent();
        content.AddRows<float>("features", [rows, columns], 500, (row, block) => block.Fill(row));
        long before = GC.GetTotalAllocatedBytes(precise: true);
        new Hdf5Format().Write(folder.File("a.h5"), content);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 20 << 20);
        using Hdf5File file = Hdf5File.Open(folder.File("a.h5"));
        using IRowReader reader = file.OpenRows("features");
        var read = new Matrix<float>(1, columns);
        reader.Read(rows - 1, read);
        Assert.All(read.Span.ToArray(), value => Assert.Equal(19_500f, value));
    }
}
