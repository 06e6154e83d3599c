using System.Security.Cryptography;
using Google.Protobuf;

namespace ShowTell.Backbones;

/// <summary>
/// An ONNX file whose graph can be cut at tensors. The weights stay in their files: reading and cutting need little
/// memory for any size.
/// </summary>
internal sealed class OnnxFile
{
    private static readonly MessageParser<OnnxModel> s_parser = OnnxModel.Parser.WithDiscardUnknownFields(true);

    private readonly string _name;
    private readonly Stream _stream;

    private OnnxFile(string name, string? path, Stream stream, OnnxModel model)
    {
        (_name, _stream, Model) = (name, stream, model);
        IEnumerable<OnnxTensor> tensors =
            TensorsOf(model.Graph).Concat(model.Functions.SelectMany(function => function.Node).SelectMany(TensorsOf));
        Weights = OnnxWeights.Of(name, path, tensors);
        HashSet<string> initializers = [.. model.Graph.Initializer.Select(tensor => tensor.Name)];
        initializers.UnionWith(model.Graph.SparseInitializer.Select(tensor => tensor.Values?.Name ?? ""));

        // Old exporters list initializers as inputs.
        Inputs =
        [
            .. model.Graph.Input.Where(input => !initializers.Contains(input.Name)).Select(BackboneTensor.Of),
        ];
        Outputs = [.. model.Graph.Output.Select(BackboneTensor.Of)];
    }

    /// <summary>All but the weights.</summary>
    public OnnxModel Model { get; }

    /// <summary>The weights in other files; null if there are none.</summary>
    public OnnxWeights? Weights { get; }

    /// <summary>The graph's inputs.</summary>
    public IReadOnlyList<BackboneTensor> Inputs { get; }

    /// <summary>The graph's outputs.</summary>
    public IReadOnlyList<BackboneTensor> Outputs { get; }

