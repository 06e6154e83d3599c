using System.Numerics;
using ShowTell.Numerics;

namespace ShowTell.Tests.Layers;

/// <summary>A layer with its inputs, the gradients of its outputs, and its backward pass.</summary>
internal sealed class Differentiable<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>What to differentiate by: inputs and weights.</summary>
    public required (string Name, Matrix<T> Value)[] Inputs { get; init; }

    /// <summary>The upstream gradient of each output.</summary>
    public required Matrix<T>[] DOutputs { get; init; }

    /// <summary>Computes the outputs from the current inputs.</summary>
    public required Func<Matrix<T>[]> Forward { get; init; }

    /// <summary>The gradients of the inputs, in their order; called after <see cref="Forward"/>.</summary>
    public required Func<Matrix<T>[]> Backward { get; init; }
}

/// <summary>Sizes of the layers, named as in the library.</summary>
public sealed record Shape(int N, int T, int D, int H, int V)
{
    public override string ToString() => $"N{N} T{T} D{D} H{H} V{V}";
}
