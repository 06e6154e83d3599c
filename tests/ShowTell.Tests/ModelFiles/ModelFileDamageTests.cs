using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using ShowTell.Data;
using ShowTell.Files;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.ModelFiles;

/// <summary>
/// Damaged, foreign or forged model files give a one-line <see cref="ModelFileException"/> that names the file, without
/// allocating memory for sizes that the file only claims.
/// </summary>
public sealed class ModelFileDamageTests
{
    private const long MaxMemory = 1 << 20;
    private const int MaxHeader = 1 << 20;

    private const int WProjBytes = 2 * 4 * sizeof(float);

    private static readonly Lazy<byte[]> s_good = new(() =>
    {
        using TemporaryFolder folder = TestData.Temporary();
        SmallModel.Bundle().Save(folder.File("m"));
        return File.ReadAllBytes(folder.File("m"));
    });

    /// <summary>Changes of the header; metadata that is JSON itself is changed in its text.</summary>
    private static readonly (string Name, Action<JsonObject> Change)[] s_changes =
    [
        ("overlapping tensors", h => h["b_proj"]!["data_offsets"] = new JsonArray(16, 32)),
        ("a gap", h => h["b_proj"]!["data_offsets"] = new JsonArray(36, 52)),
        ("an end before its begin", h => h["b_proj"]!["data_offsets"] = new JsonArray(48, 32)),
        ("negative offsets", h => h["W_proj"]!["data_offsets"] = new JsonArray(-32, 32)),
        ("offsets beyond the file", h => h["b_vocab"]!["data_offsets"]![1] = 1L << 60),
        ("offsets beyond 64 bits", h => h["b_vocab"]!["data_offsets"]![1] = JsonNode.Parse("18446744073709551616")),
        ("one offset", h => h["W_proj"]!["data_offsets"] = new JsonArray(0)),
        ("three offsets", h => h["W_proj"]!["data_offsets"] = new JsonArray(0, 32, 64)),
        ("offsets that are text", h => h["W_proj"]!["data_offsets"] = new JsonArray("0", "32")),
        ("no offsets", h => h["W_proj"]!.AsObject().Remove("data_offsets")),
        ("another type", h => h["W_proj"]!["dtype"] = "F16"),
        ("a type that is a number", h => h["W_proj"]!["dtype"] = 32),
        ("no type", h => h["W_proj"]!.AsObject().Remove("dtype")),
        ("a negative shape", h => h["W_proj"]!["shape"] = new JsonArray(-2, -4)),
        ("an overflowing shape", h => h["W_proj"]!["shape"] = new JsonArray(1L << 62, 4)),
        ("a shape that overflows to the right size", h => h["W_proj"]!["shape"] = new JsonArray(
            (1L << 32) + 1, 8, 1L << 32)),
        ("a shape transposed", h => h["W_proj"]!["shape"] = new JsonArray(4, 2)),
        ("a flat shape", h => h["W_proj"]!["shape"] = new JsonArray(8)),
        ("a shape with fractions", h => h["W_proj"]!["shape"] = new JsonArray(2.5, 4)),
        ("a tensor that is a number", h => h["W_proj"] = 1),
        ("another tensor's name", h => Rename(h, "W_proj", "W_other")),
        ("a tensor more", h => h["more"] = JsonNode.Parse("""{"dtype":"F32","shape":[0],"data_offsets":[0,0]}""")),
        ("five dimensions", h => h["b_proj"]!["shape"] = new JsonArray(1, 1, 1, 1, 4)),
        ("a huge number of dimensions", h => h["b_proj"]!["shape"] = new JsonArray(
            [.. Enumerable.Range(0, 100_000).Select(_ => JsonValue.Create(1))])),
        ("a shape in a list in a list", h => h["b_proj"]!["shape"] = new JsonArray(new JsonArray(4))),
        ("an unknown member", h => h["b_proj"]!["stride"] = 1),
        ("1,001 tensors", h => AddTensors(h, 1_001 - h.Count + 1)),
        ("1,001 metadata", h => AddMetadata(h["__metadata__"]!.AsObject(), 1_001)),
        ("a tensor with a long name", h => Rename(h, "b_proj", new string('b', 300))),
        ("checksums of another type", h => h["checksums"]!["dtype"] = "I32"),
        ("checksums in two dimensions", h => h["checksums"]!["shape"] = new JsonArray(1, 9)),
        ("too few checksums", h => AddTensors(h, 1)),
        ("checksums that are not last", h => (h["checksums"]!["data_offsets"], h["b_vocab"]!["data_offsets"]) = (
            h["b_vocab"]!["data_offsets"]!.DeepClone(), h["checksums"]!["data_offsets"]!.DeepClone())),
        ("no checksums", h => Rename(h, "checksums", "more")),
        ("a word with a control character", h => MetadataList(h, "vocabulary", v => v[7] = "run\u001b[2Js")),
        ("a word of NUL", h => MetadataList(h, "vocabulary", v => v[7] = "\0")),
        ("a word of 257 characters", h => MetadataList(h, "vocabulary", v => v[7] = new string('x', 257))),
        ("a word of a megabyte", h => MetadataList(h, "vocabulary", v => v[7] = new string('x', 1_000_000))),
        ("a vocabulary of too many words", h => MetadataList(h, "vocabulary", v =>
            Array.ForEach([.. Enumerable.Range(0, 60_000)], i => v.Add($"w{i}")))),
        ("a vocabulary that is an object", h => h["__metadata__"]!["vocabulary"] = "{}"),
        ("a vocabulary of numbers", h => h["__metadata__"]!["vocabulary"] = "[1, 2, 3, 4, 5, 6, 7, 8]"),
        ("a vocabulary with half a surrogate pair", h => h["__metadata__"]!["vocabulary"] =
            "[\"<NULL>\", \"<START>\", \"<END>\", \"<UNK>\", \"\\ud800\", \"b\", \"c\", \"d\"]"),
        ("deep JSON in JSON", h => h["__metadata__"]!["training"] = new string('[', 100_000)),
        ("a run id that is a path", h => Metadata(h, "training", t => t["runId"] = "../../etc")),
        ("an empty run id", h => Metadata(h, "training", t => t["runId"] = "")),
        ("another marker of the start", h => Metadata(h, "options", o => o["startId"] = 3)),
        ("another marker of nothing", h => Metadata(h, "options", o => o["nullId"] = 3)),
        ("a run id of 65 digits", h => Metadata(h, "training", t => t["runId"] = new string('a', 65))),
        ("no metadata", h => h.Remove("__metadata__")),
        ("metadata that are a list", h => h["__metadata__"] = new JsonArray()),
        ("metadata that are no strings", h => h["__metadata__"]!["training"] = new JsonObject()),
        ("metadata of another program", h => h["__metadata__"] = new JsonObject { ["format"] = "pt" }),
        ("a later format", h => h["__metadata__"]!["format_version"] = "3"),
        ("no vocabulary", h => h["__metadata__"]!.AsObject().Remove("vocabulary")),
        ("options that are no JSON", h => h["__metadata__"]!["options"] = "{"),
        ("options that are null", h => h["__metadata__"]!["options"] = "null"),
        ("options of size zero", h => Metadata(h, "options", o => o["hiddenSize"] = 0)),
        ("huge options", h => Metadata(
            h, "options", o => (o["hiddenSize"], o["wordVectorSize"]) = (int.MaxValue, int.MaxValue))),
        ("large options", h => Metadata(h, "options", o => o["hiddenSize"] = 20_000)),
        ("an unknown option", h => Metadata(h, "options", o => o["colour"] = 2)),
        ("more layers than it holds", h => Metadata(h, "options", o => o["layers"] = 2)),
        ("layers without end", h => Metadata(h, "options", o => o["layers"] = int.MaxValue)),
        ("regions that do not divide the features", h => Metadata(h, "options", o => o["places"] = 3)),
        ("an unknown word that is another token", h => Metadata(h, "options", o => o["unknownId"] = 4)),
        ("tied embeddings of another size", h => Metadata(h, "options", o => o["tieEmbeddings"] = true)),
        ("an unknown architecture", h => Metadata(h, "options", o => o["architecture"] = "perceptron")),
        ("another cell", h => Metadata(h, "options", o => o["cell"] = "gru")),
        ("an unknown cell", h => Metadata(h, "options", o => o["cell"] = "neuron")),
        ("a cell by number", h => Metadata(h, "options", o => o["cell"] = 7)),
        ("a marker elsewhere", h => Metadata(h, "options", o => o["endId"] = 3)),
        ("a vocabulary of another size", h => MetadataList(h, "vocabulary", v => v.Add("more"))),
        ("a vocabulary with a word twice", h => MetadataList(h, "vocabulary", v => v[7] = "dog")),
        ("a vocabulary without markers", h => MetadataList(h, "vocabulary", v => v[2] = "end")),
        ("a vocabulary with null", h => MetadataList(h, "vocabulary", v => v[7] = null)),
        ("unknown tokens", h => h["__metadata__"]!["tokens"] = "syllable"),
        ("tokens by number", h => h["__metadata__"]!["tokens"] = "5"),
        ("tokens that break out", h => h["__metadata__"]!["tokens"] = "word\" x"),
        ("features without a kind", h => Metadata(h, "features", f => f.Remove("kind"))),
        ("features whose kind is null", h => Metadata(h, "features", f => f["kind"] = null)),
        ("features of another size", h => Metadata(h, "features", f => f["size"] = 3)),
        ("training without a seed", h => Metadata(h, "training", t => t.Remove("seed"))),
        ("a dataset that is null", h => Metadata(h, "training", t => t["dataset"] = null)),
        ("a short fingerprint", h => Metadata(h, "training", t => t["wordVocabulary"] = "abc")),
        ("a fingerprint that is null", h => Metadata(h, "training", t => t["wordVocabulary"] = null)),
        ("captions of no width", h => Metadata(h, "training", t => t["captionWidth"] = 1)),
        ("captions of huge width", h => Metadata(h, "training", t => t["captionWidth"] = int.MaxValue)),
    ];

