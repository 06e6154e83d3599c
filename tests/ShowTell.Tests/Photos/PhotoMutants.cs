using ShowTell.Fuzz;

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

        return file[0] == 0x89 ? FuzzChecksums.RepairPng([.. bytes]) : [.. bytes];
    }
}
