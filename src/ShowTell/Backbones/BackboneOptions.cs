namespace ShowTell.Backbones;

/// <summary>How to load and run a <see cref="Backbone"/>.</summary>
public sealed record BackboneOptions
{
    /// <summary>
    /// Name of the tensor with the features, which may be an inner one such as fc7; null, the default, for the file's
    /// output that suits <see cref="Grid"/>.
    /// </summary>
    public string? Output { get; init; }

    /// <summary>Whether to keep the regions of the grid, instead of one vector per photo. False by default.</summary>
    public bool Grid { get; init; }

    /// <summary>
    /// With <see cref="Grid"/>: the side to which the backbone's grid is averaged, as by PyTorch's AdaptiveAvgPool2d;
    /// 0, the default, keeps the backbone's own.
    /// </summary>
    public int GridSide { get; init; }

    /// <summary>
    /// Threads per run; 0, the default, for one per processor. For several photos, parallel runs with one thread each
    /// are faster.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>SHA-256 that the file must have, as lower-case hexadecimal digits; null for any file.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The preprocessing; null for the one described in the file or in a JSON file next to it.</summary>
    public BackbonePreprocessing? Preprocessing { get; init; }
}
