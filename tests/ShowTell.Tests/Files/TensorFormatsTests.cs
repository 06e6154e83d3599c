using System.Globalization;
using System.Text;
using ShowTell.Files;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Files;

/// <summary>What holds for files of tensors in every format.</summary>
public sealed class TensorFormatsTests
{
    private const int Rows = 7;
    private const int Columns = 5;

    private static float[] Elements { get; } =
        [.. Enumerable.Range(0, Rows * Columns).Select(i => i == 3 ? 1e-7f : (i - 11.5f) * 0.25f)];

    public static TheoryData<string> Extensions => ["safetensors", "npy", "h5"];

    [Theory]
    [MemberData(nameof(Extensions))]
    public void What_is_written_is_read_again(string extension)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File($"f.{extension}");
        Tensors.Write(path, Example);
        using ITensorFile file = TensorFormats.Open(path);
        Assert.Equal((path, 5), (file.Path, file.Tensors.Count));
        Assert.Equal(["features", "mean", "missing", "names", "recipe"], file.Tensors.Select(info => info.Name));
        Assert.Equal([Rows, Columns], file.Find("features")!.Shape);
        Assert.Equal("float32", file.Find("features")!.ElementType);
        Assert.Null(file.Find("absent"));
        Assert.Equal(Elements, file.ReadSingle("features"));
        Assert.Equal([0.1f, float.MaxValue], file.ReadSingle("mean"));
        Assert.Equal([4, -1, int.MaxValue], file.ReadInt32("missing"));
        Assert.Equal(["ä.jpg", "b \"c\".jpg", ""], file.ReadStrings("names"));
        Assert.Equal(["{\"a\": 1}"], file.ReadStrings("recipe"));
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public void The_same_content_gives_the_same_bytes(string extension)
    {
        using TemporaryFolder folder = TestData.Temporary();
        Tensors.Write(folder.File($"a.{extension}"), Example);
        Tensors.Write(folder.File($"b.{extension}"), Example);
        Assert.Equal(
            File.ReadAllBytes(folder.File($"a.{extension}")), File.ReadAllBytes(folder.File($"b.{extension}")));
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public void Rows_are_read_at_their_place_in_32_and_16_bits(string extension)
    {
        using TemporaryFolder folder = TestData.Temporary();
        Half[] halves = [.. Elements.Select(element => (Half)element)];
        foreach (bool isHalf in new[] { false, true })
        {
            string path = folder.File($"{isHalf}.{extension}");
            Tensors.Write(path, content => AddGrid(content, isHalf, halves));
            using ITensorFile file = TensorFormats.Open(path);
            using IRowReader rows = file.OpenRows("features");
            Assert.Equal([Rows, 1, Columns], rows.Info.Shape);
            var read = new Matrix<float>(3, Columns);
            foreach (int start in (int[])[4, 0, 2])
            {
                rows.Read(start, read);
                float[] expected = Elements[(start * Columns)..((start + 3) * Columns)];
                Assert.Equal(isHalf ? [.. expected.Select(value => (float)(Half)value)] : expected, read.Span);
            }

            Assert.ThrowsAny<ArgumentException>(() => rows.Read(5, read));
            Assert.ThrowsAny<ArgumentException>(() => rows.Read(-1, read));
        }
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public void What_is_asked_for_in_vain_is_told_with_what_there_is(string extension)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File($"f.{extension}");
        Tensors.Write(path, Example);
        using ITensorFile file = TensorFormats.Open(path);
        Refused(() => file.ReadSingle("absent"), path, "\"absent\"", "features (7 x 5 float32)");
        Refused(() => file.ReadInt32("features"), path, "features (7 x 5 float32)", "not an integer");
        Refused(() => file.ReadStrings("features"), path, "features");
        Refused(() => file.ReadSingle("names"), path, "names");
        Refused(() => file.OpenRows("mean"), path, "mean");
        Refused(() => TensorFormats.Open(folder.File($"absent.{extension}")), "absent", "no such file");
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public void Every_cut_of_a_file_is_refused(string extension)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File($"f.{extension}"), cut = folder.File($"cut.{extension}");
        Tensors.Write(path, content => content.Add("features", [Rows, Columns], Elements));
        byte[] whole = File.ReadAllBytes(path);

        // A NumPy file may end with its array.
        int array = whole.AsSpan().LastIndexOf("\n{"u8);
        int step = extension == "h5" ? 1 + (whole.Length / 7) : 1; // HDF5 is checked in a process of its own each time.
        IEnumerable<int> lengths = Enumerable.Range(0, (whole.Length - 2) / step).Select(i => i * step);
        foreach (int length in lengths.Where(length => length != array))
        {
            File.WriteAllBytes(cut, whole[..length]);
            Refused(() => ReadAll(cut), cut);
        }
    }

    /// <summary>Only files with checksums can tell; the others must give a typed error, or numbers.</summary>
    [Theory]
    [InlineData("safetensors")]
    [InlineData("npy")]
    public void Damage_ends_in_a_typed_error(string extension)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File($"f.{extension}"), damaged = folder.File($"damaged.{extension}");
        Tensors.Write(path, Example);
        byte[] whole = File.ReadAllBytes(path);
        var random = new SeededRandom(5);
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = [.. whole];
            for (int change = random.NextInt(4); change >= 0; change--)
            {
                bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            }

            File.WriteAllBytes(damaged, bytes);
            Exception? error = Record.Exception(() => ReadAll(damaged));
            Assert.True(error is null or DataException, $"{i}: {error}");
        }
    }

    [Fact]
    public void A_flipped_bit_of_the_data_is_found_by_the_checksums()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("f.safetensors");
        foreach (bool isHalf in new[] { false, true })
        {
            Tensors.Write(path, content => AddGrid(content, isHalf, [.. Elements.Select(element => (Half)element)]));
            byte[] bytes = File.ReadAllBytes(path);
            int size = isHalf ? 2 : 4;
            bytes[^((2 * Columns * size) + 1)] ^= 1; // The last byte of the fifth row.
            File.WriteAllBytes(path, bytes);
            using ITensorFile file = TensorFormats.Open(path);
            using IRowReader rows = file.OpenRows("features");
            rows.Read(0, new Matrix<float>(4, Columns));
            Refused(() => rows.Read(3, new Matrix<float>(3, Columns)), path, "row 4", "checksum");
            Refused(() => file.ReadSingle("features"), path, "checksum");
        }
    }

    [Fact]
    public void Elements_of_other_types_are_converted()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("f.safetensors");
        string header = """
            {"d":{"dtype":"F64","shape":[1,2],"data_offsets":[0,16]},
            "i":{"dtype":"I64","shape":[2],"data_offsets":[16,32]},
            "b":{"dtype":"BF16","shape":[2],"data_offsets":[32,36]},
            "u":{"dtype":"U8","shape":[2],"data_offsets":[36,38]},
            "w":{"dtype":"I64","shape":[1],"data_offsets":[38,46]}}
            """;
        File.WriteAllBytes(
            path,
            [
                .. BitConverter.GetBytes((long)header.Length), .. header.Select(letter => (byte)letter),
                .. BitConverter.GetBytes(0.5), .. BitConverter.GetBytes(-3.0),
                .. BitConverter.GetBytes(7L), .. BitConverter.GetBytes(-7L),
                0x80, 0x3F, 0x00, 0xC0, 200, 1, .. BitConverter.GetBytes(1L << 40),
            ]);
        using ITensorFile file = TensorFormats.Open(path);
        Assert.Equal([0.5f, -3], file.ReadSingle("d"));
        Assert.Equal([1f, -2], file.ReadSingle("b"));
        Assert.Equal([7, -7], file.ReadInt32("i"));
        Assert.Equal([200, 1], file.ReadInt32("u"));
        Refused(() => file.ReadInt32("w"), path, "1099511627776", "32 bits");
        using IRowReader rows = file.OpenRows("d");
        var row = new Matrix<float>(1, 2);
        rows.Read(0, row);
        Assert.Equal([0.5f, -3], row.Span);
    }

    /// <summary>Such as the long doubles of HDF5, and what has only one byte.</summary>
    [Fact]
    public void Numbers_of_kinds_that_are_not_read_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("f.npy");
        Tensors.Write(path, content => content.Add("features", [Rows, Columns], Elements));
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().IndexOf("<f4"u8) + 2] = (byte)'1';
        File.WriteAllBytes(path, bytes[..(bytes.AsSpan().IndexOf((byte)'\n') + 1)]);
        using ITensorFile file = TensorFormats.Open(path);
        Refused(() => file.ReadSingle("features"), path, "numbers");
        Refused(() => file.OpenRows("features"), path, "numbers");
        Assert.False(new TensorInfo("x", [1], "unusual float").IsFloat);
    }

    [Fact]
    public void An_extension_of_no_format_is_refused() =>
        Refused(() => TensorFormats.Open("features.mat"), "features.mat", ".safetensors", ".npy", ".h5");

    [Fact]
    public void NumPy_reads_what_is_written()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Tensors.Write(folder.File("f.npy"), Example);
        Tensors.Write(folder.File("f.safetensors"), Example);
        string seen = TestData.RunPython(["numpy"], """
            import json, os, struct, sys, numpy as np
            a = np.load(os.path.join(sys.argv[1], 'f.npy'))
            print(a.dtype, a.shape, float(a.sum()))
            line = open(os.path.join(sys.argv[1], 'f.npy'), 'rb').read().split(b'\n')[-2]
            print(json.loads(line)['names'][0])
            data = open(os.path.join(sys.argv[1], 'f.safetensors'), 'rb').read()
            n = struct.unpack('<Q', data[:8])[0]
            header = json.loads(data[8:8 + n])
            at = header['features']['data_offsets']
            b = np.frombuffer(data[8 + n:][at[0]:at[1]], '<f4').reshape(a.shape)
            print(header['features']['dtype'], np.array_equal(a, b))
            """, folder.Path);
        string sum = Elements.Sum().ToString(CultureInfo.InvariantCulture);
        Assert.StartsWith($"float32 (7, 5) {sum}\n", seen, StringComparison.Ordinal);
        Assert.EndsWith("\nä.jpg\nF32 True\n", seen, StringComparison.Ordinal);
    }

    private static void Example(TensorFileContent content)
    {
        content.AddRows<float>("features", [Rows, Columns], 3, (start, block) =>
            Elements.AsSpan((int)start * Columns, block.Length).CopyTo(block));
        content.Add("mean", [2], new[] { 0.1f, float.MaxValue });
        content.Add("missing", [3], new[] { 4, -1, int.MaxValue });
        content.AddStrings("names", ["ä.jpg", "b \"c\".jpg", ""]);
        content.AddStrings("recipe", ["{\"a\": 1}"]);
    }

    private static void AddGrid(TensorFileContent content, bool isHalf, Half[] halves)
    {
        if (isHalf)
        {
            content.Add("features", [Rows, 1, Columns], halves);
        }
        else
        {
            content.Add("features", [Rows, 1, Columns], Elements);
        }
    }

    private static void ReadAll(string path)
    {
        using ITensorFile file = TensorFormats.Open(path);
        foreach (TensorInfo info in file.Tensors)
        {
            if (info.IsString)
            {
                file.ReadStrings(info.Name);
            }
            else if (info.IsInteger)
            {
                file.ReadInt32(info.Name);
            }
            else
            {
                file.ReadSingle(info.Name);
            }
        }

        using IRowReader rows = file.OpenRows("features");
        rows.Read(0, new Matrix<float>(1, (int)rows.Info.RowLength));
    }

    private static void Refused(Action read, params string[] said)
    {
        string message = Assert.Throws<DataException>(read).Message;
        Assert.All(said, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
    }

    private static void Refused(Func<object> read, params string[] said) => Refused(() => { read(); }, said);

    [Theory]
    [InlineData("|i1", "0703", "7 3")]
    [InlineData("|i1", "F903", "-7 3")]
    [InlineData("|u1", "F903", "249 3")]
    [InlineData("<i2", "FEFF0300", "-2 3")]
    [InlineData(">i2", "FFFE0003", "-2 3")]
    [InlineData("<u2", "FEFF0300", "65534 3")]
    [InlineData("<i4", "FEFFFFFF03000000", "-2 3")]
    [InlineData(">u4", "0000010000000003", "256 3")]
    [InlineData("<i8", "FEFFFFFFFFFFFFFF0300000000000000", "-2 3")]
    [InlineData("<u8", "02000000000000000300000000000000", "2 3")]
    [InlineData("<f2", "00C00042", "-2 3")]
    [InlineData("<f4", "000000C000004040", "-2 3")]
    [InlineData(">f4", "C000000040400000", "-2 3")]
    [InlineData("<f8", "00000000000000C00000000000000840", "-2 3")]
    public void Every_type_of_NumPy_is_read_as_numbers_and_integers(string type, string bytes, string expected)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("f.npy");
        foreach (byte version in new byte[] { 1, 2, 3 })
        {
            File.WriteAllBytes(path, Npy(type, "2,", version, Convert.FromHexString(bytes)));
            using ITensorFile file = TensorFormats.Open(path);
            string name = Assert.Single(file.Tensors).Name;
            Assert.Equal(expected.Split(' ').Select(int.Parse), file.ReadInt32(name));
            Assert.Equal(expected.Split(' ').Select(float.Parse), file.ReadSingle(name));
        }
    }

    [Theory]
    [InlineData("<f2", "00C00038", "element 1 is 0.5, which is not an integer")]
    [InlineData("<f2", "007C0038", "element 0 is Infinity, which is not an integer")]
    [InlineData("<f4", "000000C00000003F", "element 1 is 0.5, which is not an integer")]
    [InlineData("<f8", "000000000000E0410000000000000840", "element 0 is 2147483648, which does not fit into 32 bits")]
    [InlineData("<u8", "FFFFFFFFFFFFFFFF0300000000000000", "element 0 is 18446744073709551615, which does not fit")]
    public void Numbers_that_are_no_integers_are_refused(string type, string bytes, string said)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("f.npy");
        File.WriteAllBytes(path, Npy(type, "2,", 1, Convert.FromHexString(bytes)));
        using ITensorFile file = TensorFormats.Open(path);
        Refused(() => file.ReadInt32(file.Tensors[0].Name), path, said);
    }

    [Fact]
    public void BFloat16_is_read_as_integers_too()
    {
        Span<byte> bytes = [0x80, 0x3F, 0x00, 0xC0];
        var target = new int[2];
        Assert.Null(ElementConversion.ToInt32(bytes, "bfloat16", isBigEndian: false, target));
        Assert.Equal([1, -2], target);
        Assert.Equal(
            "element 0 is 0.5, which is not an integer",
            ElementConversion.ToInt32([0x3F, 0x00], "bfloat16", isBigEndian: true, new int[1]));
        Assert.Equal((2, 0), (ElementConversion.SizeOf("bfloat16"), ElementConversion.SizeOf("unusual float")));
    }

    [Theory]
    [InlineData("<f4", "2,", 4, "signature")]
    [InlineData("<f4", "x,", 1, "its header is")]
    [InlineData("<f4", "2 2", 1, "its shape has the size 2 2")]
    [InlineData("<c8", "2,", 1, "its header is")]
    [InlineData("<f4", "3,", 1, "its array takes 12 bytes")]
    public void Headers_of_NumPy_that_are_not_of_plain_arrays_are_refused(
        string type, string shape, byte version, string said)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("f.npy");
        File.WriteAllBytes(path, Npy(type, shape, version, new byte[8]));
        Refused(() => TensorFormats.Open(path), path, said);
    }

    [Fact]
    public void What_tensors_are_not_is_told()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("f.npy");
        File.WriteAllBytes(path, Npy("<f4", "0, 3000000000", 1, []));
        using (ITensorFile file = TensorFormats.Open(path))
        {
            Refused(() => file.OpenRows("features"), path, "features (0 x 3000000000 float32)", "than 2147483647");
        }

        path = folder.File("f.safetensors");
        File.WriteAllBytes(path, [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}']);
        using (ITensorFile file = TensorFormats.Open(path))
        {
            Refused(() => file.ReadSingle("a"), path, "has no tensor \"a\"; it holds nothing.");
        }

        Tensors.Write(path, content =>
        {
            content.AddStrings("two", ["a", "b"]);
            for (int i = 0; i < 15; i++)
            {
                content.Add<float>($"t{i:00}", [1], [i]);
            }
        });
        using (ITensorFile file = TensorFormats.Open(path))
        {
            Refused(() => { file.ReadString("two"); }, path, "must hold one string");
            Assert.Null(file.ReadString("absent"));
            Refused(() => file.ReadSingle("absent"), path, "t10", " more");
        }
    }

    [Fact]
    public void Content_that_no_file_can_hold_is_refused()
    {
        var content = new TensorFileContent();
        Assert.Contains(
            "3 elements do not fill a (2 x 2)",
            Assert.Throws<ArgumentException>(() => content.Add<float>("a", [2, 2], [1, 2, 3])).Message);
        foreach (long[] shape in new long[][] { [], [1, 1, 1, 1], [1, -1] })
        {
            Assert.Contains(
                "one to three",
                Assert.Throws<ArgumentException>(() => content.AddRows<float>("a", shape, 1, (_, _) => { })).Message);
        }

        Assert.Contains(
            "String 1 is null", Assert.Throws<ArgumentException>(() => content.AddStrings("s", ["a", null!])).Message);
        Assert.Contains(
            "String 0 is null or has a null character",
            Assert.Throws<ArgumentException>(() => content.AddStrings("s", ["a\0b"])).Message);
        Assert.Empty(content.Tensors);
        using TemporaryFolder folder = TestData.Temporary();
        Assert.Contains(
            "a .npy file needs",
            Assert.Throws<ArgumentException>(
                () => Tensors.Write(folder.File("a.npy"), file => file.Add<float>("a", [1], [1]))).Message,
            StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Extensions))]
    public void Elements_that_no_format_has_are_not_written(string extension)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File($"d.{extension}");
        NotWritten("d (1 x 1)", content => content.Add<double>("d", [1, 1], [1]));
        NotWritten("d (1)", content =>
        {
            content.Add("features", [Rows, Columns], Elements);
            content.Add<double>("d", [1], [1]);
        });

        void NotWritten(string said, Action<TensorFileContent> add)
        {
            string message = Assert.Throws<NotSupportedException>(() => Tensors.Write(path, add)).Message;
            Assert.Contains(said, message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(folder.Path));
        }
    }

    private static byte[] Npy(string type, string shape, byte version, byte[] elements)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({shape}), }}\n";
        byte[] length = BitConverter.GetBytes(header.Length);
        return
        [
            0x93, .. "NUMPY"u8, version, 0, .. version == 1 ? length[..2] : length, .. Encoding.Latin1.GetBytes(header),
            .. elements,
        ];
    }
}
