namespace ShowTell.Backbones;

/// <summary>How a <see cref="Backbone"/> is used.</summary>
public sealed record BackboneOptions
{
    /// <summary>
    /// The tensor that gives the features, an inner one included, such as fc7; null takes the output of the file that
    /// suits <see cref="Grid"/>.
    /// </summary>
    public string? Output { get; init; }

    /// <summary>Whether the places of the grid are kept, instead of one vector a photo.</summary>
    public bool Grid { get; init; }

    /// <summary>
    /// With <see cref="Grid"/>: the side of the grid that the network's is averaged down to, as PyTorch's
    /// AdaptiveAvgPool2d does; 0, the default, keeps the network's own.
    /// </summary>
    public int GridSide { get; init; }

    /// <summary>
    /// Threads that share the work of one run; 0 takes one for each processor. Where several photos are at hand, runs
    /// of one thread each, beside each other, are faster.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>SHA-256 that the file must have, in lower-case hexadecimal digits; null for any file.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The preprocessing; null takes what the file, or a JSON file beside it, says.</summary>
    public BackbonePreprocessing? Preprocessing { get; init; }
}
