using ShowTell.Data;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Data;

public sealed class Hdf5DamageTests
{
    [Fact]
    public void Files_cut_at_any_length_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("whole.h5");
        Hdf5Writer.Write(path, file => file.Add<float>("features", [40, 30], new float[1200]));
        byte[] whole = File.ReadAllBytes(path);
        string cut = folder.File("cut.h5");
        foreach (int length in new[] { 0, 1, 7, 8, 9, 40, 96, 200, 512, 800, 1000, 2048, whole.Length - 4000, whole.Length - 1 })
        {
            File.WriteAllBytes(cut, whole[..length]);
            var error = Assert.Throws<DataException>(() => Hdf5Features.Open(cut));
            string expected = length < 8 ? "is not an HDF5 file" : "cannot be opened, it is truncated or damaged: ";
            Assert.StartsWith($"{cut}: {expected}", error.Message);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void Missing_and_foreign_files_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string absent = folder.File("absent.h5");
        Assert.Equal($"{absent}: there is no such file.", Refusal(absent));
        string text = folder.File("text.h5");
        File.WriteAllText(text, new string('x', 5000));
        Assert.Equal($"{text}: is not an HDF5 file: its 5000 bytes lack the signature of one.", Refusal(text));
        Assert.StartsWith($"{folder.Path}: cannot be opened: ", Refusal(folder.Path));
    }

