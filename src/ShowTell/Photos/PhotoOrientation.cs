using System.Runtime.InteropServices;

namespace ShowTell.Photos;

/// <summary>Turning a photo upright by the orientation that EXIF tells (tag 0x0112, values 1 to 8).</summary>
internal static class PhotoOrientation
{
    /// <summary>The orientation of pixels that are upright.</summary>
    public const int Upright = 1;

    /// <summary>Side of the square that is copied at once: rows and columns of it stay in the cache.</summary>
    private const int Tile = 32;

    /// <summary>Whether width and height change places.</summary>
    public static bool IsTurned(int orientation) => orientation >= 5;

    /// <summary>The photo upright; the same one, if it is.</summary>
    public static Photo Apply(Photo photo, int orientation)
    {
        if (orientation == Upright)
        {
            return photo;
        }

        int right = photo.Width - 1, down = photo.Width * (photo.Height - 1);

        // Where the upright photo's first pixel is stored, and how far it is from there to the next one to the right
        // and to the next one below.
        (int first, int across, int along) = orientation switch
        {
            2 => (right, -1, photo.Width),
            3 => (down + right, -1, -photo.Width),
            4 => (down, 1, -photo.Width),
            5 => (0, photo.Width, 1),
            6 => (down, -photo.Width, 1),
            7 => (down + right, -photo.Width, -1),
            8 => (right, photo.Width, -1),
            _ => throw new ArgumentOutOfRangeException(nameof(orientation)),
        };
        (int width, int height) = IsTurned(orientation) ? (photo.Height, photo.Width) : (photo.Width, photo.Height);
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
                        target[(y * width) + x] = source[first + (x * across) + (y * along)];
                    }
                }
            }
        }

        return new Photo(width, height, upright);
    }

    private readonly record struct Rgb(byte R, byte G, byte B);
}
