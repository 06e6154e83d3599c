using Google.Protobuf;
using ShowTell.Backbones;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Backbones;

public sealed class OnnxFileTests
{
    [Theory]
    [InlineData("any.onnx", 0)]
    [InlineData("two.onnx", 2)]
    public void Inner_tensors_of_a_network_equal_those_of_PyTorch(string file, int batch)
    {
        string path = TestData.Golden("backbone", file);
        Compare(path, batch, "scores", "fc8", 1, 10);
        Compare(path, batch, Inner(path, "fc7"), "fc7", 1, 12);
        Compare(path, batch, GoldenNetworks.Grid, "grid", 25, 8);
    }

    [Fact]
    public void What_a_tensor_does_not_need_is_cut()
    {
        var model = new OnnxModel { Graph = new OnnxGraph() };
        OnnxGraph graph = model.Graph;
        graph.Input.Add([new OnnxValueInfo { Name = "x" }, new OnnxValueInfo { Name = "unused" }]);
        graph.Initializer.Add(
            [new OnnxTensor { Name = "w" }, new OnnxTensor { Name = "v" }, new OnnxTensor { Name = "c" }]);
        graph.Output.Add([new OnnxValueInfo { Name = "end" }, new OnnxValueInfo { Name = "side" }]);
        graph.ValueInfo.Add([new OnnxValueInfo { Name = "a" }, new OnnxValueInfo { Name = "inner" }]);
        var branch = new OnnxGraph();
        branch.Node.Add(Node(["c"], "d"));
        OnnxNode condition = Node(["a"], "inner");
        condition.Attribute.Add(new OnnxAttribute { G = branch });
        graph.Node.Add([Node(["x", "", "w"], "a"), Node(["x"], "side"), condition, Node(["inner", "v"], "end")]);
        model.MetadataProps.Add(new OnnxProperty { Key = "key", Value = "value" });

        OnnxFile file = OnnxFile.Read("net.onnx", new MemoryStream(model.ToByteArray()));
        var bytes = new MemoryStream();
        file.CutAt("inner").WriteTo(bytes);
        OnnxModel read = OnnxModel.Parser.ParseFrom(bytes.ToArray());
        OnnxGraph cut = read.Graph;

        Assert.Equal(["a", "inner"], cut.Node.SelectMany(node => node.Output));
        Assert.Equal(["w", "c"], cut.Initializer.Select(tensor => tensor.Name));
        Assert.Equal(["x"], cut.Input.Select(input => input.Name));
        Assert.Equal(["inner"], cut.Output.Select(output => output.Name));
        Assert.Equal(["a"], cut.ValueInfo.Select(info => info.Name));
        Assert.Equal("value", Assert.Single(read.MetadataProps).Value);
        Assert.Throws<ModelFileException>(() => file.CutAt("x"));
    }

    /// <summary>A file that is used as it is needs no copy.</summary>
    [Fact]
    public void A_file_is_cut_only_where_something_goes()
    {
        OnnxFile tiny = OnnxFile.Read("tiny", new MemoryStream(TinyNetwork.Bytes()));
        Assert.Null(tiny.CutFor("pooled"));
        Assert.Null(tiny.CutFor("grid"));
        OnnxFile vgg = OnnxFile.Read("vgg", new MemoryStream(File.ReadAllBytes(GoldenNetworks.Any)));
        Assert.Null(vgg.CutFor("scores"));
        Assert.NotNull(vgg.CutFor(GoldenNetworks.Grid));

        OnnxModel both = OnnxModel.Parser.ParseFrom(File.ReadAllBytes(GoldenNetworks.Any));
        both.Graph.Output.Add(new OnnxValueInfo { Name = GoldenNetworks.Grid });
        Assert.NotNull(OnnxFile.Read("both", new MemoryStream(both.ToByteArray())).CutFor(GoldenNetworks.Grid));
    }

