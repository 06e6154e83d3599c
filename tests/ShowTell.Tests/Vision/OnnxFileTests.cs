using Google.Protobuf;
using ShowTell.Numerics;
using ShowTell.Vision;
using Xunit;

namespace ShowTell.Tests.Vision;

public sealed class OnnxFileTests
{
    private const int Size = 32;
    private const int Batch = 5;

    // A narrow VGG: ceil-free convolutions and poolings, then fc6, fc7 and fc8, as the papers' networks end.
    private const string Vgg =
        """
        import sys, torch
        from torch import nn
        torch.manual_seed(7)
        folder, size, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

        class Vgg(nn.Module):
            def __init__(self):
                super().__init__()
                layers, channels = [], 3
                for width in (8, 16):
                    layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(),
                               nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
                    channels = width
                self.features = nn.Sequential(*layers)
                self.fc6 = nn.Linear(16 * (size // 4) ** 2, 64)
                self.fc7 = nn.Linear(64, 48)
                self.fc8 = nn.Linear(48, 10)

            def forward(self, x):
                grid = self.features(x)
                six = torch.relu(self.fc6(torch.flatten(grid, 1)))
                seven = self.fc7(six)
                return self.fc8(torch.relu(seven)), seven, grid

        class Classifier(nn.Module):
            def __init__(self, vgg):
                super().__init__()
                self.vgg = vgg

            def forward(self, x):
                return self.vgg(x)[0]

        vgg = Vgg().eval()
        x = torch.randn(batch, 3, size, size)
        with torch.no_grad():
            scores, seven, grid = vgg(x)
        for name, tensor in (('x', x), ('fc8', scores), ('fc7', seven), ('grid', grid.permute(0, 2, 3, 1))):
            open(f'{folder}/{name}', 'wb').write(tensor.contiguous().numpy().tobytes())
        for name, example, axes in (('any', x, {'image': {0: 'n'}}), ('two', x[:2], None)):
            torch.onnx.export(Classifier(vgg), example, f'{folder}/{name}.onnx', input_names=['image'],
                              output_names=['scores'], dynamic_axes=axes)
        """;

    private static readonly BackbonePreprocessing s_preprocessing =
        BackbonePreprocessing.Torchvision with { Size = Size, ShorterSide = Size };

    [Fact]
    public void Inner_tensors_of_a_network_equal_those_of_PyTorch()
    {
        BackboneData.RequireOnnxRuntime();
        using TemporaryFolder folder = TestData.Temporary();
        TestData.RunPython(["torch"], Vgg, folder.Path, $"{Size}", $"{Batch}");
        foreach ((string file, int batch) in (ReadOnlySpan<(string, int)>)[("any.onnx", 0), ("two.onnx", 2)])
        {
            string path = folder.File(file);
            Compare(folder, path, batch, "scores", "fc8", 1, 10);
            Compare(folder, path, batch, Inner(path, "fc7"), "fc7", 1, 48);
            Compare(folder, path, batch, Inner(path, "features.9"), "grid", 64, 16);
        }
    }

    [Fact]
    public void What_a_tensor_does_not_need_is_cut()
    {
        var model = new OnnxModel { Graph = new OnnxGraph() };
        OnnxGraph graph = model.Graph;
        graph.Input.Add([new OnnxValueInfo { Name = "x" }, new OnnxValueInfo { Name = "unused" }]);
        graph.Initializer.Add([new OnnxTensor { Name = "w" }, new OnnxTensor { Name = "v" }, new OnnxTensor { Name = "c" }]);
        graph.Output.Add([new OnnxValueInfo { Name = "end" }, new OnnxValueInfo { Name = "side" }]);
        graph.ValueInfo.Add([new OnnxValueInfo { Name = "a" }, new OnnxValueInfo { Name = "inner" }]);
        var branch = new OnnxGraph();
        branch.Node.Add(Node(["c"], "d"));
        OnnxNode condition = Node(["a"], "inner");
        condition.Attribute.Add(new OnnxAttribute { G = branch });
        graph.Node.Add([Node(["x", "", "w"], "a"), Node(["x"], "side"), condition, Node(["inner", "v"], "end")]);

        OnnxFile file = OnnxFile.Parse("net.onnx", model.ToByteArray());
        OnnxGraph cut = OnnxModel.Parser.ParseFrom(file.CutAt("inner").Span).Graph;

        Assert.Equal(["a", "inner"], cut.Node.SelectMany(node => node.Output));
        Assert.Equal(["w", "c"], cut.Initializer.Select(tensor => tensor.Name));
        Assert.Equal(["x"], cut.Input.Select(input => input.Name));
        Assert.Equal(["inner"], cut.Output.Select(output => output.Name));
        Assert.Equal(["a"], cut.ValueInfo.Select(info => info.Name));
        Assert.Equal(4, model.Graph.Node.Count);
        Assert.Throws<ModelFileException>(() => file.CutAt("x"));
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
        string message = Assert.Throws<ModelFileException>(
            () => Backbone.Load(path, new() { Output = layer, Preprocessing = s_preprocessing })).Message;
        return message[(message.LastIndexOf(' ') + 1)..].TrimEnd('.');
    }

    private static void Compare(
        TemporaryFolder folder, string path, int batch, string output, string reference, int places, int columns)
    {
        using Backbone backbone = Backbone.Load(
            path, new() { Output = output, Grid = places > 1, Preprocessing = s_preprocessing });
        Assert.Equal((output, batch, places, columns),
            (backbone.Output, backbone.FixedBatch, backbone.GridSize, backbone.FeatureSize));
        float[] expected = Floats(folder.File(reference));
        Matrix<float> actual = backbone.Run(new Matrix<float>(Batch, 3 * Size * Size, Floats(folder.File("x"))));
        Assert.Equal(expected.Length, actual.Length);
        BackboneTests.AssertClose(expected, actual.Span, 1e-4);
    }

    private static float[] Floats(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        var floats = new float[bytes.Length / sizeof(float)];
        Buffer.BlockCopy(bytes, 0, floats, 0, bytes.Length);
        return floats;
    }
}
