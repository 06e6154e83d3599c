namespace ShowTell.Backbones;

/// <summary>In which order a backbone's output has its features and its regions.</summary>
public enum OutputLayout
{
    /// <summary>A grid as the input: NHWC if that is NHWC, otherwise NCHW; a sequence as N x tokens x D.</summary>
    AsInput,

    /// <summary>Features before regions: N x D x H x W, or N x D x tokens.</summary>
    ChannelsFirst,

    /// <summary>Features after regions: N x H x W x D, or N x tokens x D.</summary>
    ChannelsLast,
}
