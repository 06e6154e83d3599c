using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ShowTell.Numerics;

namespace ShowTell.Tests.Datasets.Features;

/// <summary>Small PNG files of coloured noise.</summary>
internal static class TinyPng
{
    private const int Width = 40;
    private const int Height = 32;

    public static byte[] Noise(ulong seed)
    {
        var random = new SeededRandom(seed);
        using var rows = new MemoryStream();
        using (var deflated = new ZLibStream(rows, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int y = 0; y < Height; y++)
            {
                deflated.WriteByte(0); // No filter.
                for (int x = 0; x < 3 * Width; x++)
                {
                    deflated.WriteByte((byte)random.NextInt(256));
                }
            }
        }

        byte[] header = [0, 0, 0, Width, 0, 0, 0, Height, 8, 2, 0, 0, 0]; // 8 bits, RGB.
        return [0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", rows.ToArray()), .. Chunk(
            "IEND", [])];
    }

    private static byte[] Chunk(string name, byte[] data)
    {
        byte[] chunk = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(name), .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32(chunk.AsSpan(4, data.Length + 4)));
        return chunk;
    }

    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
            }
        }

        return ~crc;
    }
}
