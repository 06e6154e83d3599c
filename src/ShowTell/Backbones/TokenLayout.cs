using Google.Protobuf.Collections;

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

    /// <summary>Layers with parameters for each value of the second axis.</summary>
    private static readonly HashSet<string> s_second =
        ["BatchNormalization", "Conv", "ConvTranspose", "GroupNormalization", "InstanceNormalization"];

    /// <summary>Operators whose results are weights, if their first inputs are.</summary>
    private static readonly HashSet<string> s_copying = ["Cast", "DequantizeLinear", "Identity"];

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
                && node.Attribute.Any(attribute => attribute.Name == "perm" && attribute.Ints.SequenceEqual([0, 2, 1]));
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
    /// <param name="sizeOf">The dimensions of weights; none for other tensors.</param>
    private static bool? AreFeaturesLast(OnnxNode node, Func<string, RepeatedField<long>> sizeOf)
    {
        if (s_second.Contains(node.OpType))
        {
            return false;
        }

        bool isLast = s_joining.Contains(node.OpType)
            ? node.Input.Select(sizeOf).Any(size => size.Count == 1 && size[0] > 1)
            : node.OpType == "MatMul" ? node.Input.Skip(1).Select(sizeOf).Any(size => size.Count == 2)
            : IsLayerNorm(node.OpType) && node.Attribute.Where(attribute => attribute.Name == "axis")
                .All(axis => axis.I == -1 || axis.I == 2);
        return isLast ? true : null;
    }

    private static bool IsLayerNorm(string type) =>
        type == "RMSNormalization" || type.EndsWith("LayerNormalization", StringComparison.Ordinal);

    /// <summary>The dimensions of weights, which may be stored in another type or be shared.</summary>
    private static RepeatedField<long> SizeOf(OnnxGraph graph, Dictionary<string, OnnxNode> nodes, string name)
    {
        // At most all nodes: in a damaged network they may be a circle.
        for (int left = nodes.Count; left >= 0 && nodes.TryGetValue(name, out OnnxNode? node); left--)
        {
            if (node.OpType == "Constant")
            {
                return node.Attribute.Select(attribute => attribute.T).OfType<OnnxTensor>()
                    .Select(weights => weights.Dims).FirstOrDefault([]);
            }

            name = s_copying.Contains(node.OpType) ? node.Input.FirstOrDefault("") : "";
        }

        return graph.Initializer.Where(weights => weights.Name == name).Select(weights => weights.Dims)
            .FirstOrDefault([]);
    }
}
