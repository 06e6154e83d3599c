using System.Runtime.InteropServices;
using Google.Protobuf;
using ShowTell.Backbones;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Backbones;

/// <summary>Networks whose weights are in other files.</summary>
public sealed class OnnxWeightsTests
{
    private const string Length = "24576"; // Of the weights of a tiny network.

    [Theory]
    [InlineData("net.onnx.data", null, null, "pooled")]
    [InlineData("weights/w.bin", "64", Length, "pooled")]
    [InlineData("./net.onnx.data", "4096", Length, "grid")]
    public void Features_are_those_of_the_network_in_one_file(
        string file, string? offset, string? length, string output)
    {
        using TemporaryFolder folder = TestData.Temporary();
        Write(folder, file, offset is null ? 0 : int.Parse(offset));
        string path = folder.File("net.onnx");
        File.WriteAllBytes(path, TinyNetwork.Bytes(weightsFile: file, offset: offset, length: length));
        using Backbone backbone = Backbone.Load(path, new() { Output = output, Threads = 1 });
        AssertLikeTiny(backbone, output);
    }

    [Fact]
    public void An_inner_tensor_and_several_files_of_weights_work()
    {
        using TemporaryFolder folder = TestData.Temporary();
        OnnxModel model = OnnxModel.Parser.ParseFrom(File.ReadAllBytes(GoldenNetworks.Any));
        for (int i = 0; i < model.Graph.Initializer.Count; i += i % 3 == 1 ? 2 : 1)
        {
            byte[] weights = RawData(model.Graph.Initializer[i]);
            string file = $"{i % 2}.bin";
            using FileStream stream = File.Open(folder.File(file), FileMode.Append);
            model.Graph.Initializer[i] = Outside(model.Graph.Initializer[i], file, stream.Position, weights.Length);
            stream.Write(weights);
        }

        string path = folder.File("any.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        foreach (string output in new[] { "scores", GoldenNetworks.Grid })
        {
            var options = new BackboneOptions { Output = output, Preprocessing = GoldenNetworks.Preprocessing };
            using Backbone outside = Backbone.Load(path, options), inside = Backbone.Load(GoldenNetworks.Any, options);
            var inputs = new Matrix<float>(
                GoldenNetworks.Batch, inside.Preprocessing.InputLength, GoldenNetworks.Tensor("x"));
            Assert.Equal(inside.Run(inputs).Span, outside.Run(inputs).Span);
        }

        // In one file it has the same fingerprint.
        using Backbone whole = Backbone.Load(path, new() { Preprocessing = GoldenNetworks.Preprocessing });
        byte[] one = Backbone.ReadFile(path, whole.Sha256);
        using Backbone embedded = Backbone.Load(one, "one", new() { Preprocessing = GoldenNetworks.Preprocessing });
        Assert.Equal(whole.Sha256, embedded.Sha256);
        Assert.All(OnnxModel.Parser.ParseFrom(one).Graph.Initializer, tensor => Assert.Empty(tensor.ExternalData));
    }

    /// <summary>ONNX Runtime does not read the shape that Reshape needs from another file.</summary>
    [Fact]
    public void Even_shapes_may_be_in_another_file()
    {
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllBytes(folder.File("w"), MemoryMarshal.AsBytes<long>([0, 3, 4]).ToArray());
        File.WriteAllBytes(folder.File("net.onnx"), NetworkBuilder.Quarters()
            .WeightsOutside("shape", [3], "w", type: NetworkBuilder.Int64)
            .Node("Reshape", ["quarters", "shape"], "regions").Output("regions", "n", 3, 4).ToBytes());
        using Backbone backbone = Backbone.Load(
            folder.File("net.onnx"), new() { Grid = true, Layout = OutputLayout.ChannelsFirst });
        Assert.Equal((4, 3), (backbone.Regions, backbone.FeatureSize));
    }

    [Fact]
    public void Other_weights_are_another_backbone()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("net.onnx");
        Write(folder, "w", 0);
        File.WriteAllBytes(path, TinyNetwork.Bytes(weightsFile: "w"));
        string sha256;
        using (Backbone backbone = Backbone.Load(path))
        {
            sha256 = backbone.Sha256;
        }

        byte[] one = Backbone.ReadFile(path, sha256);
        using (Backbone embedded = Backbone.Load(one, "one", new() { Sha256 = sha256, Threads = 1 }))
        {
            AssertLikeTiny(embedded, "pooled");
        }

        byte[] weights = TinyNetwork.WeightBytes();
        weights[^1] ^= 1;
        File.WriteAllBytes(folder.File("w"), weights);
        Assert.Throws<IncompatibleException>(() => Backbone.Load(path, new() { Sha256 = sha256 }));
        Assert.Throws<IncompatibleException>(() => Backbone.ReadFile(path, sha256));
    }

