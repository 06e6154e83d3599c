using System.Runtime.InteropServices;
using ShowTell.Numerics;

namespace ShowTell.Tests.Backbones;

/// <summary>
/// A network of one convolution, with random weights, from 32 x 32 pixels to a grid of 2 x 2 regions with eight
/// features (<c>grid</c>), and their mean (<c>pooled</c>).
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
    /// <param name="offset">Where in that file they are said to begin; null to say nothing.</param>
    /// <param name="length">How long they are said to be; null to say nothing.</param>
    public static byte[] Bytes(
        ulong seed = 1,
        int features = Features,
        string? weightsFile = null,
        string? offset = null,
        string? length = null)
    {
        long[] shape = [features, 3, Kernel, Kernel];
        var network = new NetworkBuilder
        {
            Metadata =
            [
                ("channel_order", "RGB"), ("value_range", "0..1"), ("mean", "0,0,0"), ("std", "1,1,1"),
                ("size", $"{Size}"),
            ],
        };
        network.Node(
            "Conv", ["image", "weights"], "grid", ("kernel_shape", [Kernel, Kernel]), ("strides", [Kernel, Kernel]))
            .Node("GlobalAveragePool", ["grid"], "pooled");
        _ = weightsFile is null
            ? network.Weights("weights", NetworkBuilder.Float, shape, WeightBytes(seed, features))
            : network.WeightsOutside("weights", shape, weightsFile, offset, length);
        return network.Input("image", NetworkBuilder.Float, "n", 3, Size, Size)
            .Output("pooled", "n", features, 1, 1)
            .Output("grid", "n", features, 2, 2)
            .ToBytes();
    }

    /// <summary>The bytes of the weights alone.</summary>
    public static byte[] WeightBytes(ulong seed = 1, int features = Features) => MemoryMarshal.AsBytes(
        Matrix.Normal<float>(new SeededRandom(seed), features, 3 * Kernel * Kernel, 0.05).Span).ToArray();
}
