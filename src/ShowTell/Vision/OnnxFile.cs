using Google.Protobuf;

namespace ShowTell.Vision;

/// <summary>An ONNX file in memory whose graph can be cut at a tensor.</summary>
internal sealed class OnnxFile
{
    // TensorProto.DataLocation.EXTERNAL
    private const int ExternalData = 1;

    private readonly string _path;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly OnnxModel _model;

    private OnnxFile(string path, ReadOnlyMemory<byte> bytes, OnnxModel model)
    {
        _path = path;
        _bytes = bytes;
        _model = model;
    }

    /// <summary>What the file's author noted in it, such as the preprocessing.</summary>
    public IReadOnlyDictionary<string, string> Metadata =>
        _model.MetadataProps.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value);

    /// <summary>Names of the graph's outputs.</summary>
    public IReadOnlyList<string> Outputs => [.. _model.Graph.Output.Select(output => output.Name)];

    /// <summary>Takes a file's bytes apart.</summary>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="bytes">Its bytes, which stay in use.</param>
    /// <exception cref="ModelFileException">It is not ONNX, or its weights lie in other files.</exception>
    public static OnnxFile Parse(string path, ReadOnlyMemory<byte> bytes)
    {
        OnnxModel model;
        try
        {
            model = OnnxModel.Parser.ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new ModelFileException(
                $"{path}: not an ONNX file, or a damaged one ({exception.Message.TrimEnd('.')}).", exception);
        }

        if (model.Graph is null || model.Graph.Node.Count == 0)
        {
            throw new ModelFileException($"{path}: not an ONNX file: it holds no graph.");
        }

        if (TensorsOf(model.Graph).Any(tensor => tensor.DataLocation == ExternalData))
        {
            throw new ModelFileException(
                $"{path}: its weights lie in other files, but one file with all of them is needed: "
                + "save it with save_as_external_data=False.");
        }

        return new OnnxFile(path, bytes, model);
    }

    /// <summary>
    /// The bytes of a file whose only output is the tensor, without the nodes, weights and inputs that it does not
    /// depend on.
    /// </summary>
    /// <exception cref="ModelFileException">No node gives a tensor of this name.</exception>
    public ReadOnlyMemory<byte> CutAt(string tensor)
    {
        if (Outputs is [string only] && only == tensor)
        {
            return _bytes;
        }

        OnnxGraph graph = _model.Graph;
        if (!graph.Node.Any(node => node.Output.Contains(tensor)))
        {
            throw new ModelFileException(
                $"{_path}: no node gives a tensor named {tensor}; the outputs are {string.Join(", ", Outputs)}"
                + $"{Suggestion(tensor)}.");
        }

        OnnxModel cut = _model.Clone();
        Keep(cut.Graph, tensor);
        return cut.ToByteArray();
    }

    private static void Keep(OnnxGraph graph, string tensor)
    {
        // Nodes come in an order in which each follows those that it depends on.
        HashSet<string> needed = [tensor];
        var kept = new List<OnnxNode>();
        foreach (OnnxNode node in graph.Node.Reverse().Where(node => node.Output.Any(needed.Contains)))
        {
            kept.Add(node);
            needed.UnionWith(InputsOf(node));
        }

        kept.Reverse();
        OnnxValueInfo output = graph.Output.Concat(graph.ValueInfo).FirstOrDefault(info => info.Name == tensor)
            ?? new OnnxValueInfo { Name = tensor };
        Replace(graph.Node, kept);
        Replace(graph.Initializer, graph.Initializer.Where(initializer => needed.Contains(initializer.Name)));
        Replace(graph.Input, graph.Input.Where(input => needed.Contains(input.Name)));
        Replace(graph.ValueInfo, graph.ValueInfo.Where(info => needed.Contains(info.Name) && info.Name != tensor));
        Replace(graph.Output, [output]);
    }

    /// <summary>What a node reads, in the graphs inside it too (branches, loop bodies).</summary>
    private static IEnumerable<string> InputsOf(OnnxNode node) =>
        node.Input.Where(name => name.Length > 0).Concat(
            GraphsIn(node).SelectMany(graph =>
                graph.Node.SelectMany(InputsOf).Concat(graph.Output.Select(output => output.Name))));

    private static IEnumerable<OnnxTensor> TensorsOf(OnnxGraph graph) =>
        graph.Initializer
            .Concat(graph.Node.SelectMany(node => node.Attribute).Select(attribute => attribute.T).OfType<OnnxTensor>())
            .Concat(graph.Node.SelectMany(GraphsIn).SelectMany(TensorsOf));

    private static IEnumerable<OnnxGraph> GraphsIn(OnnxNode node) =>
        node.Attribute.SelectMany(attribute => attribute.G is { } graph ? [graph] : attribute.Graphs.AsEnumerable());

    private static void Replace<T>(Google.Protobuf.Collections.RepeatedField<T> field, IEnumerable<T> items)
    {
        T[] replacement = [.. items];
        field.Clear();
        field.AddRange(replacement);
    }

    // Exporters decorate names: fc7 may be /classifier/fc7/Gemm_output_0.
    private string Suggestion(string tensor)
    {
        string[] similar =
        [
            .. _model.Graph.Node.SelectMany(node => node.Output)
                .Where(name => name.Contains(tensor, StringComparison.OrdinalIgnoreCase)).Take(5),
        ];
        return similar.Length > 0 ? $"; similar inner ones: {string.Join(", ", similar)}" : "";
    }
}
