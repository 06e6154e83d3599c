using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>The functions of libpng 1.6's simplified API that ShowTell calls, as png.h has them.</summary>
internal static unsafe partial class LibPngNative
{
    public const string Library = "libpng16";

    // Numbers from png.h.
    public const uint ImageVersion = 1;
    public const uint FormatAlpha = 1;
    public const uint FormatColor = 2;
    public const uint FormatLinear = 4;
    public const uint Flag16BitSrgb = 4;

    [LibraryImport(Library)]
    public static partial int png_image_begin_read_from_memory(ref LibPngImage image, byte* file, nuint length);

    [LibraryImport(Library)]
    public static partial int png_image_finish_read(
        ref LibPngImage image, void* background, void* pixels, int rowStride, void* colorMap);

    [LibraryImport(Library)]
    public static partial void png_image_free(ref LibPngImage image);
}

/// <summary>An image that is being read (<c>png_image</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LibPngImage
{
    public nint Opaque;
    public uint Version;
    public uint Width;
    public uint Height;
    public uint Format;
    public uint Flags;
    public uint ColorMapEntries;
    public uint WarningOrError;
    public LibPngMessage Message;
}

/// <summary>What libpng complains of, ended by a zero.</summary>
[InlineArray(64)]
internal struct LibPngMessage
{
    private byte _first;
}
