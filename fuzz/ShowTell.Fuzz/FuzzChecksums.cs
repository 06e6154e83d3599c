using System.Buffers.Binary;

namespace ShowTell.Fuzz;

/// <summary>Makes checksums right again: without it, a decoder would see no further than the first change.</summary>
internal static class FuzzChecksums
{
    private static readonly uint[] s_table = [.. Enumerable.Range(0, 256).Select(Entry)];

    public static byte[] RepairPng(byte[] file)
    {
        file = [.. file];
        for (Span<byte> rest = file.AsSpan(Math.Min(8, file.Length)); rest.Length >= 12;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
            {
                break;
            }

            BinaryPrimitives.WriteUInt32BigEndian(rest[(8 + (int)length)..], Crc32(rest.Slice(4, 4 + (int)length)));
            rest = rest[(12 + (int)length)..];
        }

        return file;
    }

    /// <summary>The CRC-32 of PNG and gzip.</summary>
    public static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            sum = s_table[(byte)(sum ^ value)] ^ (sum >> 8);
        }

        return ~sum;
    }

    private static uint Entry(int value)
    {
        uint sum = (uint)value;
        for (int bit = 0; bit < 8; bit++)
        {
            sum = (sum >> 1) ^ ((sum & 1) * 0xEDB88320);
        }

        return sum;
    }
}
