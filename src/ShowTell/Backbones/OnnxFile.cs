using Google.Protobuf;
using ShowTell.Files;

namespace ShowTell.Backbones;

/// <summary>
/// An ONNX file whose graph can be cut at a tensor. The weights stay in the file: reading and cutting need little
/// memory for any size.
/// </summary>
internal sealed class OnnxFile
{
    // TensorProto.DataLocation.EXTERNAL
    private const int ExternalData = 1;

    private static readonly MessageParser<OnnxModel> Parser = OnnxModel.Parser.WithDiscardUnknownFields(true);

    private readonly string _name;
    private readonly Stream _stream;
    private readonly OnnxModel _model;

    private OnnxFile(string name, Stream stream, OnnxModel model) => (_name, _stream, _model) = (name, stream, model);

    /// <summary>The metadata, such as the preprocessing.</summary>
    public IReadOnlyDictionary<string, string> Metadata =>
        _model.MetadataProps.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value);

    /// <summary>Names of the graph's outputs.</summary>
    public IReadOnlyList<string> Outputs => [.. _model.Graph.Output.Select(output => output.Name)];

    private static uint GraphTag => Tag(OnnxModel.GraphFieldNumber);

    /// <summary>Reads all but the weights. The stream must be seekable, and stay open while the graph is cut.</summary>
    /// <exception cref="ModelFileException">The file is not ONNX, is damaged, or keeps weights in other
    /// files.</exception>
    public static OnnxFile Read(string name, Stream stream)
    {
        OnnxModel model;
        try
        {
            model = Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw Damaged(name, exception);
        }

        if (model.Graph is null || model.Graph.Node.Count == 0)
        {
            throw new ModelFileException($"{name}: not an ONNX file: it holds no graph.");
        }

        // ONNX Runtime would read external weights from any file that the graph names.
        IEnumerable<OnnxTensor> tensors =
            TensorsOf(model.Graph).Concat(model.Functions.SelectMany(function => function.Node).SelectMany(TensorsOf));
        return tensors.Any(tensor => tensor.DataLocation == ExternalData)
            ? throw new ModelFileException(
                $"{name}: its weights are in other files, but one file with all of them is needed: "
                + "save it with save_as_external_data=False.")
            : new OnnxFile(name, stream, model);
    }

    /// <summary>
    /// Whether the file must be cut to compute only a tensor: the tensor is not an output, or does not depend on all
    /// weights.
    /// </summary>
    /// <exception cref="ModelFileException">No node computes a tensor of this name.</exception>
    public bool MustCut(string tensor) =>
        Dependencies(tensor) is var (_, names)
        && !(Outputs.Contains(tensor) && _model.Graph.Initializer.All(initializer => names.Contains(initializer.Name)));

    /// <summary>
    /// Writes a file whose only output is the tensor, without the nodes, weights and inputs that it does not depend on.
    /// </summary>
    /// <exception cref="ModelFileException">No node computes a tensor of this name, or the file is damaged.</exception>
    public void CutAt(string tensor, Stream cut)
    {
        (HashSet<OnnxNode> nodes, HashSet<string> names) = Dependencies(tensor);
        OnnxGraph graph = _model.Graph;
        var kept = new Dictionary<uint, Queue<bool>>
        {
            [Tag(OnnxGraph.NodeFieldNumber)] = new(graph.Node.Select(nodes.Contains)),
            [Tag(OnnxGraph.InitializerFieldNumber)] = Named(graph.Initializer.Select(item => item.Name)),
            [Tag(OnnxGraph.InputFieldNumber)] = Named(graph.Input.Select(item => item.Name)),
            [Tag(OnnxGraph.OutputFieldNumber)] = new(),
            [Tag(OnnxGraph.ValueInfoFieldNumber)] = Named(graph.ValueInfo.Select(item => item.Name)),
        };
        try
        {
            Copy(kept, cut);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw Damaged(_name, exception);
        }

        new OnnxModel { Graph = new OnnxGraph { Output = { new OnnxValueInfo { Name = tensor } } } }.WriteTo(cut);

        // The tensor gets an output entry instead.
        Queue<bool> Named(IEnumerable<string> items) =>
            new(items.Select(name => names.Contains(name) && name != tensor));
    }

    /// <summary>Copies the file without the parts of the graph, listed per field, that are not kept.</summary>
    private void Copy(Dictionary<uint, Queue<bool>> kept, Stream cut)
    {
        using var header = new CodedOutputStream(cut, leaveOpen: true);
        foreach ((uint tag, long start, long end, bool isPart) in Fields())
        {
            if (isPart && kept.TryGetValue(tag, out Queue<bool>? parts) && !(parts.TryDequeue(out bool keep) && keep))
            {
                continue;
            }

            // Protobuf readers merge repeated messages of one field, so that each part may be a graph of its own.
            if (isPart)
            {
                header.WriteTag(GraphTag);
                header.WriteLength((int)(end - start));
                header.Flush();
            }

            StreamPart.Copy(_stream, start, end - start, cut);
        }
    }

    /// <summary>The positions of the file's fields, with the graph replaced by its parts.</summary>
    private List<(uint Tag, long Start, long End, bool IsPart)> Fields()
    {
        _stream.Position = 0;
        using var input = new CodedInputStream(_stream, leaveOpen: true);
        var fields = new List<(uint, long, long, bool)>();
        long start = 0, graphEnd = 0;
        for (uint tag; (tag = input.ReadTag()) != 0; start = input.Position)
        {
            bool isPart = start < graphEnd;
            if (tag == GraphTag && !isPart)
            {
                int length = input.ReadLength();
                graphEnd = input.Position + length;
                continue;
            }

            if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.StartGroup)
            {
                throw new ModelFileException($"{_name}: a damaged ONNX file (a field of an unknown type).");
            }

            input.SkipLastField();
            fields.Add((tag, start, input.Position, isPart));
        }

        return fields;
    }

    /// <summary>The nodes that a tensor depends on, and the names of all tensors that they read.</summary>
    private (HashSet<OnnxNode> Nodes, HashSet<string> Names) Dependencies(string tensor)
    {
        if (!_model.Graph.Node.Any(node => node.Output.Contains(tensor)))
        {
            throw new ModelFileException(
                $"{_name}: no node computes a tensor named {tensor}; the outputs are {string.Join(", ", Outputs)}"
                + $"{Suggestion(tensor)}.");
        }

        // Nodes are in topological order.
        var nodes = new HashSet<OnnxNode>(ReferenceEqualityComparer.Instance);
        HashSet<string> names = [tensor];
        foreach (OnnxNode node in _model.Graph.Node.Reverse().Where(node => node.Output.Any(names.Contains)))
        {
            nodes.Add(node);
            names.UnionWith(InputsOf(node));
        }

        return (nodes, names);
    }

    /// <summary>Names of the tensors that a node reads, also in its inner graphs (branches, loop bodies).</summary>
    private static IEnumerable<string> InputsOf(OnnxNode node) =>
        node.Input.Where(name => name.Length > 0).Concat(
            GraphsIn(node).SelectMany(graph =>
                graph.Node.SelectMany(InputsOf).Concat(graph.Output.Select(output => output.Name))));

    private static uint Tag(int field) => WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited);

    private static ModelFileException Damaged(string name, InvalidProtocolBufferException exception) =>
        new($"{name}: not an ONNX file, or a damaged one ({exception.Message.TrimEnd('.')}).", exception);

    private static IEnumerable<OnnxTensor> TensorsOf(OnnxGraph graph) =>
        graph.Initializer
            .Concat(graph.SparseInitializer.SelectMany(TensorsOf))
            .Concat(graph.Node.SelectMany(TensorsOf));

    private static IEnumerable<OnnxTensor> TensorsOf(OnnxNode node) =>
        node.Attribute.SelectMany(attribute => attribute.Tensors.Append(attribute.T)
            .Concat(attribute.SparseTensors.Append(attribute.SparseTensor).SelectMany(TensorsOf)))
            .OfType<OnnxTensor>().Concat(GraphsIn(node).SelectMany(TensorsOf));

    private static IEnumerable<OnnxTensor> TensorsOf(OnnxSparseTensor? tensor) =>
        new[] { tensor?.Values, tensor?.Indices }.OfType<OnnxTensor>();

    private static IEnumerable<OnnxGraph> GraphsIn(OnnxNode node) =>
        node.Attribute.SelectMany(attribute => attribute.Graphs.Append(attribute.G)).OfType<OnnxGraph>();

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
