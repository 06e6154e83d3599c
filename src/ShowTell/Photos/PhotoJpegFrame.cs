using System.Buffers.Binary;

namespace ShowTell.Photos;

/// <summary>The frame header of a JPEG file (ITU-T T.81, B.2.2).</summary>
/// <param name="Size">Width and height in pixels.</param>
/// <param name="IsProgressive">Whether scans refine the photo step by step.</param>
/// <param name="Components">The color components, 1 to 4.</param>
internal sealed record PhotoJpegFrame(PhotoSize Size, bool IsProgressive, PhotoJpegComponent[] Components)
{
    /// <summary>Number of blocks of 8 x 8 in one unit, of all components.</summary>
    public int BlocksOfUnit => Components.Sum(component => component.Across * component.Down);

    /// <summary>Number of units: the smallest rectangles that hold whole blocks of all components.</summary>
    public long Units => (long)Ceiling(Size.Width, 8 * MaxAcross) * Ceiling(Size.Height, 8 * MaxDown);

    /// <summary>Number of blocks that a scan of all components has.</summary>
    public long Blocks => Components.Length == 1 ? BlocksOf(Components[0]) : Units * BlocksOfUnit;

    private int MaxAcross => Components.Max(component => component.Across);

    private int MaxDown => Components.Max(component => component.Down);

    /// <summary>Reads a frame header.</summary>
    /// <returns>The frame; null where it is not one that can be decoded.</returns>
    public static PhotoJpegFrame? Parse(byte marker, ReadOnlySpan<byte> segment)
    {
        if (segment.Length < 6 || segment[5] is 0 or > 4 || segment.Length < 6 + (3 * segment[5]))
        {
            return null;
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        PhotoJpegComponent[] components =
        [
            .. segment.Slice(6, 3 * segment[5]).ToArray().Chunk(3)
                .Select(bytes => new PhotoJpegComponent(bytes[0], bytes[1] >> 4, bytes[1] & 15)),
        ];
        return width == 0 || height == 0 || components.Any(c => c.Across is 0 or > 4 || c.Down is 0 or > 4)
            ? null
            : new PhotoJpegFrame(new PhotoSize(width, height), marker == PhotoJpegMarkers.ProgressiveFrame, components);
    }

    /// <summary>Number of blocks that a scan of one component alone has.</summary>
    public long BlocksOf(PhotoJpegComponent component) =>
        (long)Ceiling(Ceiling(Size.Width * component.Across, MaxAcross), 8)
        * Ceiling(Ceiling(Size.Height * component.Down, MaxDown), 8);

    /// <summary>The component that a scan names.</summary>
    public int IndexOf(byte id) => Array.FindIndex(Components, component => component.Id == id);

    private static int Ceiling(int value, int divisor) => (value + divisor - 1) / divisor;
}

/// <summary>A color component: what scans call it, and its blocks in a unit.</summary>
internal readonly record struct PhotoJpegComponent(byte Id, int Across, int Down);
