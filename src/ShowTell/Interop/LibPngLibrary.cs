using System.Runtime.InteropServices;
using System.Text;

namespace ShowTell.Interop;

/// <summary>libpng: loading it, and decoding with what it complains of as text.</summary>
internal static unsafe class LibPngLibrary
{
    private const string Variable = "SHOWTELL_LIBPNG";

    private static readonly NativeLibraryFinder Finder = new NativeLibraryFinder(
        LibPngNative.Library, Variable, Candidates(), Installation()).Register();

    /// <summary>Gives the memory for pixels, once the header has told the size and whether there is alpha.</summary>
    /// <typeparam name="T">Type of a channel.</typeparam>
    public delegate T[] Allocator<T>(int width, int height, bool hasAlpha);

    /// <summary>Loads the library, if that has not been done.</summary>
    /// <exception cref="NativeLibraryMissingException">It is not on this machine, or is another one.</exception>
    public static void Load()
    {
        if (!NativeLibrary.TryGetExport(Finder.Load(), nameof(LibPngNative.png_image_finish_read), out _))
        {
            throw new NativeLibraryMissingException(
                $"The library that was loaded as libpng is another one, or older than 1.6. {Installation()}, "
                + $"or set {Variable} to its path.");
        }
    }

    /// <summary>
    /// Decodes a PNG file to RGB, or to RGBA where it has alpha: as <see cref="byte"/>, sRGB, colours apart from
    /// alpha; as <see cref="ushort"/>, linear, colours times alpha.
    /// </summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="allocate">Gives the array for the pixels; what it throws is passed on.</param>
    /// <param name="pixels">The array, filled row by row without gaps.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Decode<T>(ReadOnlySpan<byte> file, Allocator<T> allocate, out T[] pixels)
        where T : unmanaged
    {
        pixels = [];
        var image = new LibPngImage { Version = LibPngNative.ImageVersion };
        try
        {
            fixed (byte* start = file)
            {
                if (LibPngNative.png_image_begin_read_from_memory(ref image, start, (nuint)file.Length) == 0)
                {
                    return Complaint(image);
                }

                bool hasAlpha = (image.Format & LibPngNative.FormatAlpha) != 0;
                int width = checked((int)image.Width), height = checked((int)image.Height);
                int channels = hasAlpha ? 4 : 3;
                T[] target = allocate(width, height, hasAlpha);
                ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, checked(width * height * channels));
                image.Format = LibPngNative.FormatColor
                    | (hasAlpha ? LibPngNative.FormatAlpha : 0)
                    | (sizeof(T) == sizeof(ushort) ? LibPngNative.FormatLinear : 0);

                // Without it, 16-bit files that do not tell their gamma are taken for linear ones.
                image.Flags |= LibPngNative.Flag16BitSrgb;
                fixed (T* pointer = target)
                {
                    int result = LibPngNative.png_image_finish_read(
                        ref image, null, pointer, checked(width * channels), null);
                    pixels = target;
                    return result != 0 ? null : Complaint(image);
                }
            }
        }
        finally
        {
            LibPngNative.png_image_free(ref image);
        }
    }

    private static string Complaint(in LibPngImage image)
    {
        ReadOnlySpan<byte> text = image.Message;
        int end = text.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? text : text[..end]).ReplaceLineEndings(" ").Trim().TrimEnd('.');
    }

    private static string[] Candidates() => NativeLibraryFinder.ForThisSystem<string[]>(
        linux: ["libpng16.so.16", .. NativeLibraryFinder.InConda("lib", "libpng16.so"), "libpng16.so"],
        macOS:
        [
            "/opt/homebrew/lib/libpng16.dylib", "/usr/local/lib/libpng16.dylib", "/opt/local/lib/libpng16.dylib",
            .. NativeLibraryFinder.InConda("lib", "libpng16.dylib"), "libpng16.dylib",
        ],
        windows:
        [
            "libpng16.dll", "libpng16-16.dll", .. NativeLibraryFinder.InConda("Library", "bin", "libpng16.dll"),
        ]);

    private static string Installation() => NativeLibraryFinder.ForThisSystem(
        linux: "Install it (Debian, Ubuntu: sudo apt install libpng16-16; newer Debian, Ubuntu: sudo apt install "
            + "libpng16-16t64; Fedora: sudo dnf install libpng)",
        macOS: "Install it (brew install libpng)",
        windows: "Install it (conda install -c conda-forge libpng)");
}
