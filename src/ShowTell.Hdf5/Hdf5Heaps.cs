using System.Buffers.Binary;

namespace ShowTell.Hdf5;

/// <summary>
/// The heaps of an HDF5 file that hold its strings of variable length ("global heap collections" of the file format
/// specification, III.E). They are read past PureHDF, which trusts what they say of their sizes.
/// </summary>
internal sealed class Hdf5Heaps(Hdf5Dataset dataset)
{
    // Signature, version and length of a heap; number, reference count and length of an object.
    private const int HeaderBytes = 16;
    private const int Alignment = 8;

    private readonly Dictionary<ulong, Heap> _heaps = [];
    private readonly GuardedStream _file = dataset.File.Stream;
    private long _bytes;

    /// <summary>The bytes of an object.</summary>
    /// <param name="address">Address of its heap.</param>
    /// <param name="number">Its number there.</param>
    /// <param name="length">The length that the reference to it claims.</param>
    /// <exception cref="DataException">There is no such object, or its heap is damaged, or the heaps take too much
    /// memory.</exception>
    public ReadOnlySpan<byte> Find(ulong address, uint number, uint length)
    {
        if (!_heaps.TryGetValue(address, out Heap? heap))
        {
            heap = Load(address);
            _heaps.Add(address, heap);
        }

        if (!heap.Objects.TryGetValue(number, out Range range))
        {
            throw Damaged(address, $"it has no object {number}");
        }

        ReadOnlySpan<byte> found = heap.Bytes.AsSpan(range);
        return length <= found.Length
            ? found[..(int)length]
            : throw Damaged(address, $"object {number} has {found.Length} bytes, but {length} are expected");
    }

    private Heap Load(ulong address)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (!_file.TryReadAt(address, header) || !header.StartsWith("GCOL\x1"u8))
        {
            throw Damaged(address, "there is no heap");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        if (length < HeaderBytes || length > (ulong)_file.Length - address)
        {
            throw Damaged(address, $"it claims {length} bytes in a file of {dataset.File.Length}");
        }

        _bytes += (long)length;
        if (_bytes > Hdf5Strings.MaxBytes)
        {
            throw new DataException(
                $"{dataset.Subject}: the heaps of its strings take more than {Hdf5Strings.MaxBytes} bytes, which are "
                + "the limit.");
        }

        var bytes = new byte[length];
        return _file.TryReadAt(address, bytes)
            ? new Heap(bytes, Objects(bytes, address))
            : throw Damaged(address, "the file ends before it does");
    }

    // Objects follow one another, each padded to 8 bytes; number 0 is the free space behind them.
    private Dictionary<uint, Range> Objects(ReadOnlySpan<byte> heap, ulong address)
    {
        var objects = new Dictionary<uint, Range>();
        int position = HeaderBytes;
        while (heap.Length - position >= HeaderBytes)
        {
            uint number = BinaryPrimitives.ReadUInt16LittleEndian(heap[position..]);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(heap[(position + 8)..]);
            if (number == 0)
            {
                break;
            }

            position += HeaderBytes;
            if (length > (ulong)(heap.Length - position))
            {
                throw Damaged(address, $"object {number} claims {length} bytes");
            }

            objects[number] = new Range(position, position + (int)length);
            position += ((int)length + Alignment - 1) / Alignment * Alignment;
        }

        return objects;
    }

    private DataException Damaged(ulong address, string reason) =>
        new($"{dataset.Subject}: the heap of its strings at byte {address} is damaged: {reason}.");

    private sealed record Heap(byte[] Bytes, Dictionary<uint, Range> Objects);
}
