using System.Text.Json.Serialization;
using ShowTell.Layers;
using static ShowTell.Models.OptionRange;

namespace ShowTell.Models;

/// <summary>What a captioning model has between image and words on one side and scores on the other.</summary>
public enum Architecture
{
    /// <summary>Recurrent layers whose first states come from the image: the exercises'.</summary>
    Recurrent,

    /// <summary>An LSTM that looks at the places of the image before each word, <see cref="AttentionLstm"/>.</summary>
    Attention,

    /// <summary>
    /// The decoder of a Transformer: words look at the words before them and at the places of the image,
    /// <see cref="MultiHeadAttention"/>.
    /// </summary>
    Transformer,
}

/// <summary>How attention scores the places of an image.</summary>
public enum AttentionScore
{
    /// <summary>Scaled dot products with the hidden state (Vaswani et al., 2017).</summary>
    Dot,

    /// <summary>A small network, <see cref="Layers.AdditiveScore"/> (Xu et al., 2015).</summary>
    Additive,
}

/// <summary>The kind of recurrent layer.</summary>
public enum CellKind
{
    /// <summary>The vanilla recurrent layer, <see cref="Layers.Rnn"/>.</summary>
    Rnn,

    /// <summary>The long short-term memory, <see cref="Layers.Lstm"/>.</summary>
    Lstm,

    /// <summary>The gated recurrent unit, <see cref="Layers.Gru"/>.</summary>
    Gru,
}

/// <summary>
/// What a captioning model is made of: its architecture, the sizes of its layers, and the ids of its marker tokens.
/// The defaults are the exercises' model.
/// </summary>
public sealed record CaptioningOptions
{
    /// <summary>The most layers that there may be.</summary>
    public const int MostLayers = 32;

    /// <summary>The defaults.</summary>
    public CaptioningOptions()
        : this(CellKind.Lstm)
    {
    }

    // The defaults stand here because generated readers of JSON know no others (dotnet/runtime issue 84484).
    [JsonConstructor]
    internal CaptioningOptions(
        CellKind cell = CellKind.Lstm,
        int wordVectorSize = 256,
        int hiddenSize = 512,
        int startId = 1,
        int endId = 2,
        int layers = 1,
        int places = 1,
        int heads = 8,
        int feedForwardSize = 2048)
    {
        (Cell, WordVectorSize, HiddenSize, StartId, EndId) = (cell, wordVectorSize, hiddenSize, startId, endId);
        (Layers, Places, Heads, FeedForwardSize) = (layers, places, heads, feedForwardSize);
    }

    /// <summary>The kind of its recurrent layers; by default an LSTM.</summary>
    public CellKind Cell { get; init; }

    /// <summary>D, features of an image; at least 1. With several places, those of all of them.</summary>
    public required int FeatureSize { get; init; }

    /// <summary>V, tokens of the vocabulary; at least 1.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>W, elements of a word's vector; at least 1; by default 256.</summary>
    public int WordVectorSize { get; init; }

    /// <summary>H, elements of the hidden state; at least 1; by default 512.</summary>
    public int HiddenSize { get; init; }

    /// <summary>Id of the token that fills captions up and counts for nothing; by default 0.</summary>
    public int NullId { get; init; }

    /// <summary>Id of the token that opens a caption; by default 1.</summary>
    public int StartId { get; init; }

    /// <summary>Id of the token that closes a caption; by default 2.</summary>
    public int EndId { get; init; }

    /// <summary>The network; by default recurrent layers.</summary>
    public Architecture Architecture { get; init; }

    /// <summary>How attention scores places; by default by dot products.</summary>
    public AttentionScore Attention { get; init; }

    /// <summary>Layers of the network, one upon the other; 1 to 32; by default 1.</summary>
    public int Layers { get; init; }

    /// <summary>
    /// P, places of the image that have features of their own, one after the other in a row of features: P divides D;
    /// by default 1, the image as a whole. Recurrent layers take them all as one vector; the others look at each.
    /// </summary>
    public int Places { get; init; }

    /// <summary>
    /// Whether the first cell states come from the image as well, not only the first hidden states; for an LSTM; by
    /// default not.
    /// </summary>
    public bool ImageCell { get; init; }

    /// <summary>
    /// Whether the scores come from the words' own vectors, W_vocab being W_embedᵀ (Press and Wolf, 2017); needs W = H;
    /// by default not.
    /// </summary>
    public bool TieEmbeddings { get; init; }

    /// <summary>Heads of each attention of a transformer; they divide H; by default 8.</summary>
    public int Heads { get; init; }

    /// <summary>F, elements within the feed-forward layer of a transformer; at least 1; by default 2,048.</summary>
    public int FeedForwardSize { get; init; }

    /// <summary>Number of gates of the cell: its weights are that many times H wide.</summary>
    [JsonIgnore]
    public int Gates => Cell switch
    {
        CellKind.Rnn => Rnn.Gates,
        CellKind.Lstm => Lstm.Gates,
        CellKind.Gru => Gru.Gates,
        _ => throw new ArgumentOutOfRangeException(nameof(Cell), Cell, "There is no such cell."),
    };

    /// <summary>Checks that every option is in its range and fits the others.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FeatureSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(VocabularySize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WordVectorSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(HiddenSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Layers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Layers, MostLayers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Places);
        Require(FeatureSize % Places == 0, Places, $"A divisor of {FeatureSize} features is needed.");
        Require(Enum.IsDefined(Architecture), Architecture, "There is no such architecture.");
        Require(Enum.IsDefined(Attention), Attention, "There is no such score.");
        bool isAttention = Architecture == Architecture.Attention;
        Require(Attention == AttentionScore.Dot || isAttention, Attention, "Only attention scores places.");
        Require(!ImageCell || Cell == CellKind.Lstm, ImageCell, "Only an LSTM has a cell state.");
        Require(
            !TieEmbeddings || WordVectorSize == HiddenSize, TieEmbeddings,
            $"Word vectors of {WordVectorSize} elements cannot score hidden states of {HiddenSize}.");
        _ = Gates;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Heads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FeedForwardSize);
        if (isAttention)
        {
            Require(Cell == CellKind.Lstm, Cell, "Attention has an LSTM.");
            Require(Layers == 1, Layers, "Attention has one layer.");
            Require(!ImageCell, ImageCell, "Attention's cell begins with the image as it is.");
        }

        if (Architecture == Architecture.Transformer)
        {
            Require(Cell == CellKind.Lstm, Cell, "A transformer has no cell: it stays the usual one.");
            Require(!ImageCell, ImageCell, "A transformer has no cell.");
            Require(
                WordVectorSize == HiddenSize, WordVectorSize,
                $"Words of a transformer have {HiddenSize} elements as all else.");
            Require(HiddenSize % Heads == 0, Heads, $"A divisor of {HiddenSize} elements is needed.");
        }
    }
}
