using System.Numerics;
using ShowTell.Numerics;

namespace ShowTell.Models;

/// <summary>
/// What a model remembers of N captions while they are decoded word by word, and the buffers of one step.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class DecodingState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal DecodingState(CaptioningOptions options, int count)
    {
        Count = count;
        X = new Matrix<T>(count, options.WordVectorSize);
        H = new Matrix<T>(count, options.HiddenSize);
        NextH = new Matrix<T>(count, options.HiddenSize);
        bool hasCellState = options.Cell == CellKind.Lstm;
        C = new Matrix<T>(hasCellState ? count : 0, options.HiddenSize);
        Gates = new Matrix<T>(hasCellState ? count : 0, options.Gates * options.HiddenSize);
    }

    /// <summary>Number of captions, N.</summary>
    public int Count { get; }

    /// <summary>Hidden state, N x H.</summary>
    public Matrix<T> H { get; private set; }

    /// <summary>Cell state of an LSTM, N x H; without rows for other cells.</summary>
    public Matrix<T> C { get; }

    internal Matrix<T> X { get; }

    internal Matrix<T> NextH { get; private set; }

    internal Matrix<T> Gates { get; }

    internal void Advance() => (H, NextH) = (NextH, H);
}
