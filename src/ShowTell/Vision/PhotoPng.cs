using System.Buffers.Binary;
using ShowTell.Interop;

namespace ShowTell.Vision;

/// <summary>From the bytes of a PNG file to a photo.</summary>
internal static class PhotoPng
{
    /// <summary>
    /// sRGB of linear light in 65,535ths. libpng takes sRGB for a power of 2.2 when it makes light of it, so this is
    /// what undoes that, not the curve of IEC 61966-2-1.
    /// </summary>
    private static readonly Lazy<byte[]> SrgbOfLinear = new(MakeSrgbOfLinear);

    /// <summary>Whether the bytes begin as a PNG file does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> file) =>
        file is [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, ..];

    /// <summary>
    /// Memory in bytes that a photo takes while it is read, its file included; null if the header is not there.
    /// </summary>
    /// <param name="head">The file's first bytes.</param>
    /// <param name="length">The file's length in bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="limits">What it must keep to.</param>
    /// <exception cref="PhotoException">It is beyond the limits.</exception>
    public static long? Measure(ReadOnlySpan<byte> head, long length, string name, PhotoLimits limits)
    {
        if (ReadSize(head, out _) is not PhotoSize size)
        {
            return null;
        }

        // Alpha, or a colour that stands for it: told before the pixels.
        int pixels = head.IndexOf("IDAT"u8);
        bool hasAlpha = (head[25] & 4) != 0 || pixels < 0 || head[..pixels].IndexOf("tRNS"u8) >= 0;
        return Measure(size, length, hasAlpha ? 4 : 3, IsDeepInterlaced(head), name, limits);
    }

    /// <summary>Decodes a file; what shines through is white.</summary>
    public static Photo Decode(ReadOnlySpan<byte> file, string name, PhotoLimits limits)
    {
        LibPngLibrary.Load();
        PhotoSize size = ReadSize(file, out string? problem) ?? throw Damaged(name, problem);
        limits.CheckSize(name, size);
        byte[] pixels = IsDeepInterlaced(file)
            ? DecodeDeep(file, name, size, limits, out int channels)
            : DecodeBytes(file, name, size, limits, out channels);
        if (channels == 4)
        {
            PutOnWhite(pixels);
        }

        return new Photo(size.Width, size.Height, pixels);
    }

    private static PhotoSize? ReadSize(ReadOnlySpan<byte> file, out string? problem)
    {
        // The signature, then IHDR: length, name, width, height, bits, colour, compression, filter, interlacing.
        if (file.Length < 33 || !file[12..16].SequenceEqual("IHDR"u8))
        {
            problem = "it has no header";
            return null;
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(file[16..]);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(file[20..]);
        bool isSize = width is > 0 and <= int.MaxValue && height is > 0 and <= int.MaxValue;
        problem = isSize ? null : $"its header claims {width} x {height} pixels";
        return isSize ? new PhotoSize((int)width, (int)height) : null;
    }

    private static bool IsDeepInterlaced(ReadOnlySpan<byte> file) => file[24] == 16 && file[28] != 0;

    private static long Measure(
        PhotoSize size, long length, int channels, bool isDeepInterlaced, string name, PhotoLimits limits)
    {
        limits.CheckSize(name, size);

        // The deep ones are there in 16 bits and in 8 for a while.
        long bytes = length + ((long)size.Width * size.Height * channels * (isDeepInterlaced ? 3 : 1));
        limits.CheckMemory(name, size, bytes);
        return bytes;
    }

    private static byte[] DecodeBytes(
        ReadOnlySpan<byte> file, string name, PhotoSize size, PhotoLimits limits, out int channels)
    {
        int length = file.Length, found = 3;
        string? problem = LibPngLibrary.Decode(file, Allocate, out byte[] pixels);
        channels = found;
        return problem is null ? pixels : throw Damaged(name, problem);

        byte[] Allocate(int width, int height, bool hasAlpha)
        {
            found = hasAlpha ? 4 : 3;
            CheckSame(name, size, new PhotoSize(width, height));
            Measure(size, length, found, isDeepInterlaced: false, name, limits);
            return GC.AllocateUninitializedArray<byte>(width * height * found);
        }
    }

    /// <summary>
    /// Takes 16 bits a channel from libpng: to make 8 of them while it puts interlaced rows together, versions before
    /// 1.6.51 write beyond the pixels (CVE-2025-65018).
    /// </summary>
    private static byte[] DecodeDeep(
        ReadOnlySpan<byte> file, string name, PhotoSize size, PhotoLimits limits, out int channels)
    {
        int length = file.Length, found = 3;
        string? problem = LibPngLibrary.Decode(file, Allocate, out ushort[] linear);
        channels = found;
        return problem is null ? ToSrgb(linear, found) : throw Damaged(name, problem);

        ushort[] Allocate(int width, int height, bool hasAlpha)
        {
            found = hasAlpha ? 4 : 3;
            CheckSame(name, size, new PhotoSize(width, height));
            Measure(size, length, found, isDeepInterlaced: true, name, limits);
            return GC.AllocateUninitializedArray<ushort>(width * height * found);
        }
    }

    private static void CheckSame(string name, PhotoSize claimed, PhotoSize found)
    {
        if (claimed != found)
        {
            throw Damaged(name, $"it claims to be both {claimed} and {found} pixels");
        }
    }

    /// <summary>Linear channels, the colours times alpha, to sRGB and alpha of 8 bits, apart.</summary>
    private static byte[] ToSrgb(ushort[] linear, int channels)
    {
        byte[] table = SrgbOfLinear.Value;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(linear.Length);
        for (int start = 0; start < linear.Length; start += channels)
        {
            uint alpha = channels == 4 ? linear[start + 3] : ushort.MaxValue;
            for (int i = start; i < start + 3; i++)
            {
                uint color = alpha == 0 ? 0 : Math.Min(ushort.MaxValue, linear[i] * (uint)ushort.MaxValue / alpha);
                pixels[i] = table[color];
            }

            if (channels == 4)
            {
                pixels[start + 3] = (byte)((alpha + 128) / 257);
            }
        }

        return pixels;
    }

    /// <summary>Four bytes a pixel, the last one alpha, to three, in place.</summary>
    private static void PutOnWhite(Span<byte> pixels)
    {
        for (int source = 0, target = 0; source < pixels.Length; source += 4, target += 3)
        {
            int alpha = pixels[source + 3], white = (255 * (255 - alpha)) + 127;
            pixels[target] = (byte)(((pixels[source] * alpha) + white) / 255);
            pixels[target + 1] = (byte)(((pixels[source + 1] * alpha) + white) / 255);
            pixels[target + 2] = (byte)(((pixels[source + 2] * alpha) + white) / 255);
        }
    }

    private static byte[] MakeSrgbOfLinear()
    {
        var table = new byte[ushort.MaxValue + 1];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = (byte)Math.Round(255 * Math.Pow((double)i / ushort.MaxValue, 1 / 2.2));
        }

        return table;
    }

    private static PhotoException Damaged(string name, string? problem) =>
        new($"{name}: the PNG file is damaged or cut short: {problem}. Get it anew.");
}
