using ShowTell.Layers;
using static ShowTell.Models.ParameterSpec;

namespace ShowTell.Models;

/// <summary>The names, kinds and shapes of the parameters of every architecture.</summary>
internal static class ParameterSpecs
{
    /// <summary>All parameters of a model, in file order.</summary>
    public static IEnumerable<ParameterSpec> Of(CaptioningOptions options)
    {
        IEnumerable<ParameterSpec> decoder = options.Architecture switch
        {
            Architecture.Recurrent => Recurrent(options),
            Architecture.Attention => Attention(options),
            Architecture.Transformer => Transformer(options),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Architecture, "Unknown architecture."),
        };
        return [.. decoder, .. Output(options)];
    }

    /// <summary>The suffix of a layer's parameter names: empty, 2, 3, ...</summary>
    public static string Suffix(int layer) => layer == 0 ? "" : (layer + 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>The parameters of a <see cref="RecurrentDecoder{T}"/>.</summary>
    private static IEnumerable<ParameterSpec> Recurrent(CaptioningOptions options)
    {
        int hidden = options.HiddenSize, gates = checked(options.Gates * hidden);
        for (int i = 0; i < options.Layers; i++)
        {
            string layer = Suffix(i);
            yield return Weight($"W_proj{layer}", options.FeatureSize, hidden);
            yield return Bias($"b_proj{layer}", hidden);
            if (options.CellFromImage)
            {
                yield return Weight($"W_cell{layer}", options.FeatureSize, hidden);
                yield return Bias($"b_cell{layer}", hidden);
            }

            if (i == 0)
            {
                yield return WordVectors(options);
            }

            yield return Weight($"Wx{layer}", i == 0 ? options.WordVectorSize : hidden, gates);
            yield return Weight($"Wh{layer}", hidden, gates);
            yield return Bias($"b{layer}", gates);
            if (options.Cell == CellKind.Gru)
            {
                yield return Bias($"bh{layer}", hidden);
            }
        }
    }

    /// <summary>The parameters of an <see cref="AttentionDecoder{T}"/>.</summary>
    private static IEnumerable<ParameterSpec> Attention(CaptioningOptions options)
    {
        int hidden = options.HiddenSize, gates = checked(Lstm.Gates * hidden);

        // Small, so that attention is nearly uniform at first: learning is far slower from sharp random attention.
        yield return Weight("W_proj", options.FeatureSize / options.Regions, hidden) with
        {
            Deviation = SmallDeviation,
        };
        yield return Bias("b_proj", hidden);
        yield return WordVectors(options);
        yield return Weight("Wx", options.WordVectorSize, gates);
        yield return Weight("Wh", hidden, gates);
        yield return Weight("Wattn", hidden, gates);
        yield return Bias("b", gates);
        if (options.Attention == AttentionScore.Additive)
        {
            yield return Weight("Wkey", hidden, hidden);
            yield return Bias("bkey", hidden);
            yield return Weight("Wquery", hidden, hidden);
            yield return Weight("v", hidden, 1);
        }
    }

    /// <summary>The parameters of a <see cref="TransformerDecoder{T}"/>.</summary>
    private static IEnumerable<ParameterSpec> Transformer(CaptioningOptions options)
    {
        yield return Weight("W_proj", options.FeatureSize / options.Regions, options.HiddenSize);
        yield return Bias("b_proj", options.HiddenSize);
        yield return WordVectors(options);
        for (int i = 0; i < options.Layers; i++)
        {
            foreach (ParameterSpec spec in LayerOfTransformer(options, i))
            {
                yield return spec;
            }
        }
    }

    /// <summary>The parameters of a <see cref="TransformerLayer{T}"/>.</summary>
    private static IEnumerable<ParameterSpec> LayerOfTransformer(CaptioningOptions options, int layer)
    {
        int hidden = options.HiddenSize, both = checked(2 * hidden), inner = options.FeedForwardSize;
        string suffix = Suffix(layer);
        foreach (string of in (string[])["self", "cross"])
        {
            yield return Weight($"W_{of}_query{suffix}", hidden, hidden);
            yield return Bias($"b_{of}_query{suffix}", hidden);
            yield return Weight($"W_{of}_memory{suffix}", hidden, both);
            yield return Bias($"b_{of}_memory{suffix}", both);
            yield return Weight($"W_{of}_out{suffix}", hidden, hidden);
            yield return Bias($"b_{of}_out{suffix}", hidden);
            yield return Gain($"g_{of}_norm{suffix}", hidden);
            yield return Bias($"b_{of}_norm{suffix}", hidden);
        }

        yield return Weight($"W_feed_in{suffix}", hidden, inner);
        yield return Bias($"b_feed_in{suffix}", inner);
        yield return Weight($"W_feed_out{suffix}", inner, hidden);
        yield return Bias($"b_feed_out{suffix}", hidden);
        yield return Gain($"g_feed_norm{suffix}", hidden);
        yield return Bias($"b_feed_norm{suffix}", hidden);
    }

    /// <summary>The parameters of the <see cref="VocabularyOutput{T}"/>.</summary>
    private static IEnumerable<ParameterSpec> Output(CaptioningOptions options)
    {
        if (!options.TieEmbeddings)
        {
            yield return Weight("W_vocab", options.HiddenSize, options.VocabularySize);
        }

        yield return Bias("b_vocab", options.VocabularySize);
    }
}
