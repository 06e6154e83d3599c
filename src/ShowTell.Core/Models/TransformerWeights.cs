using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// The weights of one layer of a <see cref="TransformerDecoder{T}"/>, or their gradients. Names of the second layer end
/// in 2, and so on.
/// </summary>
internal sealed class TransformerWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <param name="parameters">All parameters by name.</param>
    /// <param name="layer">The layer, from 0 on.</param>
    public TransformerWeights(IReadOnlyDictionary<string, Matrix<T>> parameters, int layer)
    {
        string suffix = ParameterSpecs.Suffix(layer);
        (Self, SelfNorm) = (Attention("self"), Norm("self"));
        (Cross, CrossNorm) = (Attention("cross"), Norm("cross"));
        FeedForward = new(Of("W_feed_in"), Of("b_feed_in"), Of("W_feed_out"), Of("b_feed_out"));
        FeedForwardNorm = Norm("feed");

        Matrix<T> Of(string name) => parameters[name + suffix];
        AttentionWeights<T> Attention(string of) => new(
            Of($"W_{of}_query"), Of($"b_{of}_query"), Of($"W_{of}_memory"), Of($"b_{of}_memory"), Of($"W_{of}_out"),
            Of($"b_{of}_out"));
        NormWeights Norm(string of) => new(Of($"g_{of}_norm"), Of($"b_{of}_norm"));
    }

    /// <summary>Self-attention, to earlier words.</summary>
    public AttentionWeights<T> Self { get; }

    public NormWeights SelfNorm { get; }

    /// <summary>Cross-attention, to the regions of the image.</summary>
    public AttentionWeights<T> Cross { get; }

    public NormWeights CrossNorm { get; }

    public FeedForwardWeights<T> FeedForward { get; }

    public NormWeights FeedForwardNorm { get; }

    /// <summary>The weights of a <see cref="LayerNorm"/>, with one row each.</summary>
    public sealed record NormWeights(Matrix<T> Gain, Matrix<T> Bias);
}
