using ShowTell.Hdf5;
using Xunit;

namespace ShowTell.Tests.Hdf5;

public sealed class Hdf5StringsTests
{
    [Fact]
    public void Strings_of_every_kind_that_h5py_writes_are_read()
    {
        using Hdf5File file = Hdf5Golden.Open("strings");
        foreach ((string name, string[] expected) in new (string, string[])[]
        {
            ("contiguous", Hdf5Golden.Names), ("chunked", Hdf5Golden.Names), ("deflated", Hdf5Golden.Names),
            ("ascii", ["a", "bc"]), ("scalar", ["hello"]), ("bytes", ["a.jpg", "", "b  "]),
            ("fixed_chunks", ["a.jpg", "", "b  "]), ("utf8", Hdf5Golden.Names[..3]), ("empty", []),
            ("terminated", ["a.jpg", "", "b"]), ("spaces", ["a.jpg", "", "b"]), ("changed", ["again 299", "second"]),
        })
        {
            Assert.Equal(expected, file.ReadStrings(name));
        }

        using Hdf5File latest = Hdf5Golden.Open("latest");
        Assert.Equal(Hdf5Golden.Names, latest.ReadStrings("names"));
    }

    [Theory]
    [InlineData("matrix", "matrix (1 x 2 string): has 2 dimensions, but must have 0 or 1.")]
    [InlineData("numbers", "numbers (3 int64): must hold strings.")]
    [InlineData("latin", "latin (2 string): string 1 is not UTF-8.")]
    [InlineData("many", "many (5000000 string): contains 5000000 strings; the maximum is 4194304.")]
    [InlineData(
        "wide",
        "wide (3 string): takes 180000000 bytes, but only 25868 are stored in this file: it is incomplete, or its "
        + "header is damaged.")]
    public void What_is_no_list_of_few_strings_is_refused(string name, string reason)
    {
        using Hdf5File file = Hdf5Golden.Open("strings");
        Assert.Equal(
            $"{file.Path}: {reason}", Assert.Throws<DataException>(() => file.ReadStrings(name)).Message);
    }

    [Fact]
    public void Strings_that_were_never_written_are_empty_as_in_h5py()
    {
        using Hdf5File file = Hdf5Golden.Open("strings");
        Assert.Equal(["", ""], file.ReadStrings("unwritten"));
    }

    [Fact]
    public void Damaged_heaps_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("damaged.h5");
        byte[] whole = File.ReadAllBytes(Hdf5Golden.PathOf("latest"));
        int heap = whole.AsSpan().IndexOf("GCOL"u8);
        int refused = 0;
        for (int i = heap; i < heap + 200; i += 11)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x41;
            File.WriteAllBytes(path, damaged);
            try
            {
                using Hdf5File file = Hdf5File.Open(path);
                file.ReadStrings("names");
            }
            catch (DataException error)
            {
                Assert.StartsWith(path, error.Message);
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 2, 19);
    }
}
