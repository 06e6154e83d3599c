using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// An HDF5 file as PureHDF gets to see it: without its user block, of which PureHDF knows one length only; read within
/// its bounds; and with the checksums of its structure checked, which PureHDF leaves unread.
/// </summary>
internal sealed class Hdf5Stream : Stream
{
    private const int SignatureBytes = 4;

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly Superblock _superblock;
    private int _lastLength;

    /// <exception cref="DataException">The file cannot be opened, or is not an HDF5 file.</exception>
    public Hdf5Stream(string path)
    {
        _path = path;
        _handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
        _superblock = Superblock.Read(path, _handle);
        Length = RandomAccess.GetLength(_handle) - Start;
    }

    /// <summary>Where in the file addresses count from.</summary>
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
            CheckChecksum(Position - SignatureBytes);
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

        // Addresses count from here, and here is where the superblock is.
        for (int i = 0; i < sizeof(ulong); i++)
        {
            long at = _superblock.BaseAddressField + i - position;
            if (at >= 0 && at < buffer.Length)
            {
                buffer[(int)at] = 0;
            }
        }
    }

    /// <summary>Checks the structure that begins somewhere, if it is one with a checksum.</summary>
    private void CheckChecksum(long start)
    {
        Span<byte> known = stackalloc byte[Hdf5Checksums.KnownBytes];
        if (start > Length - known.Length)
        {
            return;
        }

        ReadAt(start, known);
        long length = Hdf5Checksums.LengthOf(known);
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
                throw new InvalidDataException("part of its structure does not have its checksum");
            }
        }
    }
}
