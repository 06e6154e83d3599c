using ShowTell.Files;
using ShowTell.Hdf5;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Hdf5;

public sealed class Hdf5RefusalTests
{
    [Theory]
    [InlineData("vector", "vector (3 float32): has 1 dimensions, but must have 2 or 3.")]
    [InlineData("scalar", "scalar (float32): has 0 dimensions, but must have 2 or 3.")]
    [InlineData("hypercube", "hypercube (2 x 2 x 2 x 2 float32): has 4 dimensions, but must have 2 or 3.")]
    [InlineData("none", "none (0 float32): has 1 dimensions, but must have 2 or 3.")]
    [InlineData("text", "text (string): must hold numbers.")]
    [InlineData("truth", "truth (2 enumeration): must hold numbers.")]
    [InlineData("pair", "pair (2 compound): must hold numbers.")]
    [InlineData("wide", "wide (3 int64): has 1 dimensions, but must have 2 or 3.")]
    [InlineData("unwritten", "takes 4000000 bytes, but only 0 are stored in this file: ")]
    [InlineData("terabytes", "takes 35184372072448 bytes, but only 0 are stored in this file: ")]
    [InlineData("chunked_terabytes", "takes 35184372072448 bytes, but only ")]
    [InlineData("overflow", "but only ")]
    [InlineData("huge_chunk", "but only ")]
    [InlineData("virtual", "its elements are in other files; copy them into this one with h5repack.")]
    [InlineData("external", "its elements are in other files; copy them into this one with h5repack.")]
    [InlineData("absent", "has no tensor \"absent\"; it holds chunked_terabytes (2147483647 x 4096 float32), ")]
    public void Rows_of_what_is_not_all_there_are_not_opened(string name, string reason)
    {
        using Hdf5File file = Hdf5Golden.Open("odd");
        Assert.Contains(reason, Refusal(file, () => file.OpenRows(name)));
    }

    [Theory]
    [InlineData("lying", "a chunk of 65536 bytes inflates to more")]
    [InlineData("short", "a chunk has 100 bytes instead of 128")]
    public void Chunks_that_lie_are_refused(string name, string reason)
    {
        using Hdf5File file = Hdf5Golden.Open("odd");
        Assert.Contains(reason, Refusal(file, () => file.OpenRows(name)));
        Assert.Contains(reason, Refusal(file, () => file.ReadSingle(name)));
    }

    [Theory]
    [InlineData("odd", "scaled", "scale-offset (filter 6)")]
    [InlineData("filters", "blosc", "Blosc (filter 32001)")]
    [InlineData("filters", "szip", "szip (filter 4)")]
    [InlineData("filters", "bzip2", "bzip2 (filter 307)")]
    [InlineData("filters", "other", "an unknown filter (filter 40000)")]
    public void Other_filters_are_named(string path, string name, string filter)
    {
        using Hdf5File file = Hdf5Golden.Open(path);
        Assert.EndsWith(
            $"{file.Find(name)}: is compressed by {filter}, which is not supported. Write it with gzip: "
            + "h5repack -f GZIP=4 IN.h5 OUT.h5.",
            Refusal(file, () => file.ReadInt32(name)));
    }

    [Theory]
    [InlineData("wide", "wide (3 int64): element 1 is 1099511627776, which does not fit into 32 bits.")]
    [InlineData("unsigned", "unsigned (1 uint64): element 0 is 18446744073709551615, which does not fit into 32 bits.")]
    [InlineData("u32", "u32 (1 uint32): element 0 is 2147483648, which does not fit into 32 bits.")]
    [InlineData("half", "half (2 float32): element 1 is 0.5, which is not an integer.")]
    [InlineData("text", "text (string): must hold numbers.")]
    public void Integers_that_do_not_fit_are_refused(string name, string reason)
    {
        using Hdf5File file = Hdf5Golden.Open("odd");
        Assert.Equal($"{file.Path}: {reason}", Refusal(file, () => file.ReadInt32(name)));
    }

    [Theory]
    [InlineData("int24", "int24 (2 x 2 non-standard integer): must hold numbers.")]
    [InlineData("int12", "int12 (2 x 2 non-standard integer): must hold numbers.")]
    [InlineData("int16_higher", "int16_higher (2 x 2 non-standard integer): must hold numbers.")]
    [InlineData("int128", "int128 (2 x 2 non-standard integer): must hold numbers.")]
    [InlineData("vax", "vax (2 x 2 non-standard float): must hold numbers.")]
    [InlineData("denormal", "denormal (2 x 2 non-standard float): must hold numbers.")]
    [InlineData("sign_first", "sign_first (2 x 2 non-standard float): must hold numbers.")]
    [InlineData("biased", "biased (2 x 2 non-standard float): must hold numbers.")]
    [InlineData("tall_chunks", "reading a row requires 320000000 bytes of chunks; the maximum is 67108864.")]
    [InlineData("matlab_cube", "is an array of more than two dimensions of MATLAB, which is not supported.")]
    [InlineData("matlab_big", "is a big-endian array of MATLAB, which is not supported.")]
    [InlineData("lzf_short", "a chunk compressed by LZF is damaged.")]
    [InlineData("shuffled", "its shuffle filter has invalid parameters.")]
    public void Unusual_types_and_layouts_are_refused(string name, string reason)
    {
        using Hdf5File file = Hdf5Golden.Open("unusual");
        Assert.Contains(reason, Refusal(file, () => file.ReadSingle(name)));
        Assert.Contains(reason, Refusal(file, () => file.ReadInt32(name)));
    }

