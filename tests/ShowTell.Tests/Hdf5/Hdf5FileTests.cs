using ShowTell.Files;
using ShowTell.Hdf5;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Hdf5;

public sealed class Hdf5FileTests
{
    [Fact]
    public void Numbers_of_every_type_and_byte_order_are_read()
    {
        using Hdf5File file = Hdf5Golden.Open("types");
        Assert.Equal(22, file.Tensors.Count);
        foreach (TensorInfo tensor in file.Tensors)
        {
            Assert.Equal([5L, 4L], tensor.Shape);
            int offset = tensor.ElementType.StartsWith('u') ? 7 : 0;
            Assert.Equal(Hdf5Golden.Values.Select(value => value + offset), file.ReadInt32(tensor.Name));
            Assert.Equal(Hdf5Golden.Floats.Select(value => value + offset), file.ReadSingle(tensor.Name));
            if (offset == 0)
            {
                CheckRows(file, tensor.Name);
            }
        }

        Assert.Equal("big_u8 (5 x 4 uint64)", file.Find("big_u8")!.ToString());
        Assert.Equal("little_f2 (5 x 4 float16)", file.Find("little_f2")!.ToString());
    }

    [Theory]
    [InlineData("layouts", 17)]
    [InlineData("latest", 15)]
    public void Every_layout_filter_and_index_of_chunks_is_read(string name, int count)
    {
        using Hdf5File file = Hdf5Golden.Open(name);
        Assert.Equal(count, file.Tensors.Count);
        foreach (TensorInfo tensor in file.Tensors.Where(tensor => tensor.Shape.Count == 2))
        {
            if (tensor.IsInteger)
            {
                Assert.Equal(Hdf5Golden.Values, file.ReadInt32(tensor.Name));
            }
            else
            {
                Assert.Equal(Hdf5Golden.Floats, file.ReadSingle(tensor.Name));
                CheckRows(file, tensor.Name);
            }
        }
    }

    /// <summary>With shuffle and Fletcher-32, and of chunks that are stored as they are since they do not get shorter.
    /// </summary>
    [Fact]
    public void LZF_is_read()
    {
        using Hdf5File file = Hdf5Golden.Open("filters");
        Assert.Equal(Hdf5Golden.Floats, file.ReadSingle("lzf"));
        Assert.Equal(Hdf5Golden.Floats, file.ReadSingle("lzf_shuffled"));
        Assert.Equal(Hdf5Golden.Values, file.ReadInt32("lzf_checked"));
        float[] runs = file.ReadSingle("lzf_runs");
        Assert.Equal(Enumerable.Range(0, 6_000).Select(i => (float)(i / 100 * i % 7)), runs);
        float[] noise = [.. Enumerable.Range(0, 600).Select(i => (float)((i * 7919L * 104729L) % 1000003) / 1000003)];
        Assert.Equal(noise, file.ReadSingle("lzf_noise"));
        Assert.Equal(noise, file.ReadSingle("lzf_noise_shuffled"));
    }

    /// <summary>Their dimensions are in reverse order there.</summary>
    [Fact]
    public void Matrices_of_MATLAB_are_transposed()
    {
        using Hdf5File file = Hdf5Golden.Open("matlab");
        foreach (string name in new[] { "features", "deflated" })
        {
            Assert.Equal([5L, 4L], file.Find(name)!.Shape);
            Assert.Equal(Hdf5Golden.Floats, file.ReadSingle(name));
            Assert.Equal(Hdf5Golden.Values, file.ReadInt32(name));
            CheckRows(file, name);
        }

        Assert.Contains("empty array of MATLAB", Assert.Throws<DataException>(() => file.ReadSingle("empty")).Message);
        Assert.Contains("text of MATLAB", Assert.Throws<DataException>(() => file.ReadInt32("text")).Message);
        Assert.Contains("must hold strings", Assert.Throws<DataException>(() => file.ReadStrings("cell")).Message);
    }

    [Fact]
    public void Files_of_PyTables_are_read()
    {
        using Hdf5File file = Hdf5Golden.Open("pytables");
        foreach (string name in new[] { "features", "zlib", "checked", "group/extended" })
        {
            Assert.Equal(Hdf5Golden.Floats, file.ReadSingle(name));
            CheckRows(file, name);
        }

        Assert.Equal(["a.jpg", "b.jpg"], file.ReadStrings("names"));
    }

