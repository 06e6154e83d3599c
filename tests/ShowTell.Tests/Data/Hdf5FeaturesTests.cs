using ShowTell.Data;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Data;

public sealed class Hdf5FeaturesTests
{
    // Every half, those that are no number and those of subnormal size among them: 256 rows of 4 places of 64 columns.
    private static readonly Half[] AllHalves =
        [.. Enumerable.Range(0, 1 << 16).Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits))];

    private static readonly float[] AllSingles = [.. AllHalves.Select(half => (float)half)];

    [Fact]
    public void Halves_are_stored_as_h5py_stores_them()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        Hdf5Writer.Write(path, file =>
        {
            file.Add<Half>("whole", [256, 256], AllHalves);
            file.Add<Half>("deflated", [256, 256], AllHalves, 4);
            file.AddByBlocks<Half>("blocks", [256, 4, 64], 37, Fill);
            file.AddByBlocks<Half>("deflated_blocks", [256, 4, 64], 37, Fill, 4);
        });
        static void Fill(long row, Span<Half> block) => AllHalves.AsSpan((int)row * 256, block.Length).CopyTo(block);
        Assert.Equal(
            "blocks <f2 (256, 4, 64) None True True\ndeflated <f2 (256, 256) gzip True True\n"
            + "deflated_blocks <f2 (256, 4, 64) gzip True True\nwhole <f2 (256, 256) None True True\n",
            TestData.RunPython(["h5py"], """
                import sys, h5py, numpy as np
                with h5py.File(sys.argv[1], 'r') as f:
                    for name in f:
                        d = f[name]
                        bits = d[()].view('u2').ravel()
                        print(name, d.dtype.str, d.shape, d.compression, d.id.get_type() == h5py.h5t.py_create(np.dtype('<f2')),
                            bits.tolist() == list(range(65536)))
                """, path));
        foreach (string name in new[] { "whole", "deflated", "blocks", "deflated_blocks" })
        {
            Assert.Equal(AllSingles, ReadAll(path, name, name.EndsWith("blocks", StringComparison.Ordinal) ? 4 : 1));
        }

        using Hdf5File file = Hdf5File.Open(path);
        using Hdf5Dataset dataset = file.OpenDataset("deflated");
        Assert.Equal(AllHalves, dataset.ReadFloat<Half>());
        Assert.Equal("deflated (256 x 256 float16)", dataset.Info.ToString());
    }

    [Fact]
    public void Grids_of_every_type_and_layout_of_h5py_are_read()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("grids.h5");
        TestData.RunPython(["h5py"], """
            import sys, h5py, numpy as np
            values = np.arange(65536, dtype='u2').view('<f2').reshape(256, 4, 64)
            with h5py.File(sys.argv[1], 'w') as f:
                for kind in '<f2', '>f2', '<f4', '<f8':
                    v = values.astype(kind)
                    f.create_dataset(kind + 'contiguous', data=v)
                    f.create_dataset(kind + 'chunked', data=v, chunks=(7, 3, 10))
                    f.create_dataset(kind + 'deflated', data=v, chunks=(7, 4, 64), compression='gzip', shuffle=True)
            """, path);
        foreach (string kind in new[] { "<f2", ">f2", "<f4", "<f8" })
        {
            foreach (string layout in new[] { "contiguous", "chunked", "deflated" })
            {
                Assert.Equal(AllSingles, ReadAll(path, kind + layout, places: 4));
            }
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(49, 0)]
    [InlineData(49, 4)]
    public void Rows_of_halves_are_read_in_any_order_and_with_gaps(int places, int deflateLevel)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        int columns = places * 1024;
        var random = new SeededRandom(3);
        Half[] halves = [.. Matrix.Normal<float>(random, 20, columns).Span.ToArray().Select(value => (Half)value)];
        Hdf5Writer.Write(path, file => file.Add<Half>("features", [20, places, 1024], halves, deflateLevel));
        using Hdf5Features features = Hdf5Features.Open(path);
        Assert.Equal((20, columns, places), (features.Rows, features.Columns, features.Places));
        int[] rows = [19, 0, 4, 5, 6, 4];
        MatrixSpan<float> gapped = new Matrix<float>(rows.Length, columns + 3).AsSpan().ColumnBlock(2, columns);
        var read = new Matrix<float>(rows.Length, columns);
        features.Read(rows, read);
        features.Read(rows, gapped);
        for (int i = 0; i < rows.Length; i++)
        {
            float[] expected = [.. halves[(rows[i] * columns)..((rows[i] + 1) * columns)].Select(half => (float)half)];
            Assert.Equal(expected, read.Row(i).ToArray());
            Assert.Equal(expected, gapped.Row(i).ToArray());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Reading_halves_allocates_nothing_once_warm(int deflateLevel)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        Hdf5Writer.Write(path, file => file.Add<Half>("features", [256, 4, 64], AllHalves, deflateLevel));
        using Hdf5Features features = Hdf5Features.Open(path);
        int[] rows = [200, 3, 4, 5, 77];
        var read = new Matrix<float>(rows.Length, 256);
        features.Read(rows, read);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
        {
            features.Read(rows, read);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Halves_that_are_cut_off_while_the_file_is_open_are_noticed()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        Hdf5Writer.Write(path, file => file.Add<Half>("features", [256, 256], AllHalves));
        using Hdf5Features features = Hdf5Features.Open(path);
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(20_001);
        }

        var read = new Matrix<float>(1, 256);
        features.Read([3], read);
        Assert.Contains(
            "ends at byte 20001, before its features do", Assert.Throws<DataException>(() => features.Read([255], read)).Message);
    }

    [Fact]
    public void Cubes_of_numbers_are_written_and_read()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        int[] integers = [.. Enumerable.Range(0, 24)];
        Hdf5Writer.Write(path, file =>
        {
            file.Add<int>("integers", [2, 3, 4], integers, 1);
            file.Add<float>("empty", [0, 3, 4], [], 1);
            Assert.Throws<ArgumentException>(() => file.Add<int>("four", [1, 1, 1, 1], [1]));
            Assert.Throws<ArgumentException>(() => file.Add<int>("none", [], [1]));
            Assert.Throws<ArgumentException>(() => file.Add<int>("short", [2, 3, 4], integers.AsSpan(1)));
            Assert.Throws<NotSupportedException>(() => file.Add<decimal>("money", [1], [1]));
        });
        using Hdf5File file = Hdf5File.Open(path);
        using Hdf5Dataset dataset = file.OpenDataset("integers");
        Assert.Equal(integers, dataset.ReadInt32());
        Assert.Equal("integers (2 x 3 x 4 int32)", dataset.Info.ToString());
        Assert.True(file.Contains("empty"));
        Assert.Equal(
            $"{path}: dataset empty (0 x 3 x 4 float32): holds no features.",
            Assert.Throws<DataException>(() => Hdf5Features.Open(path, "empty")).Message);
    }

    [Fact]
    public void Optional_datasets_are_looked_for_without_exceptions()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        TestData.RunPython(["h5py"], """
            import sys, h5py
            with h5py.File(sys.argv[1], 'w') as f:
                f['group/names'] = [1]
                f['dangling'] = h5py.SoftLink('/nowhere')
                f['away'] = h5py.ExternalLink(sys.argv[1], 'group/names')
            """, path);
        using Hdf5File file = Hdf5File.Open(path);
        Assert.True(file.Contains("group/names"));
        Assert.All(["names", "group", "nowhere/names", "dangling", "away"], name => Assert.False(file.Contains(name), name));
    }

    private static float[] ReadAll(string path, string name, int places)
    {
        using Hdf5Features features = Hdf5Features.Open(path, name);
        Assert.Equal(places, features.Places);
        var read = new Matrix<float>(features.Rows, features.Columns);
        features.Read([.. Enumerable.Range(0, features.Rows)], read);
        return read.Span.ToArray();
    }
}
