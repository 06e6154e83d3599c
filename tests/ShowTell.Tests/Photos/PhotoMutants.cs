using System.Buffers.Binary;

namespace ShowTell.Tests.Photos;

/// <summary>Files that are damaged by chance.</summary>
internal static class PhotoMutants
{
    /// <summary>The file with a few bytes changed, cut out or put in; a PNG's checksums are right again.</summary>
    public static byte[] Make(byte[] file, Random random)
    {
        List<byte> bytes = [.. file];
        for (int change = random.Next(1, 8); change > 0; change--)
        {
            // Half of the changes fall into the headers.
            int place = random.Next(8, random.Next(2) == 0 ? Math.Min(700, bytes.Count) : bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes.RemoveRange(place, Math.Min(random.Next(1, 20), bytes.Count - place - 1));
                    break;
                case 1:
                    bytes.InsertRange(place, bytes.GetRange(place, Math.Min(random.Next(1, 40), bytes.Count - place)));
                    break;
                default:
                    bytes[place] = (byte)random.Next(256);
                    break;
            }
        }

        byte[] mutant = [.. bytes];
        RepairChecksums(mutant);
        return mutant;
    }

    /// <summary>Without it, a decoder would see no further than the first chunk that was changed.</summary>
    public static void RepairChecksums(Span<byte> file)
    {
        if (file[0] != 0x89)
        {
            return;
        }

        for (Span<byte> rest = file[8..]; rest.Length >= 12;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
            {
                return;
            }

            BinaryPrimitives.WriteUInt32BigEndian(rest[(8 + (int)length)..], Checksum(rest.Slice(4, 4 + (int)length)));
            rest = rest[(12 + (int)length)..];
        }
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ ((sum & 1) * 0xEDB88320);
            }
        }

        return ~sum;
    }
}
