using ShowTell.Data;
using Xunit;

namespace ShowTell.Tests.Data;

public sealed class Hdf5StringsTests
{
    private static readonly string[] Names = ["a.jpg", "", "Größe 写真 🐈.jpg", new('x', 9000), "with space ", "a.jpg"];

    [Fact]
    public void What_is_written_is_read_by_h5py_and_by_us()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        string[] many = [.. Enumerable.Range(0, 3000).Select(i => $"photo {i}.jpg")];
        Hdf5Writer.Write(path, file =>
        {
            file.AddStrings("names", Names);
            file.AddStrings("none", []);
            file.AddStrings("many", many);
        });
        Assert.Equal(Names, Read(path, "names"));
        Assert.Equal(many, Read(path, "many"));
        Assert.Empty(Read(path, "none"));
        Assert.Equal(
            "True ('utf-8', None) (6,) 9044\nTrue ('utf-8', None) (0,) 0\nTrue ('utf-8', None) (3000,) 40890\nTrue\n",
            TestData.RunPython(["h5py"], """
                import sys, h5py
                with h5py.File(sys.argv[1], 'r') as f:
                    for name in 'names', 'none', 'many':
                        d = f[name]
                        print(d.dtype == h5py.string_dtype(), tuple(h5py.check_string_dtype(d.dtype)), d.shape, sum(len(s) for s in d[()]))
                    print([s.decode() for s in f['names'][()]] == ['a.jpg', '', 'Größe 写真 🐈.jpg', 'x' * 9000, 'with space ', 'a.jpg'])
                """, path));
    }

    [Fact]
    public void Same_strings_give_the_same_bytes()
    {
        using TemporaryFolder folder = TestData.Temporary();
        foreach (string name in new[] { "a.h5", "b.h5" })
        {
            Hdf5Writer.Write(folder.File(name), file => file.AddStrings("names", Names));
        }

        Assert.Equal(File.ReadAllBytes(folder.File("a.h5")), File.ReadAllBytes(folder.File("b.h5")));
    }

    [Fact]
    public void Strings_that_no_reader_would_get_back_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        foreach (string bad in new[] { "a\0b", "\ud800", null! })
        {
            Assert.ThrowsAny<ArgumentException>(
                () => Hdf5Writer.Write(folder.File("a.h5"), file => file.AddStrings("names", ["good", bad])));
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Strings_of_every_kind_that_h5py_writes_are_read()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("kinds.h5");
        TestData.RunPython(["h5py"], """
            import sys, h5py, numpy as np
            names = ['a.jpg', '', 'Größe 写真.jpg', 'x' * 5000]
            ascii = np.array([b'a.jpg', b'', b'b  '], 'S6')
            with h5py.File(sys.argv[1], 'w') as f:
                f.create_dataset('contiguous', data=names, dtype=h5py.string_dtype())
                f.create_dataset('chunked', data=names, dtype=h5py.string_dtype(), chunks=(3,), maxshape=(None,))
                f.create_dataset('deflated', data=names, dtype=h5py.string_dtype(), chunks=(3,), compression='gzip', shuffle=True)
                f.create_dataset('ascii', data=['a', 'bc'], dtype=h5py.string_dtype('ascii'))
                f.create_dataset('unwritten', (2,), dtype=h5py.string_dtype(), chunks=(2,))
                f['scalar'] = 'hello'
                f['matrix'] = np.array([['a', 'b']], dtype=h5py.string_dtype())
                f['bytes'] = ascii
                f['numbers'] = np.arange(3)
                f['empty'] = h5py.Empty('S3')
                f.create_dataset('utf8', data=np.array([n.encode() for n in names[:3]], dtype=h5py.string_dtype('utf-8', 20)))
                f.create_dataset('latin', data=np.array([b'ok', b'\xe9t\xe9']))
                for name, pad in ('terminated', h5py.h5t.STR_NULLTERM), ('spaces', h5py.h5t.STR_SPACEPAD):
                    t = h5py.h5t.C_S1.copy()
                    t.set_size(6)
                    t.set_strpad(pad)
                    d = h5py.h5d.create(f.id, name.encode(), t, h5py.h5s.create_simple((3,)))
                    d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b'a.jpg', b'', b'b'], 'S6'), t if name == 'terminated' else None)
                f['changed'] = np.array(['first', 'second'], dtype=h5py.string_dtype())
                for i in range(300):
                    f['changed'][0] = 'again %d' % i
                f.create_dataset('fixed_chunks', data=ascii, chunks=(2,), compression='gzip')
            """, path);
        string[] names = ["a.jpg", "", "Größe 写真.jpg", new('x', 5000)];
        foreach ((string name, string[] expected) in new (string, string[])[]
        {
            ("contiguous", names), ("chunked", names), ("deflated", names), ("ascii", ["a", "bc"]), ("scalar", ["hello"]),
            ("bytes", ["a.jpg", "", "b  "]), ("fixed_chunks", ["a.jpg", "", "b  "]), ("utf8", names[..3]), ("empty", []),
            ("terminated", ["a.jpg", "", "b"]), ("spaces", ["a.jpg", "", "b"]), ("changed", ["again 299", "second"]),
        })
        {
            Assert.Equal(expected, Read(path, name));
        }

        Assert.Equal(
            $"{path}: dataset matrix (1 x 2 string): has 2 dimensions, but must have 0 or 1.", Refusal(path, "matrix"));
        Assert.Equal($"{path}: dataset numbers (3 int64): must hold strings.", Refusal(path, "numbers"));
        Assert.Equal($"{path}: dataset latin (2 string): string 1 is no UTF-8.", Refusal(path, "latin"));
        Assert.Contains("only 0 are stored", Refusal(path, "unwritten"));
    }

    [Fact]
    public void Strings_behind_a_user_block_are_read()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("user.h5");
        TestData.RunPython(["h5py"], """
            import sys, h5py
            with h5py.File(sys.argv[1], 'w', userblock_size=1024) as f:
                f.create_dataset('names', data=['a', 'bc'], dtype=h5py.string_dtype())
            """, path);
        Assert.Equal(["a", "bc"], Read(path, "names"));
    }

    [Fact]
    public void More_strings_or_bytes_than_the_limits_are_refused_before_memory_is_taken()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("bombs.h5");
        TestData.RunPython(["h5py"], """
            import sys, h5py, numpy as np
            with h5py.File(sys.argv[1], 'w') as f:
                f.create_dataset('many', (5000000,), 'S1', chunks=(1000000,), compression='gzip')[:] = np.zeros(5000000, 'S1')
                f.create_dataset('wide', (3,), 'S60000000', chunks=(1,), compression='gzip')[:] = np.zeros(3, 'S60000000')
            """, path);
        Assert.Equal(
            $"{path}: dataset many (5000000 string): holds 5000000 strings; 4194304 are the limit.", Refusal(path, "many"));
        Assert.Equal(
            $"{path}: dataset wide (3 string): its strings take more than 134217728 bytes, which are the limit.",
            Refusal(path, "wide"));
    }

    [Fact]
    public void Files_cut_at_any_length_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        byte[] whole = Whole(folder);
        string cut = folder.File("cut.h5");
        for (int length = 0; length < whole.Length; length += 61)
        {
            File.WriteAllBytes(cut, whole[..length]);
            Assert.StartsWith(cut, Assert.Throws<DataException>(() => Read(cut, "names")).Message);
        }
    }

    [Fact]
    public void Damaged_bytes_never_give_anything_but_strings_or_a_data_exception()
    {
        using TemporaryFolder folder = TestData.Temporary();
        byte[] whole = Whole(folder);
        string path = folder.File("damaged.h5");
        int refusedByHeap = 0;
        byte[] flips = [0xFF, 0x01, 0x40];
        for (int position = 0; position < whole.Length; position++)
        {
            byte[] damaged = [.. whole];
            damaged[position] ^= flips[position % flips.Length];
            File.WriteAllBytes(path, damaged);
            try
            {
                Read(path, "names");
            }
            catch (DataException error)
            {
                Assert.StartsWith(path, error.Message);
                Assert.DoesNotContain('\n', error.Message);
                refusedByHeap += error.Message.Contains("heap of its strings", StringComparison.Ordinal) ? 1 : 0;
            }
        }

        Assert.InRange(refusedByHeap, 100, whole.Length);
    }

    [Fact]
    public void A_file_that_shrinks_while_it_is_open_is_noticed()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        Hdf5Writer.Write(path, file => file.AddStrings("names", [.. Enumerable.Range(0, 500).Select(i => $"photo {i}.jpg")]));
        using Hdf5File file = Hdf5File.Open(path);
        using Hdf5Dataset dataset = file.OpenDataset("names");
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(stream.Length - 5000);
        }

        Assert.StartsWith(path, Assert.Throws<DataException>(dataset.ReadStrings).Message);
    }

    [Fact]
    public void Reference_features_have_the_names_of_their_photos()
    {
        string folder = TestData.Shared("data", "squeezenet1_1");
        using Hdf5File file = Hdf5File.Open(Path.Combine(folder, "reference_features.h5"));
        using Hdf5Dataset names = file.OpenDataset("names");
        string[] read = names.ReadStrings();
        Assert.Equal(names.Info.ElementCount, read.Length);
        Assert.All(read, name => Assert.EndsWith(".jpg", name));
        Assert.Equal(read.Length, read.Distinct().Count());
    }

    private static byte[] Whole(TemporaryFolder folder)
    {
        string path = folder.File("whole.h5");
        Hdf5Writer.Write(path, file => file.AddStrings("names", [.. Enumerable.Range(0, 60).Select(i => $"photo {i}.jpg")]));
        return File.ReadAllBytes(path);
    }

    private static string[] Read(string path, string name)
    {
        using Hdf5File file = Hdf5File.Open(path);
        using Hdf5Dataset dataset = file.OpenDataset(name);
        return dataset.ReadStrings();
    }

    private static string Refusal(string path, string name) =>
        Assert.Throws<DataException>(() => Read(path, name)).Message;
}
