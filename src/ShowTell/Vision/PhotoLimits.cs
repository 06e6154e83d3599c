namespace ShowTell.Vision;

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

    /// <summary>Refuses a photo whose sides are not within the limits.</summary>
    internal void CheckSize(string name, PhotoSize size)
    {
        if (size.Width > Side || size.Height > Side || (long)size.Width * size.Height > Pixels)
        {
            throw new PhotoException(
                $"{name}: is {size} pixels, but photos may have at most {Pixels / 1e6:0.###} megapixels and sides of "
                + $"{Side}. Make it smaller.");
        }
    }

    /// <summary>Refuses a photo that needs too much memory.</summary>
    internal void CheckMemory(string name, PhotoSize size, long bytes)
    {
        if (bytes > MemoryBytes)
        {
            throw new PhotoException(
                $"{name}: decoding its {size} pixels needs {bytes / 1e6:0} MB of memory, but may take at most "
                + $"{MemoryBytes / 1e6:0} MB. Make it smaller, or save it as a baseline JPEG.");
        }
    }
}
