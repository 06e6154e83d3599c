namespace ShowTell.Backbones;

/// <summary>How <see cref="PhotoEncoder.EncodeAll"/> shares its work out.</summary>
public sealed record PhotoEncoderOptions
{
    /// <summary>Threads, each with photos of its own; 0, the default, takes one for each processor.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Photos that a thread gives the network at once; 1 by default, which is fastest but for networks with large dense
    /// layers.
    /// </summary>
    public int Batch { get; init; } = 1;
}
