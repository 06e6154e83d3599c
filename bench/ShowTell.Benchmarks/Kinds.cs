using ShowTell.Models;

namespace ShowTell.Benchmarks;

/// <summary>The kinds of networks that are timed, under the names that workloads and files give them.</summary>
internal static class Kinds
{
    /// <summary>Regions of a feature grid, 7 x 7.</summary>
    public const int Regions = 49;

    /// <summary>Networks that take the features of a photo as a whole.</summary>
    public static string[] Recurrent { get; } = ["rnn", "lstm", "gru"];

    /// <summary>Networks that attend to the regions of a grid.</summary>
    public static string[] OnGrids { get; } = ["attention", "transformer"];

    /// <summary>Networks that are timed on real captions too.</summary>
    public static string[] OnRealCaptions { get; } = ["rnn", "lstm"];

    /// <summary>
    /// The options of a kind: H 512 and W 256; of the transformer those of the preset <c>flickr8k-transformer</c>.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="features">Features of a photo; of a grid, those of a region.</param>
    /// <param name="vocabularySize">V.</param>
    public static CaptioningOptions Options(string kind, int features, int vocabularySize)
    {
        var options = new CaptioningOptions { FeatureSize = features, VocabularySize = vocabularySize };
        CaptioningOptions grid = options with { FeatureSize = features * Regions, Regions = Regions };
        return kind switch
        {
            "rnn" => options with { Cell = CellKind.Rnn },
            "lstm" => options,
            "gru" => options with { Cell = CellKind.Gru },
            "attention" => grid with { Architecture = Architecture.Attention },
            "transformer" => grid with
            {
                Architecture = Architecture.Transformer,
                HiddenSize = 256,
                WordVectorSize = 256,
                Layers = 2,
                Heads = 8,
                FeedForwardSize = 1024,
            },
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of network."),
        };
    }
}