    [Fact]
    public void Missing_dataset_lists_those_present()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        Hdf5Writer.Write(path, file =>
        {
            file.Add<int>("ids", [3], [1, 2, 3]);
            file.Add<float>("mean", [1, 2], [1, 2]);
        });
        Assert.Equal($"{path}: has no dataset \"features\"; it holds ids (3 int32), mean (1 x 2 float32).", Refusal(path));
        Assert.Equal($"{path}: dataset ids (3 int32): must hold floating-point numbers.", Refusal(path, "ids"));
        using Hdf5File file = Hdf5File.Open(path);
        using Hdf5Dataset mean = file.OpenDataset("mean"), ids = file.OpenDataset("ids");
        Assert.Equal(
            $"{path}: dataset mean (1 x 2 float32): must hold integers.", Assert.Throws<DataException>(mean.ReadInt32).Message);
        Assert.Equal(
            $"{path}: dataset ids (3 int32): has 1 dimensions, but must have 2.",
            Assert.Throws<DataException>(() => ids.RequireRank(2)).Message);
    }

    [Fact]
    public void What_h5py_can_write_but_captioners_cannot_use_is_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("odd.h5");
        TestData.RunPython(["h5py"], """
            import sys, h5py, numpy as np
            with h5py.File(sys.argv[2], 'w') as f:
                f['features'] = np.zeros((2, 3), 'f4')
            with h5py.File(sys.argv[1], 'w') as f:
                f['vector'] = np.zeros(3, 'f4')
                f['scalar'] = np.float32(3)
                f['text'] = 'hello'
                f['hypercube'] = np.zeros((2, 2, 2, 2), 'f4')
                f['none'] = h5py.Empty('f4')
                f['no_rows'] = np.zeros((0, 5), 'f4')
                f['no_columns'] = np.zeros((5, 0), 'f4')
                f['wide'] = np.array([1, 2**40, 3])
                f['unsigned'] = np.array([2**64 - 1], 'u8')
                f['u32'] = np.array([2**31], 'u4')
                f['link'] = h5py.ExternalLink(sys.argv[2], 'features')
                f['dangling'] = h5py.SoftLink('/nowhere')
                f.create_group('group')['self'] = f['/']
                f.create_dataset('unwritten', (1000, 1000), 'f4')
                f.create_dataset('terabytes', (2**31 - 1, 4096), 'f4')
                f.create_dataset('chunked_terabytes', (2**31 - 1, 4096), 'f4', chunks=(1, 4096), compression='gzip')
                f.create_dataset('overflow', (2**40, 2**40), 'f4', chunks=(1, 4096))
                f.create_dataset('huge_chunks', (60000, 4096), 'f4', chunks=(30000, 4096))
                f.create_dataset('long', (2**33, 1), 'i4', chunks=(2**16, 1))
                layout = h5py.VirtualLayout((2, 3), 'f4')
                layout[:] = h5py.VirtualSource(sys.argv[2], 'features', (2, 3))
                f.create_virtual_dataset('virtual', layout)
                p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
                p.set_external(sys.argv[2].encode(), 0, 24)
                h5py.h5d.create(f.id, b'external', h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2, 3)), p)
            """, path, folder.File("other.h5"));
        foreach ((string name, string reason) in new[]
        {
            ("vector", "has 1 dimensions"), ("scalar", "has 0 dimensions"), ("text", "must hold floating-point"),
            ("hypercube", "has 4 dimensions, but must have 2 or 3."), ("none", "has 1 dimensions"), ("no_rows", "holds no features"),
            ("no_columns", "holds no features"), ("link", "has no dataset \"link\""), ("dangling", "has no dataset \"dangling\""),
            ("group", "has no dataset \"group\""), ("unwritten", "takes 4000000 bytes, but only 0 are stored"),
            ("terabytes", "takes 35184372072448 bytes, but only 0 are stored"), ("chunked_terabytes", "only 0 are stored"),
            ("overflow", "smaller chunks with h5repack"), ("huge_chunks", "smaller chunks with h5repack"),
            ("virtual", "lie in other files"), ("external", "lie in other files"),
        })
        {
            Assert.Contains(reason, Refusal(path, name));
        }

        using Hdf5File file = Hdf5File.Open(path);
        foreach ((string name, string value) in new[] { ("wide", "1099511627776"), ("unsigned", $"{long.MaxValue}"), ("u32", "2147483648") })
        {
            using Hdf5Dataset dataset = file.OpenDataset(name);
            Assert.Contains($"is {value}, which does not fit into 32 bits", Assert.Throws<DataException>(dataset.ReadInt32).Message);
        }

        Assert.InRange(file.List().Count, 15, 10_000);
    }

    [Fact]
    public void A_user_block_before_the_data_is_skipped()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("user.h5");
        TestData.RunPython(["h5py"], """
            import sys, h5py, numpy as np
            with h5py.File(sys.argv[1], 'w', userblock_size=2048) as f:
                f['features'] = np.arange(6, dtype='f4').reshape(2, 3)
            """, path);
        using Hdf5Features features = Hdf5Features.Open(path);
        var read = new Matrix<float>(2, 3);
        features.Read([1, 0], read);
        Assert.Equal([3f, 4, 5, 0, 1, 2], read.Span.ToArray());
    }

    [Fact]
    public void Damaged_bytes_never_give_anything_but_data_or_a_data_exception()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("whole.h5");
        Hdf5Writer.Write(path, file => file.Add<float>("features", [40, 30], new float[1200], 4));
        byte[] whole = File.ReadAllBytes(path);
        int[] rows = [.. Enumerable.Range(0, 40)];
        var read = new Matrix<float>(40, 30);
        int refused = 0;
        for (int position = 0; position < whole.Length; position += 3)
        {
            byte[] damaged = [.. whole];
            damaged[position] ^= 0xFF;
            File.WriteAllBytes(path, damaged);
            try
            {
                using Hdf5Features features = Hdf5Features.Open(path);
                if (features.Rows == 40 && features.Columns == 30)
                {
                    features.Read(rows, read);
                }
            }
            catch (DataException error)
            {
                Assert.StartsWith(path, error.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 20, whole.Length);
    }

    [Fact]
    public void A_file_that_shrinks_while_it_is_open_is_noticed()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        Hdf5Writer.Write(path, file => file.Add<float>("features", [400, 30], new float[12000]));
        using Hdf5Features features = Hdf5Features.Open(path);
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(20_000);
        }

        var read = new Matrix<float>(1, 30);
        features.Read([3], read);
        var error = Assert.Throws<DataException>(() => features.Read([399], read));
        Assert.Contains("it was truncated", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => features.Read([400], read));
        Assert.Throws<ArgumentOutOfRangeException>(() => features.Read([-1], read));
        Assert.Throws<ArgumentException>(() => features.Read([1, 2], read));
    }

    private static string Refusal(string path, string dataset = "features")
    {
        string message = Assert.Throws<DataException>(() => Hdf5Features.Open(path, dataset).Dispose()).Message;
        Assert.StartsWith(path, message);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
