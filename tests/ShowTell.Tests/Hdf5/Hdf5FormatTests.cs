using System.Diagnostics;
using ShowTell.Files;
using ShowTell.Hdf5;
using Xunit;

namespace ShowTell.Tests.Hdf5;

public sealed class Hdf5FormatTests
{
    private static readonly int[] s_integers = [int.MinValue, -1, 0, 1, 2, int.MaxValue];
    private static readonly string[] s_names =
        ["a.jpg", "", "Größe 写真 🐈.jpg", new('x', 5000), "with space ", "a.jpg"];

    // Every half, those that are no number and those of subnormal size among them.
    private static readonly Half[] s_halves =
        [.. Enumerable.Range(0, 1 << 16).Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits))];

    /// <summary>
    /// Makes tests/golden/hdf5/written.h5, which tests/golden/hdf5.py reads with h5py and compares: so h5py reads what
    /// is written today.
    /// </summary>
    [Fact]
    public void What_is_written_are_the_bytes_that_h5py_has_read()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("written.h5");
        new Hdf5Format().Write(path, Content());
        Assert.True(
            File.ReadAllBytes(Hdf5Golden.PathOf("written")).AsSpan().SequenceEqual(File.ReadAllBytes(path)),
            "Other bytes are written. Copy the file that is written into tests/golden/hdf5/written.h5, "
            + "and run tests/golden/hdf5.py with h5py.");
    }

    [Fact]
    public void What_is_written_is_read()
    {
        using Hdf5File file = Hdf5Golden.Open("written");
        Assert.Equal(
            "blocks (30 x 7 float32), cube (10 x 2 x 3 float16), empty (0 x 5 float32), integers (3 x 2 int32), "
            + "names (6 string), no_names (0 string), one (1 string), vector (6 int32)",
            string.Join(", ", file.Tensors));
        Assert.Equal(s_integers, file.ReadInt32("integers"));
        Assert.Equal(s_integers, file.ReadInt32("vector"));
        Assert.Empty(file.ReadSingle("empty"));
        Assert.Equal(Enumerable.Range(0, 210).Select(i => i / 2f), file.ReadSingle("blocks"));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => i / 4f), file.ReadSingle("cube"));
        Assert.Equal(s_names, file.ReadStrings("names"));
        Assert.Empty(file.ReadStrings("no_names"));
        Assert.Equal("single", file.ReadString("one"));
    }

    [Fact]
    public void Every_half_and_many_strings_are_written_as_h5py_has_them()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        var content = new TensorFileContent();
        content.AddRows<Half>("halves", [256, 4, 64], 37, (row, block) =>
            s_halves.AsSpan((int)row * 256, block.Length).CopyTo(block));
        content.AddStrings("many", [.. Enumerable.Range(0, 3000).Select(i => $"photo {i}.jpg")]);
        new Hdf5Format().Write(path, content);
        using (Hdf5File file = Hdf5File.Open(path))
        {
            Assert.Equal(s_halves.Select(half => (float)half), file.ReadSingle("halves"));
            Assert.Equal(content.Strings["many"], file.ReadStrings("many"));
        }

        Assert.Equal(
            "<f2 (256, 4, 64) None True True\nTrue ('utf-8', None) (3000,) 40890\n",
            TestData.RunPython(["h5py"], """
                import sys, h5py, numpy as np
                with h5py.File(sys.argv[1], 'r') as f:
                    d = f['halves']
                    same_type = d.id.get_type() == h5py.h5t.py_create(np.dtype('<f2'))
                    same_bits = d[()].view('u2').ravel().tolist() == list(range(65536))
                    print(d.dtype.str, d.shape, d.compression, same_type, same_bits)
                    d = f['many']
                    kind = tuple(h5py.check_string_dtype(d.dtype))
                    print(d.dtype == h5py.string_dtype(), kind, d.shape, sum(len(s) for s in d[()]))
                """, path));
    }

    [Fact]
    public void Same_content_gives_the_same_bytes()
    {
        using TemporaryFolder folder = TestData.Temporary();
        foreach (string name in new[] { "a.h5", "b.h5" })
        {
            new Hdf5Format().Write(folder.File(name), Content());
            Thread.Sleep(name == "a.h5" ? 1100 : 0);
        }

        Assert.Equal(File.ReadAllBytes(folder.File("a.h5")), File.ReadAllBytes(folder.File("b.h5")));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        Hdf5Format.Register();
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        TensorFormats.Write(path, Content());
        byte[] before = File.ReadAllBytes(path);
        var failing = new TensorFileContent();
        failing.AddRows<float>("x", [10, 10], 2, (row, _) => throw new InvalidOperationException($"row {row}"));
        Assert.Throws<InvalidOperationException>(() => TensorFormats.Write(path, failing));
        foreach (string name in new[] { "x", "group/y" })
        {
            var bad = new TensorFileContent();
            bad.Add<int>("x", [1], [7]);
            bad.Add<int>(name, [1], [7]);
            Assert.Throws<ArgumentException>(() => TensorFormats.Write(path, bad));
        }

        var surrogate = new TensorFileContent();
        surrogate.AddStrings("names", ["good", "\ud800"]);
        Assert.ThrowsAny<ArgumentException>(() => TensorFormats.Write(path, surrogate));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("é 写真.h5")]
    [InlineData("with space.hdf5")]
    public void File_names_of_any_script_work(string name)
    {
        using TemporaryFolder folder = TestData.Temporary();
        var content = new TensorFileContent();
        content.Add<int>("données", [1], [7]);
        new Hdf5Format().Write(folder.File(name), content);
        using Hdf5File file = Hdf5File.Open(folder.File(name));
        Assert.Equal("données (1 int32)", Assert.Single(file.Tensors).ToString());
    }

    [Fact]
    public void A_process_that_is_started_while_a_file_is_written_does_not_hold_it()
    {
        Assert.SkipUnless(File.Exists("/bin/sleep"), "There is no /bin/sleep here.");
        Hdf5Format.Register();
        using TemporaryFolder folder = TestData.Temporary();
        Process? child = null;
        try
        {
            var content = new TensorFileContent();
            content.AddRows<float>("features", [1, 2], 1, (_, _) => child = Process.Start("/bin/sleep", "60"));
            TensorFormats.Write(folder.File("a.h5"), content);
            Assert.True(File.Exists(folder.File("a.h5")));
        }
        finally
        {
            child?.Kill();
            child?.Dispose();
        }
    }

    private static TensorFileContent Content()
    {
        var content = new TensorFileContent();
        content.Add<int>("integers", [3, 2], s_integers);
        content.Add<int>("vector", [6], s_integers);
        content.Add<float>("empty", [0, 5], []);
        content.AddRows<float>("blocks", [30, 7], 4, (row, block) =>
        {
            for (int i = 0; i < block.Length; i++)
            {
                block[i] = ((row * 7) + i) / 2f;
            }
        });
        content.AddRows<Half>("cube", [10, 2, 3], 3, (row, block) =>
        {
            for (int i = 0; i < block.Length; i++)
            {
                block[i] = (Half)(((row * 6) + i) / 4f);
            }
        });
        content.AddStrings("names", s_names);
        content.AddStrings("no_names", []);
        content.AddStrings("one", ["single"]);
        return content;
    }
}
