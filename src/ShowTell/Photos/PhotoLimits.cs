namespace ShowTell.Photos;

/// <summary>
/// Limits on photos. All but the file length are checked against the header, before memory for pixels is allocated.
/// </summary>
public sealed record PhotoLimits
{
    /// <summary>Length of the file in bytes; 64 MB by default.</summary>
    public int MaxFileBytes { get; init; } = 64 << 20;

    /// <summary>Width times height; 100 million by default.</summary>
    public long MaxPixels { get; init; } = 100_000_000;

    /// <summary>The longer side in pixels; 30,000 by default.</summary>
    public int MaxSide { get; init; } = 30_000;

    /// <summary>
    /// Memory in bytes for files, pixels and coefficients of all photos being read at once; 340 MB by default. That is
    /// enough for a JPEG of 100 megapixels, unless it is progressive or rotated, and for a PNG of 80, unless it is
    /// interlaced. A JPEG decoded at a smaller scale needs less.
    /// </summary>
    public long MaxMemoryBytes { get; init; } = 340_000_000;

    /// <summary>Number of scans of a JPEG file, each a pass over the whole photo; 100 by default.</summary>
    public int MaxScans { get; init; } = 100;
}