    [Fact]
    public void Numbers_of_one_and_eight_bytes_are_read_from_chunks_and_a_single_one_from_a_header()
    {
        using Hdf5File file = Hdf5Golden.Open("unusual");
        Assert.Equal(Hdf5Golden.Values, file.ReadInt32("i1"));
        Assert.Equal(Hdf5Golden.Values, file.ReadInt32("big_i8"));
        Assert.Equal(Hdf5Golden.Floats.Select(value => value + 7), file.ReadSingle("u8"));
        Assert.Equal([2.5f], file.ReadSingle("big_scalar"));
    }

    [Fact]
    public void Too_many_or_too_long_strings_are_refused_each_time()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        File.Copy(Hdf5Golden.PathOf("strings"), path);
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(stream.Length + 200_000); // Room for what it claims, at the highest compression.
        }

        using Hdf5File file = Hdf5File.Open(path);
        for (int i = 0; i < 2; i++)
        {
            Assert.Contains("contains 5000000 strings; ", Refusal(file, () => file.ReadStrings("many")));
            Assert.Contains("its strings take more than ", Refusal(file, () => file.ReadStrings("wide")));
        }
    }

    [Fact]
    public void The_rest_of_a_file_with_odd_datasets_is_read()
    {
        using Hdf5File file = Hdf5Golden.Open("odd");
        Assert.Equal(Hdf5Golden.Floats, file.ReadSingle("fine"));
        Assert.Empty(file.ReadSingle("none"));
        Assert.Empty(file.ReadSingle("no_rows"));
        Assert.Equal([3f], file.ReadSingle("scalar"));
        Assert.Equal(Hdf5Golden.Values, file.ReadInt32("fine"));
        Assert.Equal(["hello"], file.ReadStrings("text"));
        using IRowReader rows = file.OpenRows("no_columns");
        rows.Read(1, new Matrix<float>(3, 0));
    }

    [Fact]
    public void Missing_and_foreign_files_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string absent = folder.File("absent.h5"), text = folder.File("text.h5"), empty = folder.File("empty.h5");
        File.WriteAllText(text, new string('x', 5000));
        File.WriteAllText(empty, "");
        Assert.Equal($"{absent}: there is no such file.", Refusal(absent));
        Assert.Equal($"{text}: is not an HDF5 file: its 5000 bytes lack the signature of one.", Refusal(text));
        Assert.Equal($"{empty}: is not an HDF5 file: its 0 bytes lack the signature of one.", Refusal(empty));
        Assert.StartsWith($"{folder.Path}: cannot be opened: ", Refusal(folder.Path));
    }

    [Theory]
    [InlineData("types")]
    [InlineData("latest")]
    [InlineData("userblock_1024")]
    public void Files_cut_at_any_length_are_refused(string name)
    {
        using TemporaryFolder folder = TestData.Temporary();
        byte[] whole = File.ReadAllBytes(Hdf5Golden.PathOf(name));
        string cut = folder.File("cut.h5");
        for (int length = 1; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(cut, whole[..length]);
            string message = Refusal(cut);
            Assert.Matches("lack the signature of one|it is truncated or damaged", message);
        }
    }

    [Theory]
    [InlineData("features", 1300)]
    [InlineData("names", 1300)]
    public void A_file_that_shrinks_while_it_is_open_is_noticed(string name, int length)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        File.Copy(Hdf5Golden.PathOf("userblock_1024"), path);
        using Hdf5File file = Hdf5File.Open(path);
        using IRowReader rows = file.OpenRows("features");
        file.Find("names");
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(length);
        }

        Assert.Contains("truncated", Refusal(file, () =>
        {
            if (name == "names")
            {
                file.ReadStrings(name);
            }

            rows.Read(4, new Matrix<float>(1, 4));
        }));
    }

    [Fact]
    public void Metadata_without_their_checksum_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        byte[] whole = File.ReadAllBytes(Hdf5Golden.PathOf("latest"));
        foreach (string signature in new[] { "OHDR", "FAHD", "EAHD", "BTHD", "\u0089HDF" })
        {
            byte[] damaged = [.. whole];
            int start = damaged.AsSpan().IndexOf([.. signature.Select(letter => (byte)letter)]);
            Assert.InRange(start, 0, damaged.Length);
            damaged[start + 17] ^= 1;
            File.WriteAllBytes(path, damaged);
            Assert.Throws<DataException>(() =>
            {
                using Hdf5File file = Hdf5File.Open(path);
                foreach (TensorInfo tensor in file.Tensors.Where(tensor => tensor.IsFloat))
                {
                    file.ReadSingle(tensor.Name);
                }
            });
        }
    }

    [Fact]
    public void A_header_that_claims_to_be_longer_than_the_file_is_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.h5");
        byte[] damaged = File.ReadAllBytes(Hdf5Golden.PathOf("latest"));
        damaged[damaged.AsSpan().IndexOf("OHDR"u8) + 5] |= 3; // Its length takes eight bytes.
        File.WriteAllBytes(path, damaged);
        Assert.Contains("it points beyond its end", Refusal(path));
    }

    private static string Refusal(Hdf5File file, Action read)
    {
        string message = Assert.Throws<DataException>(read).Message;
        Assert.StartsWith(file.Path, message);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static string Refusal(string path)
    {
        string message = Assert.Throws<DataException>(() => Hdf5File.Open(path).Dispose()).Message;
        Assert.StartsWith(path, message);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
