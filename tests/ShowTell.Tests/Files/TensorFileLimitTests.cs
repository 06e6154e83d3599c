using System.Text;
using ShowTell.Files;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Files;

/// <summary>Hand-made tensor files: of unusual content, larger than what is read, or not what they claim.</summary>
public sealed class TensorFileLimitTests : IDisposable
{
    private readonly TemporaryFolder _folder = TestData.Temporary();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_no_file_or_cannot_be_opened_is_told()
    {
        string path = Safetensors("{}");
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Refused<DataException>(() => new SafeTensorsFile(path), path, "cannot be read");
            Refused<ModelFileException>(() => SafeTensorsReader.Open(path), path, "cannot be read");
        }

        Refused<DataException>(() => new SafeTensorsFile(_folder.Path), _folder.Path, "cannot be read");
        Refused<ModelFileException>(() => SafeTensorsReader.Open(_folder.Path), _folder.Path, "it is a folder");
    }

    /// <summary>Files with holes take no space on the disk.</summary>
    [Fact]
    public void Tensors_that_are_too_large_to_be_read_as_a_whole_are_refused()
    {
        const long length = 50_000 * 50_000L;
        string path = Safetensors(
            """{"a": {"dtype": "U8", "shape": [50000, 50000], "data_offsets": [0, 2500000000]}}""", length);
        using (SafeTensorsReader reader = SafeTensorsReader.Open(path))
        {
            Refused<ModelFileException>(() => reader.Read<byte>("a"), path, "has 2500000000 elements; at most");
        }

        using (var file = new SafeTensorsFile(path))
        {
            Refused<DataException>(() => file.ReadInt32("a"), path, "is too large to be read as a whole");
        }

        path = Npy("<f4", "300000000, 1", version: 1, length: 1_200_000_000);
        using (var file = new NpyFile(path))
        {
            Refused<DataException>(() => file.ReadSingle("features"), path, "is too large to be read as a whole");
        }
    }

    [Fact]
    public void A_damaged_tensor_is_found_when_all_are_verified()
    {
        string path = _folder.File("m");
        using (FileStream stream = File.Create(path))
        {
            NamedTensor[] tensors =
            [
                NamedTensor.Of<float>("a", [2], new float[] { 1, 2 }), NamedTensor.Of<byte>("b", [1], new byte[] { 3 }),
            ];
            SafeTensors.Write(stream, new Dictionary<string, string>(), tensors);
            stream.Position = stream.Length - (3 * sizeof(uint)) - 1; // The only byte of b, before three checksums.
            stream.WriteByte(4);
        }

        using SafeTensorsReader reader = SafeTensorsReader.Open(path);
        Assert.Equal([1, 2], reader.Read<float>("a"));
        Refused<ModelFileException>(reader.Verify, path, "the tensor b is damaged: its checksum is");
        Refused<ModelFileException>(() => reader.CopyTo("b", Stream.Null), path, "the tensor b is damaged");
    }

    [Theory]
    [InlineData("U32", "1, 1", 4)]
    [InlineData("U32", "", 4)]
    [InlineData("U32", "2", 8)]
    [InlineData("I32", "1", 4)]
    public void Checksums_of_another_type_or_shape_are_refused(string type, string shape, int length)
    {
        string path = Safetensors(
            $$"""
            {"checksums": {"dtype": "{{type}}", "shape": [{{shape}}], "data_offsets": [0, {{length}}]} }
            """,
            length);
        Refused<ModelFileException>(
            () => SafeTensorsReader.Open(path), path,
            "its last tensor, checksums, must have the type U32 and the shape [1]");
    }

    [Fact]
    public void Tensors_without_checksums_are_not_verified()
    {
        string path = Safetensors(
            """
            {"__metadata__": {"s": "[\"a\", null]"},
            "a": {"dtype": "I32", "shape": [2], "data_offsets": [0, 8]},
            "a.crc32c": {"dtype": "I32", "shape": [1, 1], "data_offsets": [8, 12]}}
            """,
            length: 12);
        using var file = new SafeTensorsFile(path);
        Assert.Equal(["a", ""], file.ReadStrings("s"));
        Assert.Equal([0, 0], file.ReadInt32("a"));
        Assert.Null(file.FindDamage("a", null));
        Refused<DataException>(() => file.FindDamage("b", null), path, "has no tensor \"b\"");
    }

    [Fact]
    public void Damage_is_found_row_by_row()
    {
        string path = _folder.File("f.safetensors");
        Tensors.Write(path, content => content.Add<float>("features", [3, 2], [1, 2, 3, 4, 5, 6]));
        using (var file = new SafeTensorsFile(path))
        {
            Assert.Empty(file.FindDamage("features", null)!);
        }

        byte[] bytes = File.ReadAllBytes(path);
        bytes[^9] ^= 1; // The last byte of the second row.
        File.WriteAllBytes(path, bytes);
        using (var file = new SafeTensorsFile(path))
        {
            Assert.Equal([1], file.FindDamage("features", null)!);
        }
    }

    [Fact]
    public void NumPy_files_may_go_on_with_anything_long_and_be_big_endian()
    {
        // What follows the array is only looked at if it could be ours.
        string path = Npy(">f4", "2, 1", version: 2, length: (256L << 20) + 9, [0x3F, 0x80, 0, 0, 0xC0]);
        using (var file = new NpyFile(path))
        {
            Assert.Equal("features", Assert.Single(file.Tensors).Name);
            using IRowReader rows = file.OpenRows("features");
            var read = new Matrix<float>(2, 1);
            rows.Read(0, read);
            Assert.Equal([1f, -2], read.Span);
        }

        path = Npy("<f4", "1,", 2, 4, [0, 0, 0, 0, .. "{\"s\": [\"a\", null]}"u8]);
        using (var file = new NpyFile(path))
        {
            Assert.Equal(["a", ""], file.ReadStrings("s"));
        }

        path = Npy("<f4", "1,", 2, 4, [0, 0, 0, 0, .. "{\"s\": [1]}"u8]);
        Refused<DataException>(() => new NpyFile(path), path, "is not an intact .npy file");
        path = Npy("<f4", new string(' ', 1 << 20), 2, 4);
        Refused<DataException>(() => new NpyFile(path), path, "its header length is 10486");
    }

    [Fact]
    public void A_header_that_is_too_long_for_the_format_is_not_written()
    {
        string path = _folder.File("f.safetensors"), name = new('x', 1 << 20);
        string[] names = [.. Enumerable.Repeat(name, 96)];
        var error = Assert.Throws<DataException>(() => Tensors.Write(path, content => content.AddStrings("s", names)));
        Assert.Contains("the limit of the format is 100000000. Split the dataset.", error.Message);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Tensors_of_models_have_a_few_types_and_as_many_elements_as_their_shape()
    {
        Assert.Equal(
            ["F32", "F64", "I32", "U32", "I64", "U64", "U8"],
            [
                NamedTensor.TypeOf<float>(), NamedTensor.TypeOf<double>(), NamedTensor.TypeOf<int>(),
                NamedTensor.TypeOf<uint>(), NamedTensor.TypeOf<long>(), NamedTensor.TypeOf<ulong>(),
                NamedTensor.TypeOf<byte>(),
            ]);
        Assert.Throws<NotSupportedException>(NamedTensor.TypeOf<Half>);
        Assert.Contains(
            "3 elements do not fill a (2 x 2)",
            Assert.Throws<ArgumentException>(() => NamedTensor.Of<float>("a", [2, 2], new float[3])).Message);
    }

    private string Safetensors(string header, long length = 0)
    {
        string path = _folder.File($"{Guid.NewGuid()}.safetensors");
        using FileStream stream = File.Create(path);
        stream.Write(BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)));
        stream.Write(Encoding.UTF8.GetBytes(header));
        stream.SetLength(stream.Length + length);
        return path;
    }

    private string Npy(string type, string shape, byte version, long length, byte[]? content = null)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({shape}), }}\n";
        string path = _folder.File($"{Guid.NewGuid()}.npy");
        using FileStream stream = File.Create(path);
        stream.Write([0x93, .. "NUMPY"u8, version, 0]);
        stream.Write(BitConverter.GetBytes(header.Length).AsSpan(0, version == 1 ? 2 : 4));
        stream.Write(Encoding.ASCII.GetBytes(header));
        long start = stream.Length;
        stream.Write(content);
        stream.SetLength(Math.Max(stream.Length, start + length));
        return path;
    }

    private static void Refused<T>(Action read, params string[] said)
        where T : Exception
    {
        string message = Assert.Throws<T>(read).Message;
        Assert.All(said, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private static void Refused<T>(Func<object?> read, params string[] said)
        where T : Exception => Refused<T>(() => { read(); }, said);
}
