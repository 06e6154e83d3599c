using System.Buffers.Binary;

namespace ShowTell.Tests.Photos;

/// <summary>Progressive JPEG files of one grey: many pixels, and many scans, in few bytes.</summary>
internal static class FlatJpeg
{
    private const byte Quantization = 0xDB, Progressive = 0xC2, Huffman = 0xC4, Scan = 0xDA;

    /// <summary>Makes a file.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="scans">Number of scans, at least 2: one of the blocks' means, the others of the rest.</param>
    public static byte[] Make(int width, int height, int scans = 2)
    {
        using var file = new MemoryStream();
        file.Write([0xFF, 0xD8]);
        Write(file, Quantization, [0, .. Enumerable.Repeat((byte)8, 64)]);
        byte[] frame = [8, 0, 0, 0, 0, 1, 1, 0x11, 0];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(3), (ushort)width);
        Write(file, Progressive, frame);

        // Each table has one code, of one bit: the same mean again; nothing more in 16,384 blocks and as many as the
        // next 14 bits tell.
        Write(file, Huffman, [0, 1, .. new byte[15], 0]);
        Write(file, Huffman, [0x10, 1, .. new byte[15], 0xE0]);
        int blocks = (width + 7) / 8 * ((height + 7) / 8);
        Write(file, Scan, [1, 1, 0, 0, 0, 0]);
        file.Write(new byte[(blocks / 8) + 1]);
        byte[] runs = Runs((blocks / 32_767) + 1);
        for (int scan = 1; scan < scans; scan++)
        {
            Write(file, Scan, [1, 1, 0, 1, 63, 0]);
            file.Write(runs);
        }

        file.Write([0xFF, 0xD9]);
        return file.ToArray();
    }

    /// <summary>A zero and 14 ones, again and again.</summary>
    private static byte[] Runs(int count)
    {
        List<byte> bytes = [];
        for (int bit = 0, value = 0; bit < 15 * count || bit % 8 != 0; bit++)
        {
            value = (value << 1) | (bit % 15 == 0 && bit < 15 * count ? 0 : 1);
            if (bit % 8 == 7)
            {
                bytes.Add((byte)value);
                bytes.AddRange((byte)value == 0xFF ? [0] : []);
            }
        }

        return [.. bytes];
    }

    private static void Write(MemoryStream file, byte marker, byte[] segment)
    {
        file.Write([0xFF, marker, (byte)((segment.Length + 2) >> 8), (byte)(segment.Length + 2)]);
        file.Write(segment);
    }
}
