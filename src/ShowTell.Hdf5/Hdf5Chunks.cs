using System.Numerics;
using PureHDF.Selections;
using PureHDF.VOL.Native;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// Reads a dataset that is stored in chunks. Decoded chunks are kept, so that rows in order decode each once, and are
/// copied from there without allocating.
/// </summary>
internal sealed class Hdf5Chunks
{
    private const long MaxRowBytes = 128L << 20;
    private const long CacheBytes = 64L << 20;

    private readonly Hdf5Guard _guard;
    private readonly NativeDataset _dataset;
    private readonly string _subject;
    private readonly StoredType _type;
    private readonly long[] _shape;
    private readonly long[] _chunk;
    private readonly long _chunkBytes;
    private readonly long _cacheBytes;

    // How far a whole chunk's elements, and those of the target, are apart along each dimension, in bytes.
    private readonly long[] _chunkSteps;
    private readonly long[] _targetSteps;

    // The last dimension along which chunks divide the dataset: what lies behind it is copied in one piece.
    private readonly int _split;
    private readonly long[] _position;
    private readonly Dictionary<long, LinkedListNode<(long Number, byte[] Bytes)>> _kept = [];
    private readonly LinkedList<(long Number, byte[] Bytes)> _recent = [];

    /// <exception cref="DataException">Chunks are too large, or their shape is not that of the dataset.</exception>
    public Hdf5Chunks(
        Hdf5Guard guard, NativeDataset dataset, string subject, StoredType type, IReadOnlyList<long> shape)
    {
        (_guard, _dataset, _subject, _type, _shape) = (guard, dataset, subject, type, [.. shape]);
        _chunk = guard.Run(subject, () => dataset.Layout.Chunks.Select(size => (long)size).ToArray());
        if (_chunk.Length != _shape.Length || _chunk.Length == 0 || _chunk.Any(size => size <= 0))
        {
            throw new DataException($"{subject}: its chunks have another number of dimensions: the file is damaged.");
        }

        BigInteger chunkBytes = _chunk.Aggregate((BigInteger)type.Bytes, (product, size) => product * size);
        BigInteger rowBytes = chunkBytes;
        for (int i = 1; i < _shape.Length; i++)
        {
            rowBytes *= ((BigInteger)_shape[i] + _chunk[i] - 1) / _chunk[i];
        }

        if (chunkBytes > MaxRowBytes || rowBytes > MaxRowBytes)
        {
            throw new DataException(
                $"{subject}: reading one row means decoding {BigInteger.Max(chunkBytes, rowBytes)} bytes of chunks; at "
                + $"most {MaxRowBytes} are read. Give it smaller chunks with h5repack.");
        }

        _chunkBytes = (long)chunkBytes;
        RowBytes = (long)rowBytes;
        _cacheBytes = Math.Max(CacheBytes, RowBytes);
        (_chunkSteps, _targetSteps) = (Steps(_chunk), Steps(_shape));
        _split = Math.Max(0, Enumerable.Range(0, _shape.Length).LastOrDefault(i => _chunk[i] != _shape[i]));
        _position = new long[_shape.Length];
    }

    /// <summary>Bytes of the chunks that hold a row.</summary>
    public long RowBytes { get; }

    /// <summary>Reads rows: indices of the first dimension.</summary>
    public void ReadRows(long start, long rows, Span<byte> target)
    {
        for (long first = start / _chunk[0]; first * _chunk[0] < start + rows; first++)
        {
            _position[0] = first;
            ReadChunks(1, start, rows, target);
        }
    }

    private long[] Steps(long[] sizes)
    {
        var steps = new long[sizes.Length];
        long step = _type.Bytes;
        for (int i = sizes.Length - 1; i >= 0; i--)
        {
            (steps[i], step) = (step, step * sizes[i]);
        }

        return steps;
    }

    /// <summary>Reads all chunks whose position is known up to a dimension.</summary>
    private void ReadChunks(int dimension, long start, long rows, Span<byte> target)
    {
        if (dimension == _shape.Length)
        {
            Copy(0, Chunk(), 0, target, 0, start, rows);
            return;
        }

        for (long i = 0; i * _chunk[dimension] < _shape[dimension]; i++)
        {
            _position[dimension] = i;
            ReadChunks(dimension + 1, start, rows, target);
        }
    }

