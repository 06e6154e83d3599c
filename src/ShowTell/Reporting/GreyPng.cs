using System.Buffers.Binary;
using System.IO.Compression;

namespace ShowTell.Reporting;

/// <summary>
/// Writes shades of black as PNG files (ISO/IEC 15948): what lies over a picture and lets it shine through.
/// </summary>
internal static class GreyPng
{
    private const int BitDepth = 8;
    private const int GreyWithAlpha = 4;
    private const int FilterUp = 2;

    private static readonly uint[] s_crc = [.. Enumerable.Range(0, 256).Select(CrcOf)];

    /// <summary>A black picture, each pixel as opaque as is said.</summary>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="opacity">0 to 255 for each pixel, row after row.</param>
    public static byte[] Black(int width, ReadOnlySpan<byte> opacity)
    {
        int height = opacity.Length / width;
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (BitDepth, GreyWithAlpha);
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n']);
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Compress(width, height, opacity));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    // Each row as its difference from the one above, which is small where shades are smooth.
    private static byte[] Compress(int width, int height, ReadOnlySpan<byte> opacity)
    {
        using var compressed = new MemoryStream();
        using (var deflate = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var row = new byte[1 + (2 * width)];
            row[0] = FilterUp;
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    int above = y == 0 ? 0 : opacity[((y - 1) * width) + x];
                    row[2 + (2 * x)] = (byte)(opacity[(y * width) + x] - above);
                }

                deflate.Write(row);
            }
        }

        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        png.Write(kind);
        png.Write(content);
        uint crc = Update(Update(uint.MaxValue, kind), content) ^ uint.MaxValue;
        BinaryPrimitives.WriteUInt32BigEndian(number, crc);
        png.Write(number);
    }

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            crc = s_crc[(crc ^ value) & 0xFF] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint CrcOf(int value)
    {
        uint crc = (uint)value;
        for (int bit = 0; bit < 8; bit++)
        {
            crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }

        return crc;
    }
}
