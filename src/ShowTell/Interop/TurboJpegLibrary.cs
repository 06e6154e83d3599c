using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>libturbojpeg: loading it, its scalings, and decoding with what it complains of as text.</summary>
internal static unsafe class TurboJpegLibrary
{
    private const string Variable = "SHOWTELL_TURBOJPEG";

    private static readonly NativeLibraryFinder Finder = new NativeLibraryFinder(
        TurboJpegNative.Library, Variable, Candidates(), Installation()).Register();

    /// <summary>Loads the library, if that has not been done.</summary>
    /// <exception cref="NativeLibraryMissingException">It is not on this machine, or is another one.</exception>
    public static void Load()
    {
        if (!NativeLibrary.TryGetExport(Finder.Load(), nameof(TurboJpegNative.tjDecompressHeader3), out _))
        {
            throw new NativeLibraryMissingException(
                $"The library that was loaded as libturbojpeg is another one, or older than 2.0. {Installation()}, "
                + $"or set {Variable} to its path.");
        }
    }

    /// <summary>The factors by which a JPEG file can be scaled while it is decoded.</summary>
    public static ReadOnlySpan<TurboJpegScaling> Scalings
    {
        get
        {
            TurboJpegScaling* factors = TurboJpegNative.tjGetScalingFactors(out int count);
            return factors is null ? [] : new(factors, count);
        }
    }

    /// <summary>The size that the header of a JPEG file tells.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? ReadHeader(ReadOnlySpan<byte> file, out int width, out int height)
    {
        nint handle = Open();
        try
        {
            (width, height) = (0, 0);
            int subsampling = -1, colorSpace = -1;
            int result;
            fixed (byte* start = file)
            {
                result = TurboJpegNative.tjDecompressHeader3(
                    handle, start, new CULong((nuint)file.Length), ref width, ref height, ref subsampling,
                    ref colorSpace);
            }

            // It also complains of samplings that it has no name for, which it decodes all the same.
            return result == 0 || (width > 0 && height > 0) ? null : Complaint(handle);
        }
        finally
        {
            _ = TurboJpegNative.tjDestroy(handle);
        }
    }

    /// <summary>
    /// Decodes a JPEG file. What libjpeg only warns of, such as an end that comes too early, is wrong here: it would
    /// fill the rest with grey.
    /// </summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="pixels">Takes the pixels, row by row without gaps.</param>
    /// <param name="width">Width in pixels, scaled by one of <see cref="Scalings"/>.</param>
    /// <param name="height">Height in pixels, scaled by the same.</param>
    /// <param name="isCmyk">Whether pixels are four bytes CMYK instead of three bytes RGB.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Decode(ReadOnlySpan<byte> file, Span<byte> pixels, int width, int height, bool isCmyk)
    {
        int pitch = checked(width * (isCmyk ? 4 : 3));
        ArgumentOutOfRangeException.ThrowIfLessThan(pixels.Length, checked(pitch * height));
        nint handle = Open();
        try
        {
            fixed (byte* start = file, target = pixels)
            {
                int result = TurboJpegNative.tjDecompress2(
                    handle, start, new CULong((nuint)file.Length), target, width, pitch, height,
                    isCmyk ? TurboJpegNative.PixelFormatCmyk : TurboJpegNative.PixelFormatRgb,
                    TurboJpegNative.FlagStopOnWarning);
                return result == 0 ? null : Complaint(handle);
            }
        }
        finally
        {
            _ = TurboJpegNative.tjDestroy(handle);
        }
    }

    /// <summary>Encodes pixels as a JPEG file, with colours at half the resolution.</summary>
    /// <param name="pixels">Three bytes RGB each, row by row without gaps.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="quality">From 1 to 100.</param>
    /// <exception cref="InvalidOperationException">libturbojpeg refuses.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int quality)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pixels.Length, checked(3 * width * height));
        nint handle = Opened(TurboJpegNative.tjInitCompress());
        try
        {
            const int subsampling = TurboJpegNative.Subsampling420;
            CULong length = TurboJpegNative.tjBufSize(width, height, subsampling);
            var file = new byte[checked((int)length.Value)];
            fixed (byte* source = pixels, start = file)
            {
                byte* target = start;
                int result = TurboJpegNative.tjCompress2(
                    handle, source, width, 3 * width, height, TurboJpegNative.PixelFormatRgb, &target, &length,
                    subsampling, quality, TurboJpegNative.FlagNoRealloc);
                return result == 0
                    ? file[..(int)length.Value]
                    : throw new InvalidOperationException($"libturbojpeg: {Complaint(handle)}.");
            }
        }
        finally
        {
            _ = TurboJpegNative.tjDestroy(handle);
        }
    }

    private static nint Open() => Opened(TurboJpegNative.tjInitDecompress());

    private static nint Opened(nint handle) => handle != 0
        ? handle
        : throw new InsufficientMemoryException("libturbojpeg has no memory for a file more.");

    private static string Complaint(nint handle)
    {
        string text = Marshal.PtrToStringUTF8(TurboJpegNative.tjGetErrorStr2(handle)) ?? "unknown error";
        return text.ReplaceLineEndings(" ").Trim().TrimEnd('.');
    }

    private static string[] Candidates() => NativeLibraryFinder.ForThisSystem<string[]>(
        linux: ["libturbojpeg.so.0", .. NativeLibraryFinder.InConda("lib", "libturbojpeg.so"), "libturbojpeg.so"],
        macOS:
        [
            "/opt/homebrew/lib/libturbojpeg.dylib", "/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.dylib",
            "/usr/local/lib/libturbojpeg.dylib", "/usr/local/opt/jpeg-turbo/lib/libturbojpeg.dylib",
            "/opt/local/lib/libturbojpeg.dylib",
            .. NativeLibraryFinder.InConda("lib", "libturbojpeg.dylib"), "libturbojpeg.dylib",
        ],
        windows:
        [
            "turbojpeg.dll", "libturbojpeg.dll", .. NativeLibraryFinder.InConda("Library", "bin", "turbojpeg.dll"),
            @"C:\libjpeg-turbo64\bin\turbojpeg.dll",
        ]);

    private static string Installation() => NativeLibraryFinder.ForThisSystem(
        linux: "Install it (Debian: sudo apt install libturbojpeg0; Ubuntu: sudo apt install libturbojpeg; "
            + "Fedora: sudo dnf install turbojpeg)",
        macOS: "Install it (brew install jpeg-turbo)",
        windows: "Install it (conda install -c conda-forge libjpeg-turbo)");
}
