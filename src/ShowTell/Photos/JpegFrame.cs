using System.Buffers.Binary;

namespace ShowTell.Photos;

/// <summary>The frame header of a JPEG file (ITU-T T.81, B.2.2).</summary>
/// <param name="Size">Width and height in pixels.</param>
/// <param name="IsProgressive">Whether scans refine the photo step by step.</param>
/// <param name="IsArithmetic">Whether its codes are arithmetic ones (annex D) instead of Huffman's.</param>
/// <param name="Components">The color components, 1 to 4.</param>
internal sealed record JpegFrame(PhotoSize Size, bool IsProgressive, bool IsArithmetic, JpegComponent[] Components)
{
    /// <summary>Number of blocks of 8 x 8 in one unit, of all components.</summary>
    public int BlocksPerUnit => Components.Sum(component => component.Horizontal * component.Vertical);

    /// <summary>Number of minimum coded units: the smallest rectangles of whole blocks of all components.</summary>
    public long Units => (long)Ceiling(Size.Width, 8 * MaxHorizontal) * Ceiling(Size.Height, 8 * MaxVertical);

    /// <summary>Number of blocks in a scan of all components.</summary>
    public long Blocks => Components.Length == 1 ? BlocksOf(Components[0]) : Units * BlocksPerUnit;

    private int MaxHorizontal => Components.Max(component => component.Horizontal);

    private int MaxVertical => Components.Max(component => component.Vertical);

    /// <summary>What a frame is that cannot be decoded, to follow "is"; null if it can.</summary>
    public static string? UnsupportedKind(byte marker, ReadOnlySpan<byte> segment) => marker switch
    {
        JpegMarkers.LosslessFrame => "a JPEG-LS photo",
        (>= 0xC3 and <= 0xC7) or >= 0xCB => "a lossless or hierarchical JPEG photo",
        _ when segment is [not 8, ..] => FormattableString.Invariant($"a JPEG photo of {segment[0]} bits per sample"),
        _ when segment is [_, 0, 0, ..] => "a JPEG photo whose header lacks its height",
        _ => null,
    };

    /// <summary>Reads a frame header.</summary>
    /// <returns>The frame; null if it cannot be decoded.</returns>
    public static JpegFrame? Parse(byte marker, ReadOnlySpan<byte> segment)
    {
        if (segment.Length < 6 || segment[5] is 0 or > 4 || segment.Length < 6 + (3 * segment[5]))
        {
            return null;
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        JpegComponent[] components =
        [
            .. segment.Slice(6, 3 * segment[5]).ToArray().Chunk(3)
                .Select(bytes => new JpegComponent(bytes[0], bytes[1] >> 4, bytes[1] & 15)),
        ];
        return width == 0 || height == 0 || components.Any(c => c.Horizontal is 0 or > 4 || c.Vertical is 0 or > 4)
            ? null
            : new JpegFrame(
                new PhotoSize(width, height),
                marker is JpegMarkers.ProgressiveFrame or JpegMarkers.ProgressiveArithmeticFrame,
                marker is JpegMarkers.ArithmeticFrame or JpegMarkers.ProgressiveArithmeticFrame,
                components);
    }

    /// <summary>Number of blocks in a scan of one component alone.</summary>
    public long BlocksOf(JpegComponent component) =>
        (long)Ceiling(Ceiling(Size.Width * component.Horizontal, MaxHorizontal), 8)
        * Ceiling(Ceiling(Size.Height * component.Vertical, MaxVertical), 8);

    /// <summary>Index of the component with an id; -1 if there is none.</summary>
    public int IndexOf(byte id) => Array.FindIndex(Components, component => component.Id == id);

    private static int Ceiling(int value, int divisor) => (value + divisor - 1) / divisor;
}

/// <summary>A color component: its id in scan headers and its sampling factors, the blocks per unit.</summary>
internal readonly record struct JpegComponent(byte Id, int Horizontal, int Vertical);
