using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>
/// The functions of libturbojpeg that ShowTell calls; versions 2 and 3 have them alike. Call them after
/// <see cref="TurboJpegLibrary.Load"/>.
/// </summary>
internal static unsafe partial class TurboJpegNative
{
    public const string Library = "libturbojpeg";

    // Numbers from turbojpeg.h.
    public const int PixelFormatRgb = 0;
    public const int PixelFormatCmyk = 11;
    public const int FlagStopOnWarning = 8192;
    public const int FlagNoRealloc = 1024;
    public const int Subsampling420 = 2;

    [LibraryImport(Library)]
    public static partial nint tjInitDecompress();

    [LibraryImport(Library)]
    public static partial int tjDestroy(nint handle);

    [LibraryImport(Library)]
    public static partial nint tjGetErrorStr2(nint handle);

    [LibraryImport(Library)]
    public static partial TurboJpegScaling* tjGetScalingFactors(out int count);

    [LibraryImport(Library)]
    public static partial int tjDecompressHeader3(
        nint handle, byte* file, CULong length, ref int width, ref int height, ref int subsampling, ref int colorSpace);

    [LibraryImport(Library)]
    public static partial int tjDecompress2(
        nint handle, byte* file, CULong length, byte* pixels, int width, int pitch, int height, int pixelFormat,
        int flags);

    [LibraryImport(Library)]
    public static partial nint tjInitCompress();

    [LibraryImport(Library)]
    public static partial CULong tjBufSize(int width, int height, int subsampling);

    [LibraryImport(Library)]
    public static partial int tjCompress2(
        nint handle, byte* pixels, int width, int pitch, int height, int pixelFormat, byte** file, CULong* length,
        int subsampling, int quality, int flags);
}

/// <summary>A factor by which libturbojpeg can scale while it decodes (<c>tjscalingfactor</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TurboJpegScaling(int Numerator, int Denominator)
{
    /// <summary>The scaled length of a side, rounded up as libturbojpeg does (<c>TJSCALED</c>).</summary>
    public int Apply(int side) => (int)((((long)side * Numerator) + Denominator - 1) / Denominator);
}