    /// <summary>Copies what a chunk and the rows have in common.</summary>
    private void Copy(
        int dimension, ReadOnlySpan<byte> chunk, long from, Span<byte> target, long to, long start, long rows)
    {
        long origin = _position[dimension] * _chunk[dimension];
        long low = Math.Max(origin, dimension == 0 ? start : 0);
        long high = Math.Min(origin + _chunk[dimension], dimension == 0 ? start + rows : _shape[dimension]);
        from += (low - origin) * _chunkSteps[dimension];
        to += (low - (dimension == 0 ? start : 0)) * _targetSteps[dimension];
        if (dimension == _split)
        {
            int bytes = (int)((high - low) * _chunkSteps[dimension]);
            chunk.Slice((int)from, bytes).CopyTo(target.Slice((int)to, bytes));
            return;
        }

        for (long i = low; i < high; i++)
        {
            Copy(dimension + 1, chunk, from, target, to, start, rows);
            from += _chunkSteps[dimension];
            to += _targetSteps[dimension];
        }
    }

    /// <summary>The decoded chunk at the current position.</summary>
    private byte[] Chunk()
    {
        long number = 0;
        for (int i = 0; i < _shape.Length; i++)
        {
            number = (number * ((_shape[i] + _chunk[i] - 1) / _chunk[i])) + _position[i];
        }

        if (_kept.TryGetValue(number, out LinkedListNode<(long Number, byte[] Bytes)>? node))
        {
            _recent.Remove(node);
            _recent.AddFirst(node);
            return node.Value.Bytes;
        }

        byte[] chunk = Decode();
        while (_recent.Last is { } oldest && (_recent.Count + 1) * _chunkBytes > _cacheBytes)
        {
            _kept.Remove(oldest.Value.Number);
            _recent.RemoveLast();
        }

        _kept[number] = _recent.AddFirst((number, chunk));
        return chunk;
    }

    private byte[] Decode()
    {
        var capture = new Capture(_guard.Stream, _type.IsVariable);
        ulong[] first = [.. _position.Zip(_chunk, (position, size) => (ulong)(position * size))];
        var selection = new HyperslabSelection(first.Length, first, [.. first.Select(_ => 1UL)]);
        var access = new H5DatasetAccess(ChunkCache: capture);
        byte[] chunk = _guard.Run(
            _subject,
            () =>
            {
                ReadElement(access, selection);
                return capture.Chunk;
            },
            _chunkBytes * 4);
        return chunk.Length == _chunkBytes
            ? chunk
            : throw new DataException(
                $"{_subject}: a chunk has {chunk.Length} bytes instead of {_chunkBytes}: the file is damaged.");
    }

    /// <summary>Has PureHDF read one element, so that it decodes the chunk around it.</summary>
    private void ReadElement(H5DatasetAccess access, HyperslabSelection selection)
    {
        if (_type.ElementType != TensorInfo.StringType)
        {
            _dataset.Read(access, new byte[_type.Bytes].AsSpan(), selection);
            return;
        }

        try
        {
            _dataset.Read<string[]>(access, selection);
        }
        catch (ChunkCapturedException)
        {
        }
    }

    private sealed class Capture(GuardedStream stream, bool isVariable) : IReadingChunkCache
    {
        public byte[] Chunk { get; private set; } = [];

        public Memory<byte> GetChunk(ulong index, Func<Memory<byte>> chunkReader)
        {
            // Copied, as PureHDF may hand out memory that it uses again.
            Chunk = chunkReader().ToArray();
            return !stream.HasReadElements ? throw new InvalidDataException($"chunk {index} was never written")
                : isVariable ? throw new ChunkCapturedException()
                : Chunk;
        }
    }

    /// <summary>Ends a read before PureHDF looks for strings of variable length.</summary>
    private sealed class ChunkCapturedException : Exception;
}
