using System.Text.Json.Serialization;
using ShowTell.Layers;
using static ShowTell.Models.OptionRange;

namespace ShowTell.Models;

/// <summary>The architecture of a captioning model's decoder.</summary>
public enum Architecture
{
    /// <summary>Recurrent layers whose initial states come from the image, as in the exercises.</summary>
    Recurrent,

    /// <summary>
    /// An LSTM that attends to the regions of the image before each word, <see cref="AttentionLstm"/>.
    /// </summary>
    Attention,

    /// <summary>
    /// A Transformer decoder: words attend to earlier words and to the regions of the image,
    /// <see cref="MultiHeadAttention"/>.
    /// </summary>
    Transformer,
}

/// <summary>How attention scores the regions of an image.</summary>
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
/// The architecture of a captioning model, its layer sizes and marker tokens. The defaults are the exercises' model.
/// </summary>
public sealed record CaptioningOptions
{
    /// <summary>The maximum number of layers.</summary>
    public const int MaxLayers = 32;

    /// <summary>Creates options with default values.</summary>
    public CaptioningOptions()
        : this(CellKind.Lstm)
    {
    }

    // The defaults are set here because source-generated JSON readers know no others (dotnet/runtime issue 84484).
    [JsonConstructor]
    internal CaptioningOptions(
        CellKind cell = CellKind.Lstm,
        int wordVectorSize = 256,
        int hiddenSize = 512,
        int startId = 1,
        int endId = 2,
        int layers = 1,
        int regions = 1,
        int heads = 8,
        int feedForwardSize = 2048)
    {
        (Cell, WordVectorSize, HiddenSize, StartId, EndId) = (cell, wordVectorSize, hiddenSize, startId, endId);
        (Layers, Regions, Heads, FeedForwardSize) = (layers, regions, heads, feedForwardSize);
    }

    /// <summary>The kind of the recurrent layers; default LSTM.</summary>
    public CellKind Cell { get; init; }

    /// <summary>D, the features of an image, all regions included; at least 1.</summary>
    public required int FeatureSize { get; init; }

    /// <summary>V, the number of tokens in the vocabulary; at least 1.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>W, the size of a word vector; at least 1; default 256.</summary>
    public int WordVectorSize { get; init; }

    /// <summary>H, the size of the hidden state; at least 1; default 512.</summary>
    public int HiddenSize { get; init; }

    /// <summary>The id of the padding token, which does not count; default 0.</summary>
    public int NullId { get; init; }

    /// <summary>The id of the token that opens a caption; default 1.</summary>
    public int StartId { get; init; }

    /// <summary>The id of the token that closes a caption; default 2.</summary>
    public int EndId { get; init; }

    /// <summary>
    /// The id of the token of unknown words, if the model does not learn it: as a target, it counts as little as the
    /// padding token. For models whose captions must not have it. Null, the default as in the exercises: it is learned
    /// like a word.
    /// </summary>
    public int? UnknownId { get; init; }

    /// <summary>The decoder's architecture; default recurrent.</summary>
    public Architecture Architecture { get; init; }

    /// <summary>How attention scores regions; default dot products.</summary>
    public AttentionScore Attention { get; init; }

    /// <summary>The number of stacked layers; 1 to 32; default 1.</summary>
    public int Layers { get; init; }

    /// <summary>
    /// P, the regions of the image, whose features follow each other in a row; a divisor of D; default 1: the whole
    /// image. Recurrent layers read them as one vector; the other architectures attend to them.
    /// </summary>
    [JsonPropertyName("places")]
    public int Regions { get; init; }

    /// <summary>Whether an LSTM's initial cell states come from the image too; default false.</summary>
    [JsonPropertyName("imageCell")]
    public bool CellFromImage { get; init; }

    /// <summary>
    /// Whether the word vectors also score the words, W_vocab = W_embedᵀ (Press and Wolf, 2017); requires W = H;
    /// default false.
    /// </summary>
    public bool TieEmbeddings { get; init; }

    /// <summary>The number of attention heads of a transformer; a divisor of H; default 8.</summary>
    public int Heads { get; init; }

    /// <summary>F, the hidden size of a transformer's feed-forward layers; at least 1; default 2,048.</summary>
    public int FeedForwardSize { get; init; }

    /// <summary>G, the number of gates of the cell; its weights are G·H columns wide.</summary>
    [JsonIgnore]
    public int Gates => Cell switch
    {
        CellKind.Rnn => Rnn.Gates,
        CellKind.Lstm => Lstm.Gates,
        CellKind.Gru => Gru.Gates,
        _ => throw new ArgumentOutOfRangeException(nameof(Cell), Cell, "Unknown cell."),
    };

    /// <summary>Checks that all options are in range and compatible.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range, or incompatible with
    /// others.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FeatureSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(VocabularySize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WordVectorSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(HiddenSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Layers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Layers, MaxLayers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Regions);
        Require(FeatureSize % Regions == 0, Regions, $"Must be a divisor of the {FeatureSize} features.");
        Require(Enum.IsDefined(Architecture), Architecture, "Unknown architecture.");
        Require(Enum.IsDefined(Attention), Attention, "Unknown attention score.");
        bool isAttention = Architecture == Architecture.Attention;
        Require(Attention == AttentionScore.Dot || isAttention, Attention, "Requires the attention architecture.");
        Require(!CellFromImage || Cell == CellKind.Lstm, CellFromImage, "Requires an LSTM.");
        Require(
            !TieEmbeddings || WordVectorSize == HiddenSize, TieEmbeddings,
            $"Requires word vectors as large as hidden states; they have {WordVectorSize} and {HiddenSize} elements.");
        _ = Gates;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Heads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FeedForwardSize);
        if (isAttention)
        {
            Require(Cell == CellKind.Lstm, Cell, "Attention requires an LSTM.");
            Require(Layers == 1, Layers, "Attention requires a single layer.");
            Require(!CellFromImage, CellFromImage, "Incompatible with attention.");
        }

        if (Architecture == Architecture.Transformer)
        {
            Require(Cell == CellKind.Lstm, Cell, "A transformer requires the default cell.");
            Require(!CellFromImage, CellFromImage, "Incompatible with a transformer.");
            Require(
                WordVectorSize == HiddenSize, WordVectorSize,
                $"A transformer requires word vectors of {HiddenSize} elements, the hidden size.");
            Require(HiddenSize % Heads == 0, Heads, $"Must be a divisor of the hidden size {HiddenSize}.");
        }
    }
}
