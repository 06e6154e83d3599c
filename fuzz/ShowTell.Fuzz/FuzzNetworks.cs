using Google.Protobuf;
using ShowTell.Backbones;

namespace ShowTell.Fuzz;

/// <summary>Small networks: with weights in another file, and with a graph inside a node.</summary>
internal static class FuzzNetworks
{
    private const int WeightBytes = 64;

    public static byte[][] All() => [Outside().ToByteArray(), Nested().ToByteArray()];

    public static void WriteWeights(string path)
    {
        if (!File.Exists(path))
        {
            File.WriteAllBytes(path, new byte[WeightBytes]);
        }
    }

    private static OnnxModel Outside()
    {
        var weights = new OnnxTensor { Name = "w", DataType = 1, DataLocation = 1, Dims = { 4, 4 } };
        weights.ExternalData.Add(new OnnxProperty { Key = "location", Value = "weights.bin" });
        weights.ExternalData.Add(new OnnxProperty { Key = "offset", Value = "0" });
        weights.ExternalData.Add(new OnnxProperty { Key = "length", Value = "64" });
        var model = new OnnxModel { IrVersion = 8, Graph = Graph() };
        model.Graph.Initializer.Add(weights);
        return model;
    }

    private static OnnxModel Nested()
    {
        OnnxModel model = Outside();
        var branch = new OnnxAttribute { G = Graph() };
        model.Graph.Node[0].Attribute.Add(branch);
        model.Graph.Node[0].Attribute.Add(new OnnxAttribute { T = new OnnxTensor { Name = "t", DataType = 1 } });
        return model;
    }

    private static OnnxGraph Graph()
    {
        var graph = new OnnxGraph();
        graph.Node.Add(new OnnxNode { OpType = "MatMul", Input = { "image", "w" }, Output = { "h" } });
        graph.Node.Add(new OnnxNode { OpType = "Relu", Input = { "h" }, Output = { "pooled" } });
        graph.Input.Add(new OnnxValueInfo { Name = "image" });
        graph.Output.Add(new OnnxValueInfo { Name = "pooled" });
        return graph;
    }
}