    [Theory]
    [InlineData("cube")]
    [InlineData("cube_rows")]
    public void Chunks_of_three_dimensions_are_put_together(string name)
    {
        using Hdf5File file = Hdf5Golden.Open("layouts");
        float[] expected = [.. Enumerable.Range(0, 60).Select(value => (float)value)];
        Assert.Equal(expected, file.ReadSingle(name));
        using IRowReader rows = file.OpenRows(name);
        Assert.Equal([5L, 3L, 4L], rows.Info.Shape);
        for (int start = 0; start < 5; start++)
        {
            for (int count = 0; count <= 5 - start; count++)
            {
                var read = new Matrix<float>(count, 12);
                rows.Read(start, read);
                Assert.Equal(expected[(start * 12)..((start + count) * 12)], read.Span.ToArray());
            }
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(2048)]
    [InlineData(4096)]
    public void A_user_block_before_the_data_is_skipped(int bytes)
    {
        using Hdf5File file = Hdf5Golden.Open($"userblock_{bytes}");
        Assert.Equal(Hdf5Golden.Floats, file.ReadSingle("features"));
        Assert.Equal(Hdf5Golden.Floats, file.ReadSingle("deflated"));
        Assert.Equal(Hdf5Golden.Names, file.ReadStrings("names"));
        CheckRows(file, "features");
    }

    [Theory]
    [InlineData("soft_earliest")]
    [InlineData("soft_latest")]
    public void Links_within_the_file_may_lead_in_circles(string name)
    {
        using Hdf5File file = Hdf5Golden.Open(name);
        Assert.Contains("features", file.Tensors.Select(tensor => tensor.Name));
        Assert.InRange(file.Tensors.Count, 2, 5);
        Assert.Equal(Hdf5Golden.Values, file.ReadInt32("group/inner/deep"));
        Assert.Equal(Hdf5Golden.Floats, file.ReadSingle("/features"));
    }

    [Fact]
    public void Rows_are_read_in_any_order_without_allocating()
    {
        using Hdf5File file = Hdf5Golden.Open("layouts");
        using Hdf5File types = Hdf5Golden.Open("types");
        var read = new Matrix<float>(2, 4);
        foreach (IRowReader rows in new[]
        {
            types.OpenRows("little_f4"), types.OpenRows("big_f8"), types.OpenRows("little_f2"),
            file.OpenRows("little_f4_compact"), file.OpenRows("big_f2_shuffled"), file.OpenRows("little_f4_chunked"),
        })
        {
            for (int start = 0; start < 4; start++)
            {
                rows.Read(start, read);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 20; i++)
            {
                rows.Read((i * 3) % 4, read);
            }

            Assert.Equal((rows.Info, before), (rows.Info, GC.GetAllocatedBytesForCurrentThread()));
            Assert.Equal(Hdf5Golden.Floats[4..12], read.Span.ToArray());
            Assert.Throws<ArgumentOutOfRangeException>(() => rows.Read(4, new Matrix<float>(2, 4)));
            Assert.Throws<ArgumentOutOfRangeException>(() => rows.Read(-1, new Matrix<float>(2, 4)));
            Assert.Throws<ArgumentException>(() => rows.Read(0, new Matrix<float>(2, 3)));
            rows.Dispose();
        }
    }

    [Fact]
    public void A_dataset_larger_than_the_kept_chunks_is_read_right()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("large.h5");
        TestData.RunPython(["h5py"], """
            import sys, h5py, numpy as np
            with h5py.File(sys.argv[1], 'w') as f:
                data = np.arange(300 * 1000 * 80, dtype='f4').reshape(300, 1000, 80)
                f.create_dataset('features', data=data, chunks=(1, 1000, 80))
            """, path);
        using Hdf5File file = Hdf5File.Open(path);
        using IRowReader rows = file.OpenRows("features");
        var read = new Matrix<float>(1, 80_000);
        foreach (int row in new[] { 0, 299, 150, 0, 299, 1, 2, 3, 150 }.Concat(Enumerable.Range(0, 300)))
        {
            rows.Read(row, read);
            Assert.Equal((row * 80_000f, (row * 80_000f) + 79_999), (read[0, 0], read[0, 79_999]));
        }
    }

    [Fact]
    public void Files_open_through_the_registered_format()
    {
        Hdf5Format.Register();
        Hdf5Format.Register();
        foreach (string extension in new[] { ".h5", ".hdf5", ".HDF" })
        {
            Assert.Equal("HDF5", TensorFormats.Of("features" + extension).Name);
        }

        using ITensorFile file = TensorFormats.Open(Hdf5Golden.PathOf("types"));
        Assert.IsType<Hdf5File>(file);
        Assert.Equal(Hdf5Golden.Floats, file.ReadSingle("big_f4"));
    }

    [Fact]
    public void Threads_may_read_files_of_their_own() =>
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            using Hdf5File file = Hdf5Golden.Open("layouts");
            Assert.Equal(Hdf5Golden.Floats, file.ReadSingle("little_f4_shuffled"));
            Assert.Equal(Hdf5Golden.Floats, file.ReadSingle("big_f2_checked"));
        });

    private static void CheckRows(Hdf5File file, string name)
    {
        using IRowReader rows = file.OpenRows(name);
        for (int start = 0; start < 5; start++)
        {
            for (int count = 0; count <= 5 - start; count++)
            {
                var read = new Matrix<float>(count, 4);
                rows.Read(start, read);
                Assert.Equal(Hdf5Golden.Floats[(start * 4)..((start + count) * 4)], read.Span.ToArray());
            }
        }
    }
}
