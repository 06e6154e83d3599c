using System.Runtime.InteropServices;
using Google.Protobuf;
using ShowTell.Numerics;

namespace ShowTell.Tests.Backbones;

/// <summary>
/// A network of one convolution, with random weights, from 32 x 32 pixels to a grid of 2 x 2 regions with eight
/// features (<c>grid</c>), and their mean (<c>pooled</c>): an ONNX file, written field by field.
/// </summary>
internal static class TinyNetwork
{
    public const int Features = 8;
    public const int Regions = 4;

    private const int Size = 32;
    private const int Kernel = 16;

    /// <param name="seed">Seed of the weights.</param>
    /// <param name="features">The number of features, of 3 KB of weights each.</param>
    /// <param name="weightsFile">The file that the weights are said to be in; null puts them into the network.</param>
    public static byte[] Bytes(ulong seed = 1, int features = Features, string? weightsFile = null) => Message(model =>
    {
        Number(model, 1, 8); // Version of the format.
        Bytes(model, 7, Graph(Weights(seed, features, weightsFile), features));
        Bytes(model, 8, Message(operators => Number(operators, 2, 13)));
        foreach ((string key, string value) in new[]
        {
            ("channel_order", "RGB"), ("value_range", "0..1"), ("mean", "0,0,0"), ("std", "1,1,1"), ("size", $"{Size}"),
        })
        {
            Bytes(model, 14, Message(entry =>
            {
                Text(entry, 1, key);
                Text(entry, 2, value);
            }));
        }
    });

    /// <summary>The bytes of the weights alone.</summary>
    public static byte[] WeightBytes(ulong seed = 1, int features = Features) => MemoryMarshal.AsBytes(
        Matrix.Normal<float>(new SeededRandom(seed), features, 3 * Kernel * Kernel, 0.05).Span).ToArray();

    private static byte[] Graph(byte[] weights, int features) => Message(graph =>
    {
        Bytes(graph, 1, Node("Conv", ["image", "weights"], "grid", ("kernel_shape", Kernel), ("strides", Kernel)));
        Bytes(graph, 1, Node("GlobalAveragePool", ["grid"], "pooled"));
        Text(graph, 2, "tiny");
        Bytes(graph, 5, weights);
        Bytes(graph, 11, Value("image", 3, Size));
        Bytes(graph, 12, Value("pooled", features, 1));
        Bytes(graph, 12, Value("grid", features, 2));
    });

    private static byte[] Node(string kind, string[] inputs, string output, params (string Name, int Side)[] sides) =>
        Message(node =>
        {
            foreach (string input in inputs)
            {
                Text(node, 1, input);
            }

            Text(node, 2, output);
            Text(node, 4, kind);
            foreach ((string name, int side) in sides)
            {
                Bytes(node, 5, Message(attribute =>
                {
                    Text(attribute, 1, name);
                    Number(attribute, 8, side);
                    Number(attribute, 8, side);
                    Number(attribute, 20, 7); // A list of integers.
                }));
            }
        });

    private static byte[] Weights(ulong seed, int features, string? file) => Message(tensor =>
    {
        foreach (int length in new[] { features, 3, Kernel, Kernel })
        {
            Number(tensor, 1, length);
        }

        Number(tensor, 2, 1); // 32-bit floats.
        Text(tensor, 8, "weights");
        if (file is null)
        {
            Bytes(tensor, 9, WeightBytes(seed, features));
            return;
        }

        Bytes(tensor, 13, Message(entry =>
        {
            Text(entry, 1, "location");
            Text(entry, 2, file);
        }));
        Number(tensor, 14, 1); // Elsewhere.
    });

    private static byte[] Value(string name, int channels, int side) => Message(value =>
    {
        Text(value, 1, name);
        Bytes(value, 2, Message(type => Bytes(type, 1, Message(tensor =>
        {
            Number(tensor, 1, 1); // 32-bit floats.
            Bytes(tensor, 2, Message(shape =>
            {
                Bytes(shape, 1, Message(length => Text(length, 2, "n")));
                foreach (int length in new[] { channels, side, side })
                {
                    Bytes(shape, 1, Message(dimension => Number(dimension, 1, length)));
                }
            }));
        }))));
    });

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using var message = new CodedOutputStream(bytes);
        write(message);
        message.Flush();
        return bytes.ToArray();
    }

    private static void Number(CodedOutputStream message, int field, long value)
    {
        message.WriteTag(field, WireFormat.WireType.Varint);
        message.WriteInt64(value);
    }

    private static void Text(CodedOutputStream message, int field, string value)
    {
        message.WriteTag(field, WireFormat.WireType.LengthDelimited);
        message.WriteString(value);
    }

    private static void Bytes(CodedOutputStream message, int field, byte[] value)
    {
        message.WriteTag(field, WireFormat.WireType.LengthDelimited);
        message.WriteBytes(ByteString.CopyFrom(value));
    }
}
