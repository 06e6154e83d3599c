namespace ShowTell.Photos;

/// <summary>
/// How large a photo may be. All but the file's length is checked from its header, before memory is taken for pixels.
/// </summary>
public sealed record PhotoLimits
{
    /// <summary>Length of the file in bytes; 64 MB by default.</summary>
    public int FileBytes { get; init; } = 64 << 20;

    /// <summary>Width times height; 100 million by default.</summary>
    public long Pixels { get; init; } = 100_000_000;

    /// <summary>The longer side in pixels; 30,000 by default.</summary>
    public int Side { get; init; } = 30_000;

    /// <summary>
    /// Memory in bytes for the file, its pixels and coefficients while photos are read, all together that are read at
    /// once; 340 MB by default. Alone, a JPEG of 100 megapixels needs less, unless it is progressive or turned, and a
    /// PNG of 80, unless it is interlaced. Those of JPEG need less when scaled.
    /// </summary>
    public long MemoryBytes { get; init; } = 340_000_000;

    /// <summary>Number of scans of a JPEG file: each passes over all of the photo. 100 by default.</summary>
    public int Scans { get; init; } = 100;
}
