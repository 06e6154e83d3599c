using System.Buffers.Binary;
using System.Reflection;
using PureHDF;

namespace ShowTell.Hdf5;

/// <summary>
/// Verifies metadata checksums, which PureHDF does not: those of object headers, with shapes, types and addresses, and
/// of the headers of heaps and indexes. Files of <c>libver="latest"</c> and those written here have them.
/// </summary>
internal static class Hdf5Checksums
{
    private delegate uint Hash(ReadOnlySpan<byte> bytes, uint initialValue);

    // The format's hash function, which PureHDF has internally for writing.
    private static readonly Hash s_hash = typeof(H5File).Assembly.GetType("PureHDF.ChecksumUtils")!
        .GetMethod("JenkinsLookup3", BindingFlags.Static | BindingFlags.Public)!.CreateDelegate<Hash>();

    /// <summary>Whether bytes end with their checksum.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> bytes) =>
        s_hash(bytes[..^sizeof(uint)], 0) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]);

    /// <summary>The length of a structure, its checksum included; 0 if it is unknown or has none.</summary>
    /// <param name="bytes">Its first <see cref="PrefixBytes"/> bytes.</param>
    public static long LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("OHDR"u8))
        {
            // Signature, version and flags; optional fields by the flags; the length of the rest.
            int flags = bytes[5];
            int offset = 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
            int lengthBytes = 1 << (flags & 3);
            ulong mask = ulong.MaxValue >> (64 - (8 * lengthBytes));
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]) & mask;
            return (long)Math.Min(length, long.MaxValue / 2) + offset + lengthBytes + sizeof(uint);
        }

        return bytes.StartsWith("BTHD"u8) ? 38
            : bytes.StartsWith("FAHD"u8) ? 28
            : bytes.StartsWith("EAHD"u8) ? 72
            : bytes.StartsWith("FRHP"u8) && bytes[7] == 0 && bytes[8] == 0 ? 146 // unless it is compressed
            : 0;
    }

    /// <summary>The number of bytes that determine a structure's length.</summary>
    public const int PrefixBytes = 34;
}