    [Fact]
    public void Reading_and_cutting_allocate_no_memory_for_weights()
    {
        using TemporaryFolder folder = TestData.Temporary();
        byte[] bytes = TinyNetwork.Bytes(features: 2048); // 6 MB.
        File.WriteAllBytes(folder.File("net.onnx"), bytes);
        using FileStream stream = File.OpenRead(folder.File("net.onnx")), cut = File.Create(folder.File("cut.onnx"));
        OnnxFile.Read("net.onnx", stream).CutAt("grid").WriteTo(cut); // Once before, for what is allocated only once.
        stream.Position = cut.Position = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        OnnxFile.Read("net.onnx", stream).CutAt("grid").WriteTo(cut);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000);
        Assert.InRange(cut.Length, 6 << 20, bytes.Length);
    }

    [Theory]
    [InlineData("x", "uint8", "1,3,8,8", "y", "Relu", "", "raw")]
    [InlineData("x", "float32", "1,8,8,3", "y", "Relu", "", "keras")]
    [InlineData("x", "float32", "1,3,8,8", "image_embeds", "Gelu", "", "clip")]
    [InlineData("pixel_values", "float32", "1,3,8,8", "y", "Relu", "", "vit")]
    [InlineData("x", "float32", "1,3,8,8", "y", "Erf", "", "vit")]
    [InlineData("x", "float32", "1,3,8,8", "y", "Relu", "Caffe2", "caffe")]
    [InlineData("x", "float32", "1,3,8,8", "y", "Relu", "pytorch", "torchvision")]
    public void The_likely_preprocessing_is_told_by_the_network(
        string input, string type, string shape, string output, string kind, string producer, string expected)
    {
        OnnxNode node = Node([input], output);
        node.OpType = kind;
        var model = new OnnxModel { ProducerName = producer, Graph = new OnnxGraph { Node = { node } } };
        model.Graph.Output.Add(new OnnxValueInfo { Name = output });
        OnnxFile file = OnnxFile.Read("net", new MemoryStream(model.ToByteArray()));
        var tensor = new BackboneTensor(input, type, [.. shape.Split(',').Select(long.Parse)]);
        Assert.Equal(expected, BackbonePreset.Likely(file, tensor)[0]);
    }

    [Fact]
    public void Sparse_weights_are_no_inputs_and_many_outputs_are_shortened()
    {
        var model = new OnnxModel { Graph = new OnnxGraph { Node = { Node(["x", "s"], "y") } } };
        model.Graph.Input.Add([new OnnxValueInfo { Name = "x" }, new OnnxValueInfo { Name = "s" }]);
        model.Graph.SparseInitializer.Add(
            [new OnnxSparseTensor { Values = new OnnxTensor { Name = "s" } }, new OnnxSparseTensor()]);
        model.Graph.Output.Add(Enumerable.Range(0, 8).Select(i => new OnnxValueInfo { Name = $"o{i}" }));
        OnnxFile file = OnnxFile.Read("net", new MemoryStream(model.ToByteArray()));
        Assert.Equal("x", Assert.Single(file.Inputs).Name);
        Assert.EndsWith(" and 2 more", OnnxFile.Listed(file.Outputs), StringComparison.Ordinal);
        Assert.Null(file.FindOutput(grid: false));
    }

    /// <summary>What only the lengths of a tensor carry, or two tensors, is no bottleneck.</summary>
    [Fact]
    public void Everything_goes_through_a_bottleneck()
    {
        var model = new OnnxModel { Graph = new OnnxGraph() };
        OnnxGraph graph = model.Graph;
        graph.Input.Add(new OnnxValueInfo { Name = "x" });
        OnnxNode shape = Node(["a"], "shape"), size = Node(["a"], "size");
        (shape.OpType, size.OpType) = ("Shape", "Size");
        graph.Node.Add(
        [
            Node(["x"], "a"), shape, size, Node(["w"], "v"), Node(["a", "shape"], "b"), Node(["a", "size", "v"], "c"),
            Node(["b", "c"], "d"), Node(["d"], "end"),
        ]);
        graph.Output.Add(new OnnxValueInfo { Name = "end" });
        OnnxFile file = OnnxFile.Read("net", new MemoryStream(model.ToByteArray()));
        Assert.Equal(["a", "d", "end"], file.Bottlenecks("end"));
    }

    [Fact]
    public void Files_that_are_absent_or_empty_are_told()
    {
        using TemporaryFolder folder = TestData.Temporary();
        foreach (string path in new[] { folder.File("absent.onnx"), folder.File("absent/a.onnx") })
        {
            Assert.Equal(
                $"{path}: there is no such file.",
                Assert.Throws<ModelFileException>(() => OnnxFile.Use(path, path, path, file => file)).Message);
        }

        byte[] empty = new OnnxModel { ProducerName = "nobody", Graph = new OnnxGraph() }.ToByteArray();
        Assert.StartsWith(
            "net: ", Assert.Throws<ModelFileException>(() => OnnxFile.Read("net", new MemoryStream(empty))).Message);
        empty = new OnnxModel { ProducerName = "nobody", IrVersion = 8 }.ToByteArray();
        Assert.StartsWith(
            "net: ", Assert.Throws<ModelFileException>(() => OnnxFile.Read("net", new MemoryStream(empty))).Message);
    }

    private static OnnxNode Node(string[] inputs, string output)
    {
        var node = new OnnxNode();
        node.Input.Add(inputs);
        node.Output.Add(output);
        return node;
    }

    // The exporter's name of a layer's result, which the message about a wrong name tells.
    private static string Inner(string path, string layer)
    {
        string message = Assert.Throws<ModelFileException>(() => Backbone.Load(
            path, new() { Output = layer, Preprocessing = GoldenNetworks.Preprocessing })).Message;
        return message[(message.LastIndexOf(' ') + 1)..].TrimEnd('.');
    }

    private static void Compare(string path, int batch, string output, string reference, int regions, int columns)
    {
        using Backbone backbone = Backbone.Load(
            path, new() { Output = output, Grid = regions > 1, Preprocessing = GoldenNetworks.Preprocessing });
        Assert.Equal((output, batch, regions, columns),
            (backbone.Output, backbone.FixedBatchSize, backbone.Regions, backbone.FeatureSize));
        float[] expected = GoldenNetworks.Tensor(reference);
        float[] inputs = GoldenNetworks.Tensor("x");
        Matrix<float> actual = backbone.Run(
            new Matrix<float>(GoldenNetworks.Batch, inputs.Length / GoldenNetworks.Batch, inputs));
        Assert.Equal(expected.Length, actual.Length);
        BackboneTests.AssertClose(expected, actual.Span, 1e-5);
    }
}
