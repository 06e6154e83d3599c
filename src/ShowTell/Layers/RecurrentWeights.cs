using System.Numerics;
using ShowTell.Numerics;

namespace ShowTell.Layers;

/// <summary>
/// The weights of a recurrent layer, or their gradients. G is the number of gates: 1 for <see cref="Rnn"/>, 4 for
/// <see cref="Lstm"/>.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class RecurrentWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Puts weights together.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public RecurrentWeights(Matrix<T> wx, Matrix<T> wh, Matrix<T> b)
    {
        ArgumentNullException.ThrowIfNull(wx);
        ArgumentNullException.ThrowIfNull(wh);
        ArgumentNullException.ThrowIfNull(b);
        MatrixShape.Require<T>(wx, wx.Rows, wh.Columns, nameof(wx));
        MatrixShape.Require<T>(b, 1, wh.Columns, nameof(b));
        Wx = wx;
        Wh = wh;
        B = b;
    }

    /// <summary>Makes weights of zero.</summary>
    /// <param name="inputSize">D.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="gates">G.</param>
    public RecurrentWeights(int inputSize, int hiddenSize, int gates)
        : this(
            new Matrix<T>(inputSize, gates * hiddenSize),
            new Matrix<T>(hiddenSize, gates * hiddenSize),
            new Matrix<T>(1, gates * hiddenSize))
    {
    }

    /// <summary>Input to hidden, D x G·H.</summary>
    public Matrix<T> Wx { get; }

    /// <summary>Hidden to hidden, H x G·H.</summary>
    public Matrix<T> Wh { get; }

    /// <summary>Bias, 1 x G·H.</summary>
    public Matrix<T> B { get; }

    /// <summary>D.</summary>
    public int InputSize => Wx.Rows;

    /// <summary>H.</summary>
    public int HiddenSize => Wh.Rows;
}
