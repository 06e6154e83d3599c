namespace ShowTell.Models;

/// <summary>
/// The architectures. A new one needs a member of <see cref="Architecture"/> with its rules in
/// <see cref="CaptioningOptions.Validate"/>, its parameters in <see cref="ParameterSpecs"/>, a decoder, and a
/// line here.
/// </summary>
internal static class CaptionDecoders
{
    /// <summary>Creates the decoder of a model, which shares the parameters.</summary>
    public static CaptionDecoder<T> Create<T>(CaptioningOptions options, CaptioningParameters<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => options.Architecture switch
        {
            Architecture.Recurrent => new RecurrentDecoder<T>(options, parameters),
            Architecture.Attention => new AttentionDecoder<T>(options, parameters),
            Architecture.Transformer => new TransformerDecoder<T>(options, parameters),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Architecture, "Unknown architecture."),
        };
}
