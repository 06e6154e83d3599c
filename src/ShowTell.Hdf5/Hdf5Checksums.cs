using System.Buffers.Binary;
using System.Reflection;
using PureHDF;

namespace ShowTell.Hdf5;

/// <summary>
/// Checksums of metadata, which files of <c>libver="latest"</c> and those written here have, and which PureHDF does not
/// check: those of object headers, where shapes, types and addresses are, and of the headers of heaps and indexes.
/// </summary>
internal static class Hdf5Checksums
{
    private delegate uint Hash(ReadOnlySpan<byte> bytes, uint initialValue);

    // PureHDF has the hash function of the format for its writer.
    private static readonly Hash s_hash = typeof(H5File).Assembly.GetType("PureHDF.ChecksumUtils")!
        .GetMethod("JenkinsLookup3", BindingFlags.Static | BindingFlags.Public)!.CreateDelegate<Hash>();

    /// <summary>Whether bytes have the checksum that follows them.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> bytes) =>
        s_hash(bytes[..^sizeof(uint)], 0) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]);

    /// <summary>Length of a structure, its checksum included; 0 if it is not known or has none.</summary>
    /// <param name="bytes">Its first <see cref="KnownBytes"/> bytes.</param>
    public static long LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("OHDR"u8))
        {
            // Signature, version and flags; then what the flags say is there; then the length of the rest.
            int flags = bytes[5];
            int at = 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
            int lengthBytes = 1 << (flags & 3);
            ulong mask = ulong.MaxValue >> (64 - (8 * lengthBytes));
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]) & mask;
            return (long)Math.Min(length, long.MaxValue / 2) + at + lengthBytes + sizeof(uint);
        }

        return bytes.StartsWith("BTHD"u8) ? 38
            : bytes.StartsWith("FAHD"u8) ? 28
            : bytes.StartsWith("EAHD"u8) ? 72
            : bytes.StartsWith("FRHP"u8) && bytes[7] == 0 && bytes[8] == 0 ? 146 // unless it is compressed
            : 0;
    }

    /// <summary>Bytes of a structure that tell its length.</summary>
    public const int KnownBytes = 34;
}
