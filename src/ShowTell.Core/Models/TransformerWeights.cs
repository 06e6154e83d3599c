using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// The weights of one layer of a <see cref="TransformerDecoder{T}"/>, or their gradients. Those of the second layer
/// have a 2 behind their names, and so on.
/// </summary>
internal sealed class TransformerWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public TransformerWeights(CaptioningParameters<T> parameters, int layer)
    {
        string suffix = RecurrentLayer<T>.Suffix(layer);
        (Self, SelfNorm) = (Attention("self"), Norm("self"));
        (Cross, CrossNorm) = (Attention("cross"), Norm("cross"));
        FeedForward = new(
            Of("W_feed_in"), Of("b_feed_in"), Of("W_feed_out"), Of("b_feed_out"));
        FeedForwardNorm = Norm("feed");

        Matrix<T> Of(string name) => parameters[name + suffix];
        AttentionWeights<T> Attention(string of) => new(
            Of($"W_{of}_query"), Of($"b_{of}_query"), Of($"W_{of}_memory"), Of($"b_{of}_memory"), Of($"W_{of}_out"),
            Of($"b_{of}_out"));
        NormWeights Norm(string of) => new(Of($"g_{of}_norm"), Of($"b_{of}_norm"));
    }

    /// <summary>Of the words before a word.</summary>
    public AttentionWeights<T> Self { get; }

    public NormWeights SelfNorm { get; }

    /// <summary>Of the places of the image.</summary>
    public AttentionWeights<T> Cross { get; }

    public NormWeights CrossNorm { get; }

    public FeedForwardWeights<T> FeedForward { get; }

    public NormWeights FeedForwardNorm { get; }

    /// <summary>The parameters of a layer, in their order in files.</summary>
    public static IEnumerable<ParameterSpec> Specs(CaptioningOptions options, int layer)
    {
        int hidden = options.HiddenSize, both = checked(2 * hidden), inner = options.FeedForwardSize;
        string suffix = RecurrentLayer<T>.Suffix(layer);
        foreach (string of in (string[])["self", "cross"])
        {
            yield return ParameterSpec.Weight($"W_{of}_query{suffix}", hidden, hidden);
            yield return ParameterSpec.Bias($"b_{of}_query{suffix}", hidden);
            yield return ParameterSpec.Weight($"W_{of}_memory{suffix}", hidden, both);
            yield return ParameterSpec.Bias($"b_{of}_memory{suffix}", both);
            yield return ParameterSpec.Weight($"W_{of}_out{suffix}", hidden, hidden);
            yield return ParameterSpec.Bias($"b_{of}_out{suffix}", hidden);
            yield return ParameterSpec.Gain($"g_{of}_norm{suffix}", hidden);
            yield return ParameterSpec.Bias($"b_{of}_norm{suffix}", hidden);
        }

        yield return ParameterSpec.Weight($"W_feed_in{suffix}", hidden, inner);
        yield return ParameterSpec.Bias($"b_feed_in{suffix}", inner);
        yield return ParameterSpec.Weight($"W_feed_out{suffix}", inner, hidden);
        yield return ParameterSpec.Bias($"b_feed_out{suffix}", hidden);
        yield return ParameterSpec.Gain($"g_feed_norm{suffix}", hidden);
        yield return ParameterSpec.Bias($"b_feed_norm{suffix}", hidden);
    }

    /// <summary>Those of a <see cref="LayerNorm"/>; they have one row.</summary>
    public sealed record NormWeights(Matrix<T> Gain, Matrix<T> Bias);
}