    /// <summary>The metadata, such as the preprocessing.</summary>
    public IReadOnlyDictionary<string, string> Metadata =>
        Model.MetadataProps.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value);

    /// <summary>Opens a file, reads all but its weights, and uses it while it is open.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The name for error messages.</param>
    /// <param name="path">The path that leads to weights in other files; null if there is none.</param>
    /// <param name="use">Uses the network.</param>
    /// <exception cref="ModelFileException">The file cannot be read, is not ONNX or damaged, or weights are missing.
    /// </exception>
    public static T Use<T>(string file, string name, string? path, Func<OnnxFile, T> use)
    {
        try
        {
            if (Directory.Exists(file))
            {
                throw new ModelFileException($"{name}: {ForeignFile.DescribeFolder(file)}.");
            }

            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            return use(Read(name, stream, path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string problem = exception is FileNotFoundException or DirectoryNotFoundException
                ? "there is no such file."
                : $"cannot be read: {exception.Message}";
            throw new ModelFileException($"{name}: {problem}", exception);
        }
    }

    /// <summary>Reads all but the weights. The stream must be seekable, and stay open while the graph is cut.</summary>
    /// <param name="name">The name for error messages.</param>
    /// <param name="stream">The file.</param>
    /// <param name="path">Its path, which leads to weights in other files; null if there is none.</param>
    /// <exception cref="ModelFileException">The file is not ONNX or damaged, or weights are missing.</exception>
    public static OnnxFile Read(string name, Stream stream, string? path = null)
    {
        if (ForeignFile.Describe(stream) is string kind)
        {
            throw new ModelFileException($"{name}: {kind}.");
        }

        OnnxModel model;
        try
        {
            model = s_parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw OnnxCopy.Damaged(name, exception);
        }

        return model.Graph is not null && model.Graph.Node.Count > 0
            ? new OnnxFile(name, path, stream, model)
            : throw new ModelFileException($"{name}: {ForeignFile.DescribeProtobuf(stream)}.");
    }

    /// <summary>
    /// The output to take if none is named: the one named grid or pooled, or the only one that may be it.
    /// </summary>
    /// <param name="grid">Whether features of regions are wanted.</param>
    /// <returns>Null if several may be it.</returns>
    public string? FindOutput(bool grid)
    {
        BackboneTensor[] outputs = [.. Outputs.Where(output => NeedsOnlyPhotos(output.Name))];
        outputs = outputs.Length > 0 ? outputs : [.. Outputs];

        // Exporters that write both use these names.
        string usual = grid ? "grid" : "pooled";
        if (outputs.Any(output => output.Name == usual))
        {
            return usual;
        }

        int[][] ranks = grid ? [[3, 4]] : [[2], [3, 4]];
        IEnumerable<BackboneTensor[]> choices =
            ranks.Select(some => outputs.Where(output => output.Rank < 0 || some.Contains(output.Rank)).ToArray());
        return (outputs.Length == 1 ? outputs : choices.FirstOrDefault(some => some.Length > 0)) is [var only]
            ? only.Name
            : null;
    }

    /// <summary>The output to take if none is named.</summary>
    /// <param name="grid">Whether features of regions are wanted.</param>
    /// <exception cref="ModelFileException">Several outputs may be it.</exception>
    public string ChooseOutput(bool grid) => FindOutput(grid) ?? throw new ModelFileException(
        $"{_name}: has the outputs {Listed(Outputs)}: choose one with --output{(grid ? " for --grid" : "")}.");

    /// <summary>Whether a tensor depends on photos, and on nothing else.</summary>
    public bool NeedsOnlyPhotos(string tensor) =>
        IsComputed(tensor) && NeededInputs(tensor) is [{ MayBePhoto: true }];

    /// <summary>The inputs that tensors depend on.</summary>
    /// <exception cref="ModelFileException">No node computes a tensor of such a name.</exception>
    public BackboneTensor[] NeededInputs(params string[] tensors)
    {
        (_, HashSet<string> names) = Dependencies(tensors);
        return [.. Inputs.Where(input => names.Contains(input.Name))];
    }

    /// <summary>
    /// The file that computes only these tensors; null if the file itself serves: they are outputs, and depend on all
    /// weights and inputs, and no small ones are in other files.
    /// </summary>
    /// <exception cref="ModelFileException">No node computes a tensor of such a name, the file is damaged, or too long
    /// with its weights.</exception>
    public OnnxCopy? CutFor(params string[] tensors)
    {
        (_, HashSet<string> names) = Dependencies(tensors);
        bool serves = tensors.All(IsOutput) && Inputs.All(input => names.Contains(input.Name));
        if (serves && Weights is not { HaveSmall: true }
            && Model.Graph.Initializer.All(initializer => names.Contains(initializer.Name)))
        {
            return null;
        }

        OnnxCopy cut = CutAt(tensors);
        return cut.Length <= OnnxCopy.MaxLength ? cut : serves ? null : Fitting(cut);
    }

    /// <summary>
    /// The file with these tensors as its only outputs, without the nodes, weights and inputs that they do not depend
    /// on, and with the weights of other files.
    /// </summary>
    /// <exception cref="ModelFileException">No node computes a tensor of such a name, or the file is damaged.
    /// </exception>
    public OnnxCopy CutAt(params string[] tensors)
    {
        (HashSet<OnnxNode> nodes, HashSet<string> names) = Dependencies(tensors);
        OnnxGraph graph = Model.Graph;
        var kept = new Dictionary<int, Queue<bool>>
        {
            [OnnxGraph.NodeFieldNumber] = new(graph.Node.Select(nodes.Contains)),
            [OnnxGraph.InitializerFieldNumber] = Named(graph.Initializer.Select(item => item.Name)),
            [OnnxGraph.InputFieldNumber] = Named(graph.Input.Select(item => item.Name)),
            [OnnxGraph.OutputFieldNumber] = new(),
            [OnnxGraph.ValueInfoFieldNumber] = Named(graph.ValueInfo.Select(item => item.Name)),
        };
        var outputs = new OnnxGraph();
        outputs.Output.Add(tensors.Select(tensor => new OnnxValueInfo { Name = tensor }));
        return new OnnxCopy(_name, _stream, Weights, kept, new OnnxModel { Graph = outputs });

        // The tensors get output entries instead.
        Queue<bool> Named(IEnumerable<string> items) =>
            new(items.Select(name => names.Contains(name) && !tensors.Contains(name)));
    }

    /// <summary>The file with all its weights in it: the file as it is, if they are.</summary>
    /// <exception cref="ModelFileException">The file is damaged.</exception>
    public OnnxCopy WithWeights() =>
        new(_name, _stream, Weights, new Dictionary<int, Queue<bool>>(), new OnnxModel());

    /// <summary>Refuses a copy that is too long for one file.</summary>
    public OnnxCopy Fitting(OnnxCopy copy) => copy.Length <= OnnxCopy.MaxLength
        ? copy
        : throw new ModelFileException(
            $"{_name}: takes {copy.Length / 1e9:F1} GB with its weights, and one ONNX file at most 2: take an output "
            + "rather than an inner tensor, leave out --embed-backbone, or export the network in 16 bits.");

    /// <summary>SHA-256 of the file with all its weights, 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public string Sha256()
    {
        _stream.Position = 0;
        return Weights is null ? Convert.ToHexStringLower(SHA256.HashData(_stream)) : WithWeights().Sha256();
    }

    /// <summary>What is known of a tensor's layout beside its shape.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="rank">Its number of dimensions.</param>
    /// <param name="inputLayout">The layout of the input, if the network's author says it: that of a grid too.</param>
    /// <returns>Null if nothing is known.</returns>
    public OutputLayout? LayoutHint(string tensor, int rank, OutputLayout? inputLayout) =>
        rank == 3 ? TokenLayout.Of(Model.Graph, tensor) : inputLayout;

    /// <summary>
    /// Tensors through which everything goes that an output computes from the photo, in the order of the graph: they
    /// hold all that the network knows there.
    /// </summary>
    public IReadOnlyList<string> Bottlenecks(string output)
    {
        (HashSet<OnnxNode> nodes, _) = Dependencies([output]);
        OnnxNode[] order = [.. Model.Graph.Node.Where(nodes.Contains)];
        var lastUse = new Dictionary<string, int>();
        for (int i = 0; i < order.Length; i++)
        {
            foreach (string name in InputsOf(order[i]))
            {
                lastUse[name] = i;
            }
        }

        // Lengths of tensors do not carry what is in them.
        lastUse[output] = order.Length;
        HashSet<string> open = [.. Inputs.Select(input => input.Name)];
        var bottlenecks = new List<string>();
        for (int i = 0; i < order.Length; i++)
        {
            bool carries = order[i].OpType is not ("Shape" or "Size") && InputsOf(order[i]).Any(open.Contains);
            if (carries)
            {
                open.UnionWith(order[i].Output.Where(lastUse.ContainsKey));
            }

            open.RemoveWhere(name => !lastUse.TryGetValue(name, out int use) || use <= i);
            if (carries && open.Count == 1 && order[i].Output.Contains(open.First()))
            {
                bottlenecks.Add(open.First());
            }
        }

        return bottlenecks;
    }

    /// <summary>Whether a tensor is one of the graph's outputs.</summary>
    public bool IsOutput(string tensor) => Outputs.Any(output => output.Name == tensor);

    /// <summary>Whether a node computes a tensor.</summary>
    public bool IsComputed(string tensor) => Model.Graph.Node.Any(node => node.Output.Contains(tensor));

    /// <summary>Whether some node runs one of these operators.</summary>
    public bool HasOperator(params string[] names) => Model.Graph.Node.Any(node => names.Contains(node.OpType));

    /// <summary>Tensors for error messages.</summary>
    public static string Listed(IEnumerable<BackboneTensor> tensors)
    {
        BackboneTensor[] all = [.. tensors];
        return string.Join(", ", all.Take(6)) + (all.Length > 6 ? $" and {all.Length - 6} more" : "");
    }

    /// <summary>The nodes that tensors depend on, and the names of all tensors that they read.</summary>
    private (HashSet<OnnxNode> Nodes, HashSet<string> Names) Dependencies(IReadOnlyList<string> tensors)
    {
        foreach (string tensor in tensors)
        {
            if (!IsComputed(tensor))
            {
                throw new ModelFileException(
                    $"{_name}: no node computes a tensor named {tensor}; the outputs are "
                    + $"{string.Join(", ", Outputs.Select(output => output.Name))}{Suggestion(tensor)}.");
            }
        }

        // Nodes are in topological order.
        var nodes = new HashSet<OnnxNode>(ReferenceEqualityComparer.Instance);
        HashSet<string> names = [.. tensors];
        foreach (OnnxNode node in Model.Graph.Node.Reverse().Where(node => node.Output.Any(names.Contains)))
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
            .. Model.Graph.Node.SelectMany(node => node.Output)
                .Where(name => name.Contains(tensor, StringComparison.OrdinalIgnoreCase)).Take(5),
        ];
        return similar.Length > 0 ? $"; similar inner ones: {string.Join(", ", similar)}" : "";
    }
}
