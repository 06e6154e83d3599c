using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// The view of an HDF5 file that PureHDF reads: without the user block, of which PureHDF supports one length only, with
/// bounds checks, and with metadata checksums verified, which PureHDF ignores.
/// </summary>
internal sealed class Hdf5Stream : Stream
{
    private const int SignatureBytes = 4;

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly Superblock _superblock;
    private int _lastLength;

    /// <summary>Opens a file.</summary>
    /// <exception cref="DataException">The file is not an HDF5 file.</exception>
    public Hdf5Stream(string path)
    {
        _path = path;
        _handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
        _superblock = Superblock.Read(path, _handle);
        Length = RandomAccess.GetLength(_handle) - Start;
    }

    /// <summary>The offset in the file to which addresses are relative.</summary>
    public long Start => _superblock.Start;

    public override long Length { get; }

    public override long Position { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => Length,
    };

    public override int Read(Span<byte> buffer)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        ReadAt(Position, buffer);
        Position += buffer.Length;

        // PureHDF reads the signature of an object header in two parts.
        if (buffer.Length == SignatureBytes || (buffer.Length, _lastLength) == (SignatureBytes - 1, 1))
        {
            VerifyChecksum(Position - SignatureBytes);
        }

        _lastLength = buffer.Length;
        return buffer.Length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _handle.Dispose();
        base.Dispose(disposing);
    }

    private void ReadAt(long position, Span<byte> buffer)
    {
        if (position < 0 || buffer.Length > Length - position)
        {
            throw new InvalidDataException("it points beyond its end");
        }

        TensorFiles.ReadBytes(_path, _handle, Start + position, buffer);

        // The base address becomes 0: the superblock is at the start of this stream.
        for (int i = 0; i < sizeof(ulong); i++)
        {
            long index = _superblock.BaseAddressField + i - position;
            if (index >= 0 && index < buffer.Length)
            {
                buffer[(int)index] = 0;
            }
        }
    }

    /// <summary>Verifies the checksum of the structure at an offset, if it has one.</summary>
    private void VerifyChecksum(long start)
    {
        Span<byte> prefix = stackalloc byte[Hdf5Checksums.PrefixBytes];
        if (start > Length - prefix.Length)
        {
            return;
        }

        ReadAt(start, prefix);
        long length = Hdf5Checksums.LengthOf(prefix);
        if (length > 0)
        {
            if (length > Math.Min(Length - start, 16 << 20))
            {
                throw new InvalidDataException("it points beyond its end");
            }

            var bytes = new byte[length];
            ReadAt(start, bytes);
            if (!Hdf5Checksums.IsIntact(bytes))
            {
                throw new InvalidDataException("part of its structure has a wrong checksum");
            }
        }
    }
}