    /// <summary>Wherever the tensor is: in an attribute, in a branch, in a function.</summary>
    [Fact]
    public void Weights_anywhere_in_the_network_are_found()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("net.onnx");
        byte[] bytes = TinyNetwork.Bytes(weightsFile: "absent.bin");
        OnnxTensor elsewhere = OnnxModel.Parser.ParseFrom(bytes).Graph.Initializer[0];
        var branch = new OnnxGraph { SparseInitializer = { new OnnxSparseTensor { Values = elsewhere } } };
        OnnxAttribute[] attributes =
        [
            new() { T = elsewhere },
            new() { Tensors = { elsewhere } },
            new() { G = branch },
            new() { Graphs = { branch } },
            new() { SparseTensor = branch.SparseInitializer[0] },
            new() { SparseTensors = { branch.SparseInitializer } },
        ];
        foreach (OnnxAttribute attribute in attributes)
        {
            OnnxModel node = OnnxModel.Parser.ParseFrom(TinyNetwork.Bytes());
            node.Graph.Node[1].Attribute.Add(attribute);
            OnnxModel function = OnnxModel.Parser.ParseFrom(TinyNetwork.Bytes());
            function.Functions.Add(new OnnxFunction { Node = { new OnnxNode { Attribute = { attribute } } } });
            foreach (OnnxModel model in new[] { node, function })
            {
                File.WriteAllBytes(path, model.ToByteArray());
                Refuse(path, "its weights file absent.bin is missing");

                // Put into the file, they are where they were.
                Write(folder, "absent.bin", 0);
                using FileStream stream = File.OpenRead(path);
                var copy = new MemoryStream();
                OnnxFile.Read("net", stream, path).WithWeights().WriteTo(copy);
                File.Delete(folder.File("absent.bin"));
                Assert.Null(OnnxFile.Read("copy", copy).Weights);
                Assert.True(copy.ToArray().AsSpan().IndexOf(TinyNetwork.WeightBytes()) > 0);
            }
        }

