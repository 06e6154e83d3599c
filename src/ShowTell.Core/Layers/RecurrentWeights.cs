namespace ShowTell.Layers;

/// <summary>
/// The weights of a recurrent layer, or their gradients. G is the number of gates: 1 for <see cref="Rnn"/>, 4 for
/// <see cref="Lstm"/>, 3 for <see cref="Gru"/>, which has a second bias. An <see cref="AttentionLstm"/> also has Wattn,
/// and optionally an additive score.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class RecurrentWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T>? _hiddenBias;
    private readonly Matrix<T>? _attention;
    private readonly AdditiveScoreWeights<T>? _additiveScore;

    /// <summary>Combines weights.</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public RecurrentWeights(
        Matrix<T> wx,
        Matrix<T> wh,
        Matrix<T> b,
        Matrix<T>? hiddenBias = null,
        Matrix<T>? attention = null,
        AdditiveScoreWeights<T>? additiveScore = null)
    {
        MatrixShape.Require<T>(wx, wx.Rows, wh.Columns, nameof(wx));
        MatrixShape.Require<T>(b, 1, wh.Columns, nameof(b));
        if (hiddenBias is not null)
        {
            MatrixShape.Require<T>(hiddenBias, 1, wh.Rows, nameof(hiddenBias));
        }

        if (attention is not null)
        {
            MatrixShape.Require<T>(attention, wh.Rows, wh.Columns, nameof(attention));
        }

        if (additiveScore is not null)
        {
            MatrixShape.Require<T>(additiveScore.Key, wh.Rows, additiveScore.Key.Columns, nameof(additiveScore));
        }

        (Wx, Wh, B) = (wx, wh, b);
        (_hiddenBias, _attention, _additiveScore) = (hiddenBias, attention, additiveScore);
    }

    /// <summary>Creates weights of zero.</summary>
    /// <param name="inputSize">D.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="gates">G.</param>
    public RecurrentWeights(int inputSize, int hiddenSize, int gates)
        : this(
            new Matrix<T>(inputSize, gates * hiddenSize),
            new Matrix<T>(hiddenSize, gates * hiddenSize),
            new Matrix<T>(1, gates * hiddenSize),
            gates == Gru.Gates ? new Matrix<T>(1, hiddenSize) : null)
    {
    }

    /// <summary>Input to hidden, D x G·H.</summary>
    public Matrix<T> Wx { get; }

    /// <summary>Hidden to hidden, H x G·H.</summary>
    public Matrix<T> Wh { get; }

    /// <summary>Bias, 1 x G·H.</summary>
    public Matrix<T> B { get; }

    /// <summary>bh of a <see cref="Gru"/>, 1 x H.</summary>
    /// <exception cref="ArgumentException">The weights are of a layer without it.</exception>
    public Matrix<T> HiddenBias => _hiddenBias ?? throw new ArgumentException("The weights have no bh.");

    /// <summary>Wattn of an <see cref="AttentionLstm"/>, H x 4H.</summary>
    /// <exception cref="ArgumentException">The weights are of a layer without it.</exception>
    public Matrix<T> Attention => _attention ?? throw new ArgumentException("The weights have no Wattn.");

    /// <summary>The additive score of an <see cref="AttentionLstm"/>.</summary>
    /// <exception cref="ArgumentException">The weights are of a layer without it.</exception>
    public AdditiveScoreWeights<T> AdditiveScore =>
        _additiveScore ?? throw new ArgumentException("The weights have no additive score.");

    /// <summary>Whether there is an <see cref="AdditiveScore"/>.</summary>
    internal bool HasAdditiveScore => _additiveScore is not null;

    /// <summary>D.</summary>
    public int InputSize => Wx.Rows;

    /// <summary>H.</summary>
    public int HiddenSize => Wh.Rows;
}
