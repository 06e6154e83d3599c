namespace ShowTell.Backbones;

/// <summary>How to load and run a <see cref="Backbone"/>.</summary>
public sealed record BackboneOptions
{
    /// <summary>
    /// Name of the tensor with the features, which may be an inner one such as fc7, or names separated by commas of
    /// several with equally many regions, whose features follow each other; null, the default, for the file's output
    /// that suits <see cref="Grid"/>.
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

    /// <summary>
    /// The preprocessing; null for the <see cref="Preset"/>, or else the one described in the file or in a JSON file
    /// next to it.
    /// </summary>
    public BackbonePreprocessing? Preprocessing { get; init; }

    /// <summary>
    /// The name of a preset (see <see cref="BackbonePreset"/>), whose size and layout follow the backbone's input where
    /// that is fixed; null, the default, for none.
    /// </summary>
    public string? Preset { get; init; }

    /// <summary>
    /// Where the output has its features; null, the default, to find out by the backbone's metadata and the output's
    /// shape, or fail if both orders are possible.
    /// </summary>
    public OutputLayout? Layout { get; init; }

    /// <summary>
    /// What becomes of the class token of a sequence of tokens, and of others before those of the regions; null, the
    /// default, to leave them out if there are any.
    /// </summary>
    public ClassToken? ClassToken { get; init; }
}
