using ShowTell.Models;
using Xunit;

namespace ShowTell.Tests.Models;

/// <summary>The captioning models to test.</summary>
internal static class ModelVariants
{
    private static readonly (string Name, Func<CaptioningOptions, CaptioningOptions> Of)[] s_all =
    [
        ("rnn", o => o with { Cell = CellKind.Rnn }),
        ("lstm", o => o with { Cell = CellKind.Lstm }),
        ("gru", o => o with { Cell = CellKind.Gru }),
        ("rnn, 2 layers", o => o with { Cell = CellKind.Rnn, Layers = 2 }),
        ("lstm, 2 layers", o => o with { Layers = 2 }),
        ("gru, 3 layers", o => o with { Cell = CellKind.Gru, Layers = 3 }),
        ("lstm, unknown words not learned", o => o with { UnknownId = 3 }),
        ("lstm, image cell", o => o with { CellFromImage = true }),
        ("lstm, 2 layers, image cell", o => o with { Layers = 2, CellFromImage = true }),
        ("attention", o => o with { Architecture = ShowTell.Models.Architecture.Attention, Regions = 2 }),
        ("additive attention", o => o with
        {
            Architecture = ShowTell.Models.Architecture.Attention, Attention = AttentionScore.Additive, Regions = 2,
        }),
        ("attention to one region, tied", o => o with
        {
            Architecture = ShowTell.Models.Architecture.Attention, TieEmbeddings = true, WordVectorSize = o.HiddenSize,
        }),
        ("transformer", o => Transformer(o) with { Regions = 2 }),
        ("transformer, 3 layers, 3 heads", o => Transformer(o) with
        {
            Layers = 3, Heads = o.HiddenSize % 3 == 0 ? 3 : 1,
        }),
        ("transformer, 2 layers, tied", o => Transformer(o) with { Regions = 2, Layers = 2, TieEmbeddings = true }),
        ("lstm, tied", o => o with { TieEmbeddings = true, WordVectorSize = o.HiddenSize }),
        ("gru, 2 layers, tied", o => o with
        {
            Cell = CellKind.Gru, Layers = 2, TieEmbeddings = true, WordVectorSize = o.HiddenSize,
        }),
    ];

    public static TheoryData<string> Names => [.. s_all.Select(variant => variant.Name)];

    /// <summary>Every kind of regularization at once, each with its own rate.</summary>
    public static Regularization Regularization { get; } =
        new() { Dropout = 0.3, FeatureDropout = 0.2, EmbeddingDropout = 0.4, LabelSmoothing = 0.1 };

    private static CaptioningOptions Transformer(CaptioningOptions options) => options with
    {
        Architecture = ShowTell.Models.Architecture.Transformer,
        WordVectorSize = options.HiddenSize,
        Heads = 2,
        FeedForwardSize = 7,
    };

    public static CaptioningOptions Options(string variant, int d = 4, int w = 5, int h = 6, int v = 8) =>
        Of(variant, SmallModel.Options(CellKind.Lstm, d, w, h, v));

    public static CaptioningOptions Of(string variant, CaptioningOptions options) =>
        s_all.Single(other => other.Name == variant).Of(options);
}