    public static TheoryData<string> Changes => [.. s_changes.Select(change => change.Name)];

    [Theory, MemberData(nameof(Changes))]
    public void Changed_headers_are_rejected(string name)
    {
        JsonObject header = Header(s_good.Value);
        s_changes.Single(change => change.Name == name).Change(header);
        AssertRejected(WithHeader(header.ToJsonString()), name);
    }

    [Fact]
    public void The_unchanged_file_is_accepted()
    {
        Load(s_good.Value);
        Load(WithHeader(Header(s_good.Value).ToJsonString()));
    }

    [Fact]
    public void Truncated_files_are_rejected()
    {
        byte[] good = s_good.Value;
        for (int i = 0; i < 64; i++)
        {
            AssertRejected(good[..(good.Length * i / 64)], $"{i}/64");
        }

        AssertRejected(good[..^1], "one byte less");
        AssertRejected([.. good, 0], "one byte more");
    }

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x20)]
    [InlineData(0xFF)]
    public void Headers_with_a_flipped_byte_are_rejected_or_load(byte flip)
    {
        int length = 8 + HeaderLength(s_good.Value), rejected = 0;
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("m");
        for (int i = 0; i < length; i++)
        {
            byte[] bytes = [.. s_good.Value];
            bytes[i] ^= flip;
            File.WriteAllBytes(path, bytes);
            rejected += TryLoad(path, $"byte {i} ^ {flip:x}") ? 0 : 1;
        }

        Assert.InRange(rejected, length / 4, length);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(MaxHeader + 1UL)]
    [InlineData(100_000_001UL)]
    [InlineData(0x7FFFFFFFFFFFFFFFUL)]
    [InlineData(ulong.MaxValue)]
    public void Wrong_header_lengths_are_rejected(ulong length)
    {
        byte[] bytes = [.. s_good.Value];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        AssertRejected(bytes, $"{length}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"a\":1,\"a\":1}")]
    [InlineData("{} {}")]
    [InlineData("{}//")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}")]
    [InlineData("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}")]
    [InlineData("{\"__metadata__\":{\"a\":{\"b\":{}}}}")]
    [InlineData("{\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},\"\\u0078\":{}}")]
    [InlineData("{\"x\":{\"dtype\":\"Q8\",\"shape\":[0],\"data_offsets\":[0,0]}}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"__metadata__\":{\"\\udc00\":\"x\"}}")]
    [InlineData("{\"__metadata__\":{\"x\":\"\\ud800\"}}")]
    [InlineData("{\"x\":{\"dtype\":\"\\ud800\",\"shape\":[0],\"data_offsets\":[0,0]}}")]
    public void Useless_headers_are_rejected(string header) => AssertRejected(
        WithHeader(header), header);

    [Fact]
    public void Deeply_nested_headers_and_duplicate_keys_are_rejected()
    {
        AssertRejected(WithHeader(new string('[', 100_000)), "deep");
        string header = Encoding.UTF8.GetString(s_good.Value, 8, HeaderLength(s_good.Value)).TrimEnd();
        AssertRejected(WithHeader(header[..^1] + ",\"b\":" + Header(s_good.Value)["b"]!.ToJsonString() + "}"), "twice");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_that_are_not_finite_are_rejected(float element)
    {
        byte[] bytes = [.. s_good.Value];
        Span<byte> data = bytes.AsSpan(8 + HeaderLength(bytes)), first = data[..WProjBytes];
        BinaryPrimitives.WriteSingleLittleEndian(first, element);
        AssertRejected(bytes, "an old checksum");
        BinaryPrimitives.WriteUInt32LittleEndian(data[(ChecksumsStart + 4)..], Crc32C.Of(first));
        AssertRejected(bytes, $"{element}");
    }

    [Fact]
    public void Other_files_are_rejected()
    {
        AssertRejected([], "empty");
        AssertRejected([0x89, .. "PNG\r\n\x1a\n\0\0\0\rIHDR"u8, .. new byte[2000]], "png");
        AssertRejected([.. "PK\x03\x04"u8, .. new byte[2000]], "zip, as PyTorch's");
        AssertRejected([0x80, 2, .. "}q\0(X\x05\0\0\0stateq\x01"u8, .. new byte[2000]], "pickle");
        AssertRejected([.. "GGUF"u8, 3, 0, 0, 0, .. new byte[2000]], "gguf");
        AssertRejected([.. "\x89HDF\r\n\x1a\n"u8, .. new byte[2000]], "HDF5");
        AssertRejected([8, 7, 18, 7, .. "pytorch"u8, .. new byte[2000]], "ONNX");
        AssertRejected(new byte[3000], "zeros");
        using TemporaryFolder folder = TestData.Temporary();
        Assert.Throws<ModelFileException>(() => ModelBundle.Load(folder.Path));
        Assert.Throws<ModelFileException>(() => ModelBundle.Load(folder.File("absent")));
    }

    [Fact]
    public void Large_headers_are_refused_before_they_take_memory()
    {
        AssertRejected(WithHeader(new string(' ', MaxHeader + 1)), "spaces");
        AssertRejected(WithHeader(new string('[', MaxHeader)), "brackets");
        AssertRejected(WithHeader("{\"x\":{\"shape\":[" + string.Join(',', new int[MaxHeader / 4]) + "]}}"), "zeros");
        AssertRejected(WithHeader($"{{\"{new string('x', MaxHeader - 100)}\":1}}"), "a name");
        AssertRejected(WithHeader($"{{\"__metadata__\":{{\"x\":\"{new string('x', MaxHeader - 100)}\"}}}}"), "a text");
        AssertRejected(WithHeader("{" + string.Join(',', Enumerable.Range(0, 60_000).Select(i => $"\"{i:x}\":{{}}"))
            + "}"), "tensors");
    }

    [Fact]
    public void A_vocabulary_too_large_to_be_read_again_is_not_written()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Vocabulary vocabulary = Vocabulary.OfWords([string.Join(' ', Enumerable.Range(0, 120_000))]);
        ModelBundle bundle = SmallModel.Bundle() with
        {
            Vocabulary = vocabulary,
            Model = SmallModel.Normal<float>(SmallModel.Options(CellKind.Rnn, d: 2, w: 1, h: 1, v: vocabulary.Count)),
        };
        var error = Assert.Throws<ModelFileException>(() => bundle.Save(folder.File("m")));
        Assert.StartsWith(folder.File("m"), error.Message, StringComparison.Ordinal);
        Assert.Contains("--vocabulary N", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    /// <summary>Models of the first format have no checksums.</summary>
    [Fact]
    public void The_first_format_is_still_read()
    {
        JsonObject header = Header(s_good.Value);
        header["__metadata__"]!["format_version"] = "1";
        header.Remove("checksums");
        byte[] data = s_good.Value[(8 + HeaderLength(s_good.Value))..];
        Load(WithHeader(header.ToJsonString(), data[..ChecksumsStart]));
        header["__metadata__"]!["format_version"] = "2";
        AssertRejected(WithHeader(header.ToJsonString(), data[..ChecksumsStart]), "no checksums");
    }

    [Fact]
    public void A_damaged_tensor_is_named()
    {
        using TemporaryFolder folder = TestData.Temporary();
        byte[] bytes = [.. s_good.Value];
        bytes[8 + HeaderLength(bytes) + 1] ^= 4;
        File.WriteAllBytes(folder.File("m"), bytes);
        Assert.Matches(
            $"^{folder.File("m")}: the tensor W_proj is damaged: its checksum is [0-9a-f]{{8}}, but its bytes give "
            + "[0-9a-f]{8}; restore the file from a copy or train again.$",
            Assert.Throws<ModelFileException>(() => ModelBundle.Load(folder.File("m"))).Message);
    }

    [Fact]
    public void Tensors_too_large_for_memory_are_rejected()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("A sparse file of 12 GB can be created on Linux only.");
        }

        using TemporaryFolder folder = TestData.Temporary();
        const long Size = 12L << 30;
        byte[] start = WithHeader(
            $$"""{"W_proj":{"dtype":"F32","shape":[{{Size >> 18}},65536],"data_offsets":[0,{{Size}}] } }""", []);
        using (FileStream stream = File.Create(folder.File("m")))
        {
            stream.Write(start);
            stream.SetLength(start.Length + Size);
        }

        Assert.False(TryLoad(folder.File("m"), "12 GB"));
    }

    private static void AssertRejected(byte[] bytes, string what)
    {
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllBytes(folder.File("m"), bytes);
        Assert.False(TryLoad(folder.File("m"), what), $"{what}: was accepted.");
    }

    private static void Load(byte[] bytes)
    {
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllBytes(folder.File("m"), bytes);
        ModelBundle.Load(folder.File("m"));
    }

    /// <summary>Whether the file loads. Fails the test if it is rejected in the wrong way.</summary>
    private static bool TryLoad(string path, string what)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? error = Record.Exception(() => ModelBundle.Load(path));
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        long allowed = Math.Min(new FileInfo(path).Length, int.MaxValue) + MaxMemory;
        Assert.True(taken <= allowed, $"{what}: took {taken} bytes of memory; at most {allowed} are allowed.");
        if (error is null)
        {
            return true;
        }

        Assert.True(error is ModelFileException, $"{what}: {error}");
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.True(
            !error.Message.Contains('\n', StringComparison.Ordinal), $"{what}: {error.Message} has several lines.");
        return false;
    }

    /// <summary>Where the checksums of the good file begin in its data.</summary>
    private static int ChecksumsStart { get; } =
        Header(s_good.Value)[SafeTensors.Checksums]!["data_offsets"]![0]!.GetValue<int>();

    private static int HeaderLength(byte[] file) => (int)BinaryPrimitives.ReadUInt64LittleEndian(file);

    private static JsonObject Header(byte[] file) => JsonNode.Parse(file.AsSpan(8, HeaderLength(file)))!.AsObject();

    /// <summary>The good file with another header, and the checksum of that.</summary>
    private static byte[] WithHeader(string header)
    {
        byte[] bytes = WithHeader(header, s_good.Value[(8 + HeaderLength(s_good.Value))..]);
        int dataStart = 8 + HeaderLength(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes.AsSpan(dataStart + ChecksumsStart), Crc32C.Of(bytes.AsSpan(0, dataStart)));
        return bytes;
    }

    private static byte[] WithHeader(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        return [.. length, .. text, .. data];
    }

    private static void Metadata(JsonObject header, string key, Action<JsonObject> change) =>
        MetadataOf(header, key, node => change(node.AsObject()));

    private static void MetadataList(JsonObject header, string key, Action<JsonArray> change) =>
        MetadataOf(header, key, node => change(node.AsArray()));

    private static void MetadataOf(JsonObject header, string key, Action<JsonNode> change)
    {
        JsonNode node = JsonNode.Parse(header["__metadata__"]![key]!.GetValue<string>())!;
        change(node);
        header["__metadata__"]![key] = node.ToJsonString();
    }

    private static void AddTensors(JsonObject header, int count)
    {
        for (int i = 0; i < count; i++)
        {
            header[$"more{i}"] = JsonNode.Parse("""{"dtype":"F32","shape":[0],"data_offsets":[0,0]}""");
        }
    }

    private static void AddMetadata(JsonObject metadata, int count)
    {
        for (int i = 0; i < count; i++)
        {
            metadata[$"more{i}"] = "";
        }
    }

    private static void Rename(JsonObject header, string from, string to)
    {
        JsonNode tensor = header[from]!.DeepClone();
        header.Remove(from);
        header[to] = tensor;
    }
}
