using System.Buffers.Binary;
using System.Text.Json.Nodes;
using ShowTell.Files;

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

    /// <summary>The checksums of a model file or checkpoint, as far as its header can still be read.</summary>
    public static byte[] RepairModel(byte[] file)
    {
        byte[] repaired = [.. file];
        try
        {
            int start = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
            (string Name, int Begin, int End)[] tensors =
            [
                .. from entry in JsonNode.Parse(file.AsSpan(8, start - 8))!.AsObject()
                   where entry.Key != "__metadata__"
                   let offsets = entry.Value!["data_offsets"]!
                   let begin = start + offsets[0]!.GetValue<int>()
                   orderby begin
                   select (entry.Key, begin, start + offsets[1]!.GetValue<int>()),
            ];
            Span<byte> checksums = repaired.AsSpan(tensors[^1].Begin);
            BinaryPrimitives.WriteUInt32LittleEndian(checksums, Crc32C.Of(file.AsSpan(0, start)));
            foreach ((_, int begin, int end) in tensors[..^1])
            {
                checksums = checksums[sizeof(uint)..];
                BinaryPrimitives.WriteUInt32LittleEndian(checksums, Crc32C.Of(file.AsSpan(begin..end)));
            }
        }
        catch (Exception)
        {
            // The mutation went too deep to be repaired.
        }

        return repaired;
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
