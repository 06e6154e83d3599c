namespace ShowTell.Backbones;

/// <summary>Which axis of a sequence of tokens is that of its features, by the layers that compute it.</summary>
internal static class TokenLayout
{
    /// <summary>Operators whose results have the axes of their first input.</summary>
    private static readonly HashSet<string> s_keeping =
    [
        "Cast", "Clip", "DequantizeLinear", "Dropout", "Erf", "Gelu", "Identity", "LeakyRelu", "MatMul", "Pad", "Pow",
        "QuantizeLinear", "Relu", "Sigmoid", "Slice", "Sqrt", "Tanh",
    ];

    /// <summary>Operators whose results have the axes of all their inputs.</summary>
    private static readonly HashSet<string> s_joining = ["Add", "Concat", "Div", "Mul", "Sub"];

    /// <summary>Follows a tensor of three dimensions back to layers that have a parameter for each feature.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="tensor">The tensor.</param>
    /// <returns>Null if there are no such layers, or they do not agree: those that mix tokens have parameters for each
    /// token.</returns>
    public static OutputLayout? Of(OnnxGraph graph, string tensor)
    {
        var nodes = new Dictionary<string, OnnxNode>();
        foreach (OnnxNode node in graph.Node)
        {
            foreach (string output in node.Output)
            {
                nodes[output] = node;
            }
        }

        HashSet<OutputLayout> found = [];
        HashSet<(string, bool)> seen = [];
        Stack<(string Tensor, bool IsTransposed)> open = new([(tensor, false)]);
        while (open.TryPop(out (string Tensor, bool IsTransposed) next))
        {
            if (!seen.Add(next) || !nodes.TryGetValue(next.Tensor, out OnnxNode? node))
            {
                continue;
            }

            if (AreFeaturesLast(node, name => SizeOf(graph, nodes, name)) is bool areLast)
            {
                found.Add(areLast != next.IsTransposed ? OutputLayout.ChannelsLast : OutputLayout.ChannelsFirst);
            }

            bool transposes = node.OpType == "Transpose"
                && node.Attribute.Any(attribute => attribute is { Name: "perm", Ints: [0, 2, 1] });
            int inputs = s_joining.Contains(node.OpType) ? node.Input.Count
                : transposes || s_keeping.Contains(node.OpType) ? 1 : 0;
            foreach (string input in node.Input.Take(inputs))
            {
                open.Push((input, next.IsTransposed != transposes));
            }
        }

        return found.Count == 1 ? found.First() : null;
    }

    /// <summary>Whether a layer has its features last, or as the second axis; null if it does not tell.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="sizeOf">The dimensions of weights; null for other tensors.</param>
    private static bool? AreFeaturesLast(OnnxNode node, Func<string, IReadOnlyList<long>?> sizeOf)
    {
        switch (node.OpType)
        {
            case "BatchNormalization" or "Conv" or "ConvTranspose" or "GroupNormalization" or "InstanceNormalization":
                return false;
            case "Add" or "Div" or "Mul" or "Sub":
                return node.Input.Any(input => sizeOf(input) is [> 1]) ? true : null;
            case "MatMul":
                return node.Input.Count == 2 && sizeOf(node.Input[1]) is [_, _] ? true : null;
            default:
                bool isLayerNorm = node.OpType == "RMSNormalization"
                    || node.OpType.EndsWith("LayerNormalization", StringComparison.Ordinal);
                long axis = node.Attribute.FirstOrDefault(attribute => attribute.Name == "axis")?.I ?? -1;
                return isLayerNorm && axis is -1 or 2 ? true : null;
        }
    }

    /// <summary>The dimensions of weights, which may be stored in another type or be shared.</summary>
    private static IReadOnlyList<long>? SizeOf(OnnxGraph graph, Dictionary<string, OnnxNode> nodes, string name)
    {
        OnnxNode? node;
        while (nodes.TryGetValue(name, out node) && node is
            { OpType: "Cast" or "DequantizeLinear" or "Identity", Input.Count: > 0 })
        {
            name = node.Input[0];
        }

        return node is null
            ? graph.Initializer.FirstOrDefault(weights => weights.Name == name)?.Dims
            : node.OpType == "Constant" ? node.Attribute.FirstOrDefault()?.T?.Dims : null;
    }
}