        Assert.Contains(
            "its weights are in other files (absent.bin)",
            Assert.Throws<ModelFileException>(() => Backbone.Load(bytes, "bytes")).Message);
    }

    [Fact]
    public void Only_files_in_the_folder_of_the_network_are_read()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Directory.CreateDirectory(folder.File("in"));
        Write(folder, "out.bin", 0);
        string path = folder.File("in/net.onnx");
        foreach (string file in new[]
        {
            "../out.bin", folder.File("out.bin"), "", "x/../../out.bin", "..\\out.bin", "*/_ORT_MEM_ADDR_/*", "link",
            "linked/out.bin", "a\0b",
        })
        {
            File.WriteAllBytes(path, TinyNetwork.Bytes(weightsFile: file));
            if (file is "link" or "linked/out.bin")
            {
                File.CreateSymbolicLink(folder.File($"in/{file.Split('/')[0]}"), file == "link" ? "../out.bin" : "..");
            }

            Refuse(path, "not in its own folder");
        }
    }

    /// <summary>As in Hugging Face's cache, where both are links to files beside each other.</summary>
    [Fact]
    public void Links_to_a_network_and_its_weights_are_followed()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Directory.CreateDirectory(folder.File("blobs"));
        Directory.CreateDirectory(folder.File("snapshot"));
        File.WriteAllBytes(folder.File("blobs/a"), TinyNetwork.Bytes(weightsFile: "net.onnx.data"));
        Write(folder, "blobs/b", 0);
        File.CreateSymbolicLink(folder.File("snapshot/net.onnx"), "../blobs/a");
        File.CreateSymbolicLink(folder.File("snapshot/net.onnx.data"), "../blobs/b");
        foreach (string output in new[] { "pooled", "grid" })
        {
            using Backbone backbone = Backbone.Load(
                folder.File("snapshot/net.onnx"), new() { Output = output, Threads = 1 });
            AssertLikeTiny(backbone, output);
        }

        // A link to a network that has its weights beside it, there.
        File.Move(folder.File("blobs/b"), folder.File("blobs/net.onnx.data"));
        File.Delete(folder.File("snapshot/net.onnx.data"));
        using Backbone linked = Backbone.Load(folder.File("snapshot/net.onnx"), new() { Threads = 1 });
        AssertLikeTiny(linked, "pooled");
    }

    [Theory]
    [InlineData("1", Length, "needs bytes 1 to 24577 of w, but that file has 24576 bytes")]
    [InlineData("9223372036854775807", null, "needs bytes 9223372036854775807 to 9223372036854800383 of w")]
    [InlineData("0", "24580", "takes 24580 bytes of w, but its shape takes 24576")]
    [InlineData("0", "9223372036854775807", "takes 9223372036854775807 bytes of w")]
    [InlineData("0", "99999999999999999999", "the length of the weights weights must be a whole number")]
    [InlineData("-4", Length, "the offset of the weights weights must be a whole number, but is -4")]
    public void Weights_that_are_not_there_are_refused(string offset, string? length, string problem)
    {
        using TemporaryFolder folder = TestData.Temporary();
        Write(folder, "w", 0);
        string path = folder.File("net.onnx");
        File.WriteAllBytes(path, TinyNetwork.Bytes(weightsFile: "w", offset: offset, length: length));
        Refuse(path, problem);
    }

    [Fact]
    public void Impossible_sizes_and_pointers_instead_of_weights_are_named()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("net.onnx");
        File.WriteAllText(folder.File("w"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 24576\n");
        File.WriteAllBytes(path, TinyNetwork.Bytes(weightsFile: "w"));
        Refuse(path, "is a Git LFS pointer");
        foreach (long[] shape in new long[][] { [1L << 40, 1L << 40], [-1, 4], [long.MaxValue, 2, 0] })
        {
            File.WriteAllBytes(path, NetworkBuilder.Quarters().WeightsOutside("x", shape, "w").Output("quarters", "n")
                .ToBytes());
            Refuse(path, "impossible size");
        }
    }

    private static void AssertLikeTiny(Backbone backbone, string output)
    {
        using Backbone tiny = Backbone.Load(TinyNetwork.Bytes(), "tiny", new() { Output = output, Threads = 1 });
        Matrix<float> inputs = Matrix.Normal<float>(new SeededRandom(3), 2, tiny.Preprocessing.InputLength, 1);
        Assert.Equal(tiny.Run(inputs).Span, backbone.Run(inputs).Span);
    }

    private static void Write(TemporaryFolder folder, string file, int offset)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(file))!);
        File.WriteAllBytes(folder.File(file), [.. new byte[offset], .. TinyNetwork.WeightBytes()]);
    }

    private static void Refuse(string path, string problem)
    {
        string message = Assert.Throws<ModelFileException>(() => Backbone.Load(path)).Message;
        Assert.StartsWith($"{path}: ", message);
        Assert.Contains(problem, message);
        Assert.InRange(message.Length - path.Length, 10, 400);
    }

    /// <summary>Protobuf keeps it at the end, as bytes of a field that it does not know.</summary>
    private static byte[] RawData(OnnxTensor tensor)
    {
        long elements = tensor.Dims.Aggregate(1L, (x, y) => x * y);
        return tensor.ToByteArray()[^(int)(elements * (tensor.DataType == NetworkBuilder.Int64 ? 8 : 4))..];
    }

    private static OnnxTensor Outside(OnnxTensor tensor, string file, long offset, long length) => new()
    {
        Name = tensor.Name,
        DataType = tensor.DataType,
        Dims = { tensor.Dims },
        DataLocation = 1,
        ExternalData =
        {
            new OnnxProperty { Key = "location", Value = file },
            new OnnxProperty { Key = "offset", Value = $"{offset}" },
            new OnnxProperty { Key = "length", Value = $"{length}" },
        },
    };
}
