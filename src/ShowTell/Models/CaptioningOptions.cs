using System.Text.Json.Serialization;
using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>The recurrent layer of a captioning model.</summary>
public enum CellKind
{
    /// <summary>The vanilla recurrent layer, <see cref="Layers.Rnn"/>.</summary>
    Rnn,

    /// <summary>The long short-term memory, <see cref="Layers.Lstm"/>.</summary>
    Lstm,
}

/// <summary>
/// What a captioning model is made of: the sizes of its layers, its cell, and the ids of its marker tokens.
/// </summary>
public sealed record CaptioningOptions
{
    /// <summary>The recurrent layer.</summary>
    public CellKind Cell { get; init; } = CellKind.Lstm;

    /// <summary>D, features of an image; at least 1.</summary>
    public required int FeatureSize { get; init; }

    /// <summary>V, tokens of the vocabulary; at least 1.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>W, elements of a word's vector; at least 1; by default 256.</summary>
    public int WordVectorSize { get; init; } = 256;

    /// <summary>H, elements of the hidden state; at least 1; by default 512.</summary>
    public int HiddenSize { get; init; } = 512;

    /// <summary>Id of the token that fills captions up and counts for nothing; by default 0.</summary>
    public int NullId { get; init; }

    /// <summary>Id of the token that opens a caption; by default 1.</summary>
    public int StartId { get; init; } = 1;

    /// <summary>Id of the token that closes a caption; by default 2.</summary>
    public int EndId { get; init; } = 2;

    /// <summary>Number of gates of the cell: its weights are that many times H wide.</summary>
    [JsonIgnore]
    public int Gates => Cell switch
    {
        CellKind.Rnn => Rnn.Gates,
        CellKind.Lstm => Lstm.Gates,
        _ => throw new ArgumentOutOfRangeException(nameof(Cell), Cell, "There is no such cell."),
    };

    /// <summary>Number of weights and biases of the model.</summary>
    /// <exception cref="OverflowException">It is beyond 64 bits.</exception>
    [JsonIgnore]
    public long ParameterCount => checked(
        ((FeatureSize + 1L) * HiddenSize)
        + ((long)VocabularySize * WordVectorSize)
        + ((WordVectorSize + HiddenSize + 1L) * Gates * HiddenSize)
        + ((HiddenSize + 1L) * VocabularySize));

    /// <summary>Checks that every size is positive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FeatureSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(VocabularySize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WordVectorSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(HiddenSize);
        _ = Gates;
    }
}
