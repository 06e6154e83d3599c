using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ShowTell.Photos;

/// <summary>The orientation in a photo's EXIF data (EXIF 2.3, 4.6; tag 0x0112, values 1 to 8).</summary>
internal static class ExifOrientation
{
    /// <summary>The orientation of upright pixels.</summary>
    public const int Upright = 1;

    // Types of a tag's value.
    private const int Short = 3, Long = 4, SignedShort = 8, SignedLong = 9;

    /// <summary>Side of the square that is copied at once, so that its rows and columns stay in the cache.</summary>
    private const int Tile = 32;

    /// <summary>Whether the upright photo is as wide as the stored one is high.</summary>
    public static bool SwapsSides(int orientation) => orientation >= 5;

    /// <summary>Reads the orientation from a JPEG's APP1 segment, a PNG's eXIf chunk or a WebP's EXIF chunk; 0 if it
    /// has none.</summary>
    public static int Read(ReadOnlySpan<byte> segment)
    {
        // Only JPEG files need the prefix; some writers put it everywhere.
        ReadOnlySpan<byte> tiff = segment.Length >= 6 && segment.StartsWith("Exif\0"u8) ? segment[6..] : segment;
        return TryFindTag(tiff, 0x0112, out uint value) && value is >= 1 and <= 8 ? (int)value : 0;
    }

    /// <summary>Finds a tag in the first directory of a TIFF file (TIFF 6.0, section 2), from which offsets count.
    /// </summary>
    /// <param name="tiff">The beginning of the file.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="value">Its value if it is a single integer of 16 or 32 bits, otherwise 0.</param>
    /// <returns>Whether the directory is in the beginning and has the tag.</returns>
    public static bool TryFindTag(ReadOnlySpan<byte> tiff, int tag, out uint value)
    {
        value = 0;
        bool isLittleEndian = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || (!isLittleEndian && !tiff.StartsWith("MM\0*"u8)))
        {
            return false;
        }

        uint offset = UInt32(tiff[4..], isLittleEndian);
        if (offset > tiff.Length - 2)
        {
            return false;
        }

        ReadOnlySpan<byte> directory = tiff[(int)offset..];
        int count = UInt16(directory, isLittleEndian);
        for (directory = directory[2..]; count > 0 && directory.Length >= 12; directory = directory[12..], count--)
        {
            if (UInt16(directory, isLittleEndian) == tag)
            {
                bool isSingle = UInt32(directory[4..], isLittleEndian) == 1;
                value = (isSingle ? UInt16(directory[2..], isLittleEndian) : 0) switch
                {
                    Short or SignedShort => UInt16(directory[8..], isLittleEndian),
                    Long or SignedLong => UInt32(directory[8..], isLittleEndian),
                    _ => 0,
                };
                return true;
            }
        }

        return false;
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

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool isLittleEndian) => isLittleEndian
        ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool isLittleEndian) => isLittleEndian
        ? BinaryPrimitives.ReadUInt16LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private readonly record struct Rgb(byte R, byte G, byte B);
}
