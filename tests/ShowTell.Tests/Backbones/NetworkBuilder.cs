using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace ShowTell.Tests.Backbones;

/// <summary>Writes a network as an ONNX file, field by field.</summary>
internal sealed class NetworkBuilder
{
    public const int Float = 1;
    public const int UInt8 = 2;
    public const int Int64 = 7;
    public const int Float16 = 10;
    public const int Double = 11;
    public const int BFloat16 = 16;

    /// <summary>Metadata of networks whose input is the pixels of photos, stretched to 64 x 64.</summary>
    public static readonly (string, string)[] Pixels =
    [
        ("channel_order", "RGB"), ("value_range", "0..255"), ("mean", "0,0,0"), ("std", "1,1,1"), ("size", "64"),
        ("resize", "stretch"),
    ];

    private readonly List<byte[]> _nodes = [], _weights = [], _inputs = [], _outputs = [];

    public int IrVersion { get; init; } = 8;

    public int Opset { get; init; } = 13;

    public (string Key, string Value)[] Metadata { get; init; } = Pixels;

    /// <summary>Domains of operators beside ONNX's own.</summary>
    public string[] Domains { get; init; } = [];

    /// <summary>
    /// A network of pixels whose <c>quarters</c> (n x 3 x 2 x 2) are the mean colors of a photo's quarters.
    /// </summary>
    public static NetworkBuilder Quarters(int type = Float, params (string, string)[] more)
    {
        var network = new NetworkBuilder { Metadata = [.. Pixels, .. more] };
        network.Input("image", type, "n", 3, 64, 64);
        return network.Node("AveragePool", ["image"], "quarters", ("kernel_shape", [32, 32]), ("strides", [32, 32]));
    }

    public NetworkBuilder Node(string kind, string[] inputs, string output, params (string, long[])[] attributes) =>
        Node(kind, "", inputs, output, attributes);

    public NetworkBuilder Node(
        string kind, string domain, string[] inputs, string output, params (string Name, long[] Values)[] attributes)
    {
        _nodes.Add(Message(node =>
        {
            foreach (string input in inputs)
            {
                Text(node, 1, input);
            }

            Text(node, 2, output);
            Text(node, 4, kind);
            foreach ((string name, long[] values) in attributes)
            {
                Bytes(node, 5, Message(attribute =>
                {
                    Text(attribute, 1, name);
                    bool isOne = name is "axis" or "to";
                    foreach (long value in values)
                    {
                        Number(attribute, isOne ? 3 : 8, value);
                    }

                    Number(attribute, 20, isOne ? 2 : 7); // An integer, or a list of them.
                }));
            }

            Text(node, 7, domain);
        }));
        return this;
    }

    /// <summary>Adds weights of 32-bit floats.</summary>
    public NetworkBuilder Weights(string name, long[] shape, ReadOnlySpan<float> values) =>
        Weights(name, Float, shape, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Adds weights.</summary>
    public NetworkBuilder Weights(string name, int type, long[] shape, byte[] values)
    {
        _weights.Add(Tensor(name, type, shape, tensor => Bytes(tensor, 9, values)));
        return this;
    }

    /// <summary>Adds weights that another file is said to hold.</summary>
    public NetworkBuilder WeightsOutside(
        string name, long[] shape, string file, string? offset = null, string? length = null, int type = Float)
    {
        _weights.Add(Tensor(name, type, shape, tensor =>
        {
            foreach ((string key, string? value) in new[]
                { ("location", file), ("offset", offset), ("length", length) })
            {
                if (value is not null)
                {
                    Bytes(tensor, 13, Entry(key, value));
                }
            }

            Number(tensor, 14, 1); // Elsewhere.
        }));
        return this;
    }

    public NetworkBuilder Input(string name, int type, params object[] shape)
    {
        _inputs.Add(Value(name, type, shape));
        return this;
    }

    public NetworkBuilder Output(string name, params object[] shape) => OutputOf(name, Float, shape);

    public NetworkBuilder OutputOf(string name, int type, params object[] shape)
    {
        _outputs.Add(Value(name, type, shape));
        return this;
    }

    public byte[] ToBytes() => Message(model =>
    {
        Number(model, 1, IrVersion);
        Text(model, 2, "tests");
        Bytes(model, 7, Message(graph =>
        {
            _nodes.ForEach(node => Bytes(graph, 1, node));
            Text(graph, 2, "network");
            _weights.ForEach(tensor => Bytes(graph, 5, tensor));
            _inputs.ForEach(input => Bytes(graph, 11, input));
            _outputs.ForEach(output => Bytes(graph, 12, output));
        }));
        Bytes(model, 8, Message(operators => Number(operators, 2, Opset)));
        foreach (string domain in Domains)
        {
            Bytes(model, 8, Message(operators =>
            {
                Text(operators, 1, domain);
                Number(operators, 2, 1);
            }));
        }

        foreach ((string key, string value) in Metadata)
        {
            Bytes(model, 14, Entry(key, value));
        }
    });

    private static byte[] Tensor(string name, int type, long[] shape, Action<CodedOutputStream> writeData) =>
        Message(tensor =>
        {
            foreach (long length in shape)
            {
                Number(tensor, 1, length);
            }

            Number(tensor, 2, type);
            Text(tensor, 8, name);
            writeData(tensor);
        });

    private static byte[] Value(string name, int kind, object[] shape) => Message(value =>
    {
        Text(value, 1, name);
        Bytes(value, 2, Message(type => Bytes(type, 1, Message(tensor =>
        {
            Number(tensor, 1, kind);
            Bytes(tensor, 2, Message(dimensions =>
            {
                foreach (object length in shape)
                {
                    Bytes(dimensions, 1, Message(dimension =>
                    {
                        if (length is string any)
                        {
                            Text(dimension, 2, any);
                        }
                        else
                        {
                            Number(dimension, 1, Convert.ToInt64(length, CultureInfo.InvariantCulture));
                        }
                    }));
                }
            }));
        }))));
    });

    private static byte[] Entry(string key, string value) => Message(entry =>
    {
        Text(entry, 1, key);
        Text(entry, 2, value);
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
