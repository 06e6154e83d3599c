using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using ShowTell.Data;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Data;

public sealed class Hdf5FileTests
{
    // Element i of every matrix is i - 20, in 8 rows of 9.
    private const string WriteEveryKind = """
        import sys, h5py, numpy as np
        values = np.arange(72).reshape(8, 9) - 20
        with h5py.File(sys.argv[1], 'w') as f:
            for order in '<>':
                for kind in ['i2', 'i4', 'i8', 'f2', 'f4', 'f8']:
                    name = ('little' if order == '<' else 'big') + '_' + kind
                    v = values.astype(order + kind)
                    f.create_dataset(name + '_contiguous', data=v)
                    f.create_dataset(name + '_chunked', data=v, chunks=(3, 4))
                    f.create_dataset(name + '_deflated', data=v, chunks=(3, 4), compression='gzip')
                    f.create_dataset(name + '_shuffled', data=v, chunks=(3, 9), compression='gzip', shuffle=True, fletcher32=True)
            f.create_dataset('group/inner/unsigned', data=(values + 20).astype('u1'))
        """;

    private static readonly string[] Layouts = ["contiguous", "chunked", "deflated", "shuffled"];

    [Fact]
    public void A_process_that_is_started_while_a_file_is_written_does_not_hold_it()
    {
        Assert.SkipUnless(File.Exists("/bin/sleep"), "There is no /bin/sleep here.");
        using TemporaryFolder folder = TestData.Temporary();
        Process? child = null;
        try
        {
            Hdf5Writer.Write(folder.File("a.h5"), file =>
            {
                child = Process.Start("/bin/sleep", "60");
                file.Add<float>("features", [1, 2], [1, 2]);
            });
            Assert.True(File.Exists(folder.File("a.h5")));
        }
        finally
        {
            child?.Kill();
            child?.Dispose();
        }
    }

