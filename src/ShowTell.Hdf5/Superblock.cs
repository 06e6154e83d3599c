using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// The superblock of an HDF5 file: where the file starts after a user block, and whether it is complete. See section
/// III of the file format specification, https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t4.html.
/// </summary>
/// <param name="Start">The offset of the superblock, to which all addresses are relative.</param>
/// <param name="BaseAddressField">The offset of the base address field from <paramref name="Start"/>.</param>
internal readonly record struct Superblock(long Start, int BaseAddressField)
{
    /// <summary>The supported size of addresses and lengths.</summary>
    private const int WordBytes = 8;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Finds and validates the superblock.</summary>
    /// <exception cref="DataException">There is none, the file is truncated, or its addresses do not have 8 bytes.
    /// </exception>
    public static Superblock Read(string path, SafeFileHandle handle)
    {
        long length = RandomAccess.GetLength(handle);
        Span<byte> bytes = stackalloc byte[64];

        // It is at the start, or after a user block of 512, 1024, 2048, ... bytes.
        for (long start = 0; start <= length - bytes.Length; start = Math.Max(512, start * 2))
        {
            TensorFiles.ReadBytes(path, handle, start, bytes);
            if (bytes.StartsWith(Signature))
            {
                return Validate(path, bytes, start, length);
            }
        }

        throw new DataException($"{path}: is not an HDF5 file: its {length} bytes lack the signature of one.");
    }

    private static Superblock Validate(string path, ReadOnlySpan<byte> bytes, long start, long length)
    {
        int version = bytes[8];
        (int sizes, int baseAddress) = version switch
        {
            0 => (13, 24),
            1 => (13, 28),
            2 or 3 => (9, 12),
            _ => throw new DataException($"{path}: has a superblock of version {version}; expected 0 to 3."),
        };
        if (version >= 2 && !Hdf5Checksums.IsIntact(bytes[..48]))
        {
            throw new DataException($"{path}: its superblock has a wrong checksum: the file is damaged.");
        }

        if (bytes[sizes] != WordBytes || bytes[sizes + 1] != WordBytes)
        {
            throw new DataException(
                $"{path}: has addresses of {bytes[sizes]} and lengths of {bytes[sizes + 1]} bytes; expected "
                + $"{WordBytes}. Copy it with h5repack.");
        }

        // The end address follows the base address and an address that is not needed.
        ulong end = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(baseAddress + (2 * WordBytes))..]);
        ulong baseValue = BinaryPrimitives.ReadUInt64LittleEndian(bytes[baseAddress..]);
        return unchecked(end - baseValue) <= (ulong)(length - start)
            ? new Superblock(start, baseAddress)
            : throw new DataException(
                $"{path}: ends at byte {length}, but its header claims {end} bytes: it is truncated or damaged.");
    }
}
