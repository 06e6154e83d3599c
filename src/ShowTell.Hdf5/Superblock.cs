using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// What must be known of an HDF5 file before it is read: where it begins behind a user block, and whether it is whole.
/// See III of the file format specification, https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t4.html.
/// </summary>
/// <param name="Start">Where the superblock lies; all addresses in the file count from there.</param>
/// <param name="BaseAddressField">Where, counted from <paramref name="Start"/>, the superblock says the same.</param>
internal readonly record struct Superblock(long Start, int BaseAddressField)
{
    /// <summary>Bytes of an address and of a length.</summary>
    private const int WordBytes = 8;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Finds and checks the superblock.</summary>
    /// <exception cref="DataException">There is none, the file is truncated, or its addresses do not have 8 bytes.
    /// </exception>
    public static Superblock Read(string path, SafeFileHandle handle)
    {
        long length = RandomAccess.GetLength(handle);
        Span<byte> bytes = stackalloc byte[64];

        // The superblock is at the beginning or behind a user block of 512, 1024, 2048 ... bytes.
        for (long start = 0; start <= length - bytes.Length; start = Math.Max(512, start * 2))
        {
            TensorFiles.ReadBytes(path, handle, start, bytes);
            if (bytes.StartsWith(Signature))
            {
                return Check(path, bytes, start, length);
            }
        }

        throw new DataException($"{path}: is not an HDF5 file: its {length} bytes lack the signature of one.");
    }

    private static Superblock Check(string path, ReadOnlySpan<byte> bytes, long start, long length)
    {
        int version = bytes[8];
        (int sizes, int baseAddress) = version switch
        {
            0 => (13, 24),
            1 => (13, 28),
            2 or 3 => (9, 12),
            _ => throw new DataException($"{path}: has a superblock of version {version}; versions 0 to 3 are read."),
        };
        if (version >= 2 && !Hdf5Checksums.IsIntact(bytes[..48]))
        {
            throw new DataException($"{path}: its superblock does not have its checksum: the file is damaged.");
        }

        if (bytes[sizes] != WordBytes || bytes[sizes + 1] != WordBytes)
        {
            throw new DataException(
                $"{path}: has addresses of {bytes[sizes]} and lengths of {bytes[sizes + 1]} bytes; files where both "
                + $"have {WordBytes} are read. Copy it with h5repack.");
        }

        // It follows the base address and the address of something that is not needed here.
        ulong end = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(baseAddress + (2 * WordBytes))..]);
        ulong baseValue = BinaryPrimitives.ReadUInt64LittleEndian(bytes[baseAddress..]);
        return unchecked(end - baseValue) <= (ulong)(length - start)
            ? new Superblock(start, baseAddress)
            : throw new DataException(
                $"{path}: ends at byte {length}, but its header claims {end} bytes: it is truncated or damaged.");
    }
}
