using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using PureHDF;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// A file as PureHDF gets to see it. PureHDF trusts what it reads, so this stream does not: it ends reads beyond the
/// file, recursion that does not end, and operations that read or allocate far more than they need; and it hides
/// links into other files, which PureHDF would follow.
/// </summary>
internal sealed class GuardedStream(string path, SafeFileHandle handle, Superblock superblock) : Stream, IDatasetStream
{
    /// <summary>Reads of metadata that an operation may take.</summary>
    private const int MaxReads = 200_000;

    /// <summary>Memory that an operation may allocate beside what it is known to need.</summary>
    private const long MaxAllocatedBytes = 128L << 20;

    private const int PageBytes = 4096;
    private const int PageCount = 64;

    // Lengths of the reads that lead up to the type of a link, a hexadecimal digit each: the header of a message of a
    // version 2 object header (with and without creation order) or of a version 1 one, then the link's version,
    // flags and type.
    private static readonly (ulong Shape, ulong Mask, int Bytes)[] s_linkMessages =
        [(0x121_111, 0xFFF_FFF, 6), (0x1212_111, 0xFFFF_FFF, 8), (0x2213_111, 0xFFFF_FFF, 10)];

    // Those up to the path of a soft link in the symbol table of an old group.
    private const ulong SymbolTableEntry = 0x88_444;

    private const byte LinkMessageType = 6;
    private const byte SoftLink = 1;
    private const byte FirstForeignLink = 64;

    private readonly long _length = RandomAccess.GetLength(handle) - superblock.Start;
    private readonly byte[] _pages = new byte[PageBytes * PageCount];
    private readonly long[] _pageNumbers = [.. Enumerable.Repeat(-1L, PageCount)];
    private ulong _shape;
    private (long Start, long End) _hidden;
    private int _reads;
    private long _allocatedBytes;
    private string? _problem;

    /// <summary>Whether elements, not only metadata, were read since <see cref="Begin"/>.</summary>
    public bool HasReadElements { get; private set; }

    /// <summary>Where in the file addresses count from.</summary>
    public long Start => superblock.Start;

    /// <inheritdoc/>
    public override long Length => _length;