    [Fact]
    public void Every_layout_type_and_byte_order_of_h5py_is_read()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("every.h5");
        TestData.RunPython(["h5py"], WriteEveryKind, path);
        using Hdf5File file = Hdf5File.Open(path);
        int[] expected = [.. Enumerable.Range(-20, 72)];
        foreach (string order in new[] { "little", "big" })
        {
            foreach (string layout in Layouts)
            {
                foreach (string kind in new[] { "i2", "i4", "i8" })
                {
                    using Hdf5Dataset dataset = file.OpenDataset($"{order}_{kind}_{layout}");
                    Assert.Equal(expected, dataset.ReadInt32());
                }

                foreach (string kind in new[] { "f2", "f4", "f8" })
                {
                    using Hdf5Dataset dataset = file.OpenDataset($"{order}_{kind}_{layout}");
                    Assert.Equal(expected.Select(value => (float)value), dataset.ReadFloat<float>());
                    Assert.Equal(expected.Select(value => (double)value), dataset.ReadFloat<double>());
                    CheckRows<float>(dataset);
                    CheckRows<double>(dataset);
                    CheckScatteredRows(path, dataset.Info.Name);
                }
            }
        }
    }

    [Fact]
    public void Datasets_are_listed_with_shape_and_type()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("every.h5");
        TestData.RunPython(["h5py"], WriteEveryKind, path);
        using Hdf5File file = Hdf5File.Open(path);
        IReadOnlyList<Hdf5DatasetInfo> datasets = file.List();
        Assert.Equal(49, datasets.Count);
        Assert.Contains("big_f8_shuffled (8 x 9 float64)", datasets.Select(dataset => dataset.ToString()));
        Assert.Contains("little_i2_chunked (8 x 9 int16)", datasets.Select(dataset => dataset.ToString()));
        Assert.Contains("group/inner/unsigned (8 x 9 uint8)", datasets.Select(dataset => dataset.ToString()));
        using Hdf5Dataset inner = file.OpenDataset("group/inner/unsigned");
        Assert.Equal(Enumerable.Range(0, 72), inner.ReadInt32());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void What_is_written_is_read_by_h5py_and_by_us(int deflateLevel)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("ours.h5");
        int[] integers = [int.MinValue, -1, 0, 1, 2, int.MaxValue];
        var random = new SeededRandom(1);
        Matrix<float> floats = Matrix.Normal<float>(random, 1000, 70);
        Hdf5Writer.Write(path, file =>
        {
            file.Add<int>("matrix", [3, 2], integers, deflateLevel);
            file.Add<int>("vector", [6], integers, deflateLevel);
            file.Add<float>("empty", [0, 5], [], deflateLevel);
            file.AddByBlocks<float>(
                "floats", [1000, 70], 37, (row, block) => floats.Span.Slice((int)row * 70, block.Length).CopyTo(block), deflateLevel);
        });

        using (Hdf5File file = Hdf5File.Open(path))
        using (Hdf5Dataset matrix = file.OpenDataset("matrix"), vector = file.OpenDataset("vector"), read = file.OpenDataset("floats"))
        {
            Assert.Equal(integers, matrix.ReadInt32());
            Assert.Equal([3L, 2L], matrix.Info.Shape);
            Assert.Equal(integers, vector.ReadInt32());
            Assert.Equal([6L], vector.Info.Shape);
            Assert.Equal(floats.Span.ToArray(), read.ReadFloat<float>());
        }

        string seen = TestData.RunPython(["h5py"], """
            import sys, h5py, numpy as np
            with h5py.File(sys.argv[1], 'r') as f:
                for name in f:
                    d = f[name]
                    print(name, d.shape, d.dtype, d.compression, d.shuffle, repr(float(np.sum(d[()], dtype='f8'))))
            """, path);
        double sum = floats.Span.ToArray().Sum(value => (double)value);
        string filter = deflateLevel > 0 ? "gzip True" : "None False";
        Assert.Contains("empty (0, 5) float32 None False 0.0\n", seen);
        Assert.Contains($"matrix (3, 2) int32 {filter} 1.0\n", seen);
        Assert.Contains($"vector (6,) int32 {filter} 1.0\n", seen);
        string line = seen.Split('\n').Single(text => text.StartsWith($"floats (1000, 70) float32 {filter}", StringComparison.Ordinal));
        Assert.Equal(sum, double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture), 1e-6);
    }

    [Fact]
    public void Same_input_gives_the_same_bytes()
    {
        using TemporaryFolder folder = TestData.Temporary();
        foreach (string name in new[] { "a.h5", "b.h5" })
        {
            Hdf5Writer.Write(folder.File(name), file => file.Add<int>("x", [4], [1, 2, 3, 4], 1));
            Thread.Sleep(name == "a.h5" ? 1100 : 0);
        }

        Assert.Equal(File.ReadAllBytes(folder.File("a.h5")), File.ReadAllBytes(folder.File("b.h5")));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        Hdf5Writer.Write(path, file => file.Add<int>("x", [1], [7]));
        byte[] before = File.ReadAllBytes(path);
        Assert.Throws<InvalidOperationException>(() => Hdf5Writer.Write(path, file => file.AddByBlocks<float>(
            "y", [10, 10], 2, (row, block) => throw new InvalidOperationException())));
        var twice = Assert.Throws<DataException>(() => Hdf5Writer.Write(path, file =>
        {
            file.Add<int>("x", [1], [7]);
            file.Add<int>("x", [1], [7]);
        }));
        Assert.StartsWith($"{path}: dataset \"x\" cannot be made: ", twice.Message);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("é 写真.h5")]
    [InlineData("with space.h5")]
    public void File_names_of_any_script_work(string name)
    {
        using TemporaryFolder folder = TestData.Temporary();
        Hdf5Writer.Write(folder.File(name), file => file.Add<int>("données", [1], [7]));
        using Hdf5File file = Hdf5File.Open(folder.File(name));
        Assert.Equal("données (1 int32)", Assert.Single(file.List()).ToString());
    }

    [Fact]
    public void Threads_may_read_files_of_their_own()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        int[] expected = [.. Enumerable.Range(0, 3000)];
        Hdf5Writer.Write(path, file => file.Add<int>("x", [1000, 3], expected, 1));
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            using Hdf5File file = Hdf5File.Open(path);
            using Hdf5Dataset dataset = file.OpenDataset("x");
            Assert.Equal(expected, dataset.ReadInt32());
        });
    }

    private static void CheckRows<T>(Hdf5Dataset dataset)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckRows<T>(dataset, new Matrix<T>(5, 9));
        CheckRows<T>(dataset, new Matrix<T>(5, 11).AsSpan().ColumnBlock(1, 9));
        dataset.ReadRows<T>(8, new Matrix<T>(0, 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.ReadRows<T>(4, new Matrix<T>(5, 9)));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.ReadRows<T>(-1, new Matrix<T>(5, 9)));
        Assert.Throws<ArgumentException>(() => dataset.ReadRows<T>(0, new Matrix<T>(5, 8)));
    }

    private static void CheckRows<T>(Hdf5Dataset dataset, MatrixSpan<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        dataset.ReadRows(2, destination);
        for (int row = 0; row < destination.Rows; row++)
        {
            for (int column = 0; column < 9; column++)
            {
                Assert.Equal(T.CreateChecked(((row + 2) * 9) + column - 20), destination[row, column]);
            }
        }
    }

    private static void CheckScatteredRows(string path, string name)
    {
        using Hdf5Features features = Hdf5Features.Open(path, name);
        int[] rows = [7, 0, 3, 4, 5, 3, 7];
        var read = new Matrix<float>(rows.Length, 9);
        features.Read(rows, read);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.Equal(Enumerable.Range((rows[i] * 9) - 20, 9).Select(value => (float)value), read.Row(i).ToArray());
        }
    }
}
