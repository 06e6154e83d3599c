using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ShowTell.Photos;

/// <summary>The orientation in a JPEG's EXIF segment (EXIF 2.3, 4.6; tag 0x0112, values 1 to 8).</summary>
internal static class ExifOrientation
{
    /// <summary>The orientation of upright pixels.</summary>
    public const int Upright = 1;

    /// <summary>Side of the square that is copied at once, so that its rows and columns stay in the cache.</summary>
    private const int Tile = 32;

    /// <summary>Whether the upright photo is as wide as the stored one is high.</summary>
    public static bool SwapsSides(int orientation) => orientation >= 5;

    /// <summary>Reads the orientation from an APP1 segment; 0 if it has none.</summary>
    public static int Read(ReadOnlySpan<byte> segment)
    {
        if (!segment.StartsWith("Exif\0\0"u8))
        {
            return 0;
        }

        // Offsets count from here: the header of TIFF 6.0.
        ReadOnlySpan<byte> tiff = segment[6..];
        bool isLittleEndian = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || (!isLittleEndian && !tiff.StartsWith("MM\0*"u8)))
        {
            return 0;
        }

        uint offset = isLittleEndian
            ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..])
            : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (offset > tiff.Length - 2)
        {
            return 0;
        }

        ReadOnlySpan<byte> directory = tiff[(int)offset..];
        int count = UInt16(directory, isLittleEndian);
        for (directory = directory[2..]; count > 0 && directory.Length >= 12; directory = directory[12..], count--)
        {
            if (UInt16(directory, isLittleEndian) == 0x0112)
            {
                const int Short = 3;
                int value = UInt16(directory[8..], isLittleEndian);
                return UInt16(directory[2..], isLittleEndian) == Short && value is >= 1 and <= 8 ? value : 0;
            }
        }

        return 0;
    }

    /// <summary>Rotates and mirrors a photo upright; returns the same one if it is.</summary>
    public static Photo Apply(Photo photo, int orientation)
    {
        if (orientation == Upright)
        {
            return photo;
        }

        // The stored index of the upright photo's first pixel, and the steps to its right and lower neighbors.
        int right = photo.Width - 1, bottom = photo.Width * (photo.Height - 1);
        (int first, int xStep, int yStep) = orientation switch
        {
            2 => (right, -1, photo.Width),
            3 => (bottom + right, -1, -photo.Width),
            4 => (bottom, 1, -photo.Width),
            5 => (0, photo.Width, 1),
            6 => (bottom, -photo.Width, 1),
            7 => (bottom + right, -photo.Width, -1),
            8 => (right, photo.Width, -1),
            _ => throw new ArgumentOutOfRangeException(nameof(orientation)),
        };
        (int width, int height) = SwapsSides(orientation) ? (photo.Height, photo.Width) : (photo.Width, photo.Height);
        byte[] upright = GC.AllocateUninitializedArray<byte>(3 * width * height);
        ReadOnlySpan<Rgb> source = MemoryMarshal.Cast<byte, Rgb>(photo.Pixels);
        Span<Rgb> target = MemoryMarshal.Cast<byte, Rgb>(upright.AsSpan());
        for (int top = 0; top < height; top += Tile)
        {
            for (int left = 0; left < width; left += Tile)
            {
                for (int y = top; y < Math.Min(top + Tile, height); y++)
                {
                    for (int x = left; x < Math.Min(left + Tile, width); x++)
                    {
                        target[(y * width) + x] = source[first + (x * xStep) + (y * yStep)];
                    }
                }
            }
        }

        return new Photo(width, height, upright);
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool isLittleEndian) => isLittleEndian
        ? BinaryPrimitives.ReadUInt16LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private readonly record struct Rgb(byte R, byte G, byte B);
}