    /// <inheritdoc/>
    public override long Position { get; set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <summary>Begins an operation.</summary>
    /// <param name="neededBytes">Memory that it is known to need.</param>
    public void Begin(long neededBytes)
    {
        (_reads, _problem, HasReadElements) = (0, null, false);
        _allocatedBytes = GC.GetAllocatedBytesForCurrentThread() + neededBytes + MaxAllocatedBytes;
    }

    /// <summary>Ends an operation: fails if something was wrong that PureHDF took no notice of.</summary>
    /// <exception cref="InvalidDataException">Something was wrong.</exception>
    public void End() => Require(_problem is null, _problem!);

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        _shape = 0;
        return Position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => Position,
            _ => Length,
        };
    }

    /// <summary>Reads metadata.</summary>
    public override int Read(Span<byte> buffer)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        Require(++_reads <= MaxReads, "its structure does not come to an end");
        Require(
            GC.GetAllocatedBytesForCurrentThread() <= _allocatedBytes,
            "its structure asks for an absurd amount of memory");
        RequireInside(buffer.Length);
        Copy(Position, buffer);
        HideLinks(buffer);
        if (buffer.Length == 4 || (_shape & 0xFF) == 0x13)
        {
            CheckChecksum(Position + buffer.Length - 4);
        }

        Position += buffer.Length;
        return buffer.Length;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads elements.</summary>
    public void ReadDataset(Span<byte> buffer)
    {
        RequireInside(buffer.Length);
        HasReadElements = true;
        PlainRows.ReadBytes(path, handle, superblock.Start + Position, buffer);
        Position += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Reads bytes of the file at an address, past PureHDF and without counting.</summary>
    /// <returns>Whether the file has them.</returns>
    public bool TryReadAt(ulong address, Span<byte> buffer)
    {
        if (address > (ulong)_length || buffer.Length > _length - (long)address)
        {
            return false;
        }

        PlainRows.ReadBytes(path, handle, superblock.Start + (long)address, buffer);
        return true;
    }

    private void RequireInside(int count) =>
        Require(Position >= 0 && count <= _length - Position, "it points beyond its end");

    private void Require(bool condition, string problem)
    {
        if (!condition)
        {
            _problem ??= problem;
            throw new InvalidDataException(problem);
        }
    }

    private void Copy(long position, Span<byte> buffer)
    {
        for (int done = 0; done < buffer.Length;)
        {
            long page = (position + done) / PageBytes;
            int start = (int)((position + done) % PageBytes);
            int count = Math.Min(PageBytes - start, buffer.Length - done);
            Page(page).Slice(start, count).CopyTo(buffer[done..]);
            done += count;
        }
    }

    /// <summary>Checks the structure whose signature has just been read, if it is one with a checksum.</summary>
    private void CheckChecksum(long start)
    {
        Span<byte> known = stackalloc byte[Hdf5Checksums.KnownBytes];
        if (start <= _length - known.Length)
        {
            Copy(start, known);
            long length = Hdf5Checksums.LengthOf(known);
            if (length > 0)
            {
                Require(length <= Math.Min(_length - start, MaxAllocatedBytes / 8), "it points beyond its end");
                var bytes = new byte[length];
                Copy(start, bytes);
                Require(Hdf5Checksums.IsIntact(bytes), "part of its structure does not have its checksum");
            }
        }
    }

    private Span<byte> Page(long number)
    {
        int slot = (int)(number % PageCount);
        Span<byte> page = _pages.AsSpan(slot * PageBytes, PageBytes);
        if (_pageNumbers[slot] != number)
        {
            _pageNumbers[slot] = -1;
            long start = number * PageBytes;
            int count = (int)Math.Min(PageBytes, _length - start);
            PlainRows.ReadBytes(path, handle, superblock.Start + start, page[..count]);
            if (number == 0)
            {
                // This stream begins behind the user block, so addresses count from 0.
                page.Slice(superblock.BaseAddressField, sizeof(ulong)).Clear();
            }

            _pageNumbers[slot] = number;
        }

        return page;
    }

    /// <summary>
    /// Makes links lead nowhere: those into other files, which must not be followed, and soft links, of which PureHDF
    /// resolves some without reading, so that a circle of them would end the process.
    /// </summary>
    private void HideLinks(Span<byte> buffer)
    {
        (long start, long end) = (Math.Max(_hidden.Start, Position), Math.Min(_hidden.End, Position + buffer.Length));
        if (start < end)
        {
            Span<byte> hidden = buffer[(int)(start - Position)..(int)(end - Position)];
            hidden.Fill(1);
            hidden[0] = start == _hidden.Start ? (byte)'/' : (byte)1;
        }

        _shape = (_shape << 4) | (uint)Math.Min(buffer.Length, 15);
        if ((_shape & 0xFFF) == 0x111 && buffer[0] is SoftLink or >= FirstForeignLink)
        {
            HideLink(buffer);
        }
        else if ((_shape & 0xFFFFF) == SymbolTableEntry)
        {
            HideSymbolTableLink(buffer);
        }
    }

    /// <summary>Hides a link whose type is being read, if it is one.</summary>
    private void HideLink(Span<byte> type)
    {
        // Version 1, and flags that say that a type follows.
        Span<byte> before = stackalloc byte[2];
        Copy(Position - 2, before);
        if (before[0] == 1 && before[1] is >= 8 and < 32 && (before[1] & 8) != 0
            && (type[0] != SoftLink || _shape == 0x111 || s_linkMessages.Any(IsLinkMessage)))
        {
            // All kinds have a value with its length before it, as a soft link has.
            (long start, int length) = ValueOf(before[1]);
            _hidden = (start, start + length);
            type[0] = SoftLink;
        }
    }

    /// <summary>Hides a soft link of an old group: the path that it names becomes the empty one.</summary>
    private void HideSymbolTableLink(Span<byte> offset)
    {
        Span<byte> kind = stackalloc byte[4];
        Copy(Position - 8, kind);
        if (BinaryPrimitives.ReadUInt32LittleEndian(kind) == 2)
        {
            offset.Clear();
        }
    }

    private bool IsLinkMessage((ulong Shape, ulong Mask, int Bytes) message)
    {
        Span<byte> type = stackalloc byte[1];
        if ((_shape & message.Mask) != message.Shape)
        {
            return false;
        }

        Copy(Position - message.Bytes, type);
        return type[0] == LinkMessageType;
    }

    /// <summary>Where the value of a link lies whose type has just been read.</summary>
    private (long Start, int Length) ValueOf(byte flags)
    {
        Span<byte> word = stackalloc byte[8];
        int lengthBytes = 1 << (flags & 3);
        long at = Position + 1 + ((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0);
        Require(at <= _length - lengthBytes, "a link is damaged");
        Copy(at, word[..lengthBytes]);
        ulong nameLength = BinaryPrimitives.ReadUInt64LittleEndian(word);
        Require(nameLength <= (ulong)(_length - at), "a link is damaged");
        at += lengthBytes + (long)nameLength;
        Require(at <= _length - 2, "a link is damaged");
        Copy(at, word[..2]);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(word);
        Require(length > 0 && at + 2 <= _length - length, "a link is damaged");
        return (at + 2, length);
    }
}
