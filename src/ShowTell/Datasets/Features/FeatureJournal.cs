using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ShowTell.Files;

namespace ShowTell.Datasets.Features;

/// <summary>
/// The journal of a <see cref="FeatureExtraction"/>: the features of photos as they are computed, from which an
/// interrupted run resumes. A header with a fingerprint is followed by a record of fixed size for each view of each
/// photo (the photo itself, then its mirror image), which ends with a checksum of its index and features; missing and
/// torn records are computed again. Several threads may write different records; only one process at a time may open
/// the file.
/// </summary>
internal sealed class FeatureJournal : IDisposable
{
    /// <summary>The extension appended to the result's name.</summary>
    public const string Extension = ".work";

    private const int HeaderBytes = 64;

    private static readonly byte[] s_signature = Encoding.ASCII.GetBytes("showtell features, version 1\n");

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly int _views;
    private readonly int _length;
    private readonly bool[] _isComplete;

    private FeatureJournal(string path, SafeFileHandle file, int photos, int views, int length) =>
        (_path, _file, _views, _length, _isComplete) = (path, file, views, length, new bool[photos * views]);

    /// <summary>The number of photos with features of all views.</summary>
    public int Count => Enumerable.Range(0, _isComplete.Length / _views).Count(Has);

    /// <summary>Opens a journal and its complete records; starts a new one if the fingerprint differs.</summary>
    /// <param name="path">The journal's file.</param>
    /// <param name="fingerprint">The SHA-256 of the photos and the pipeline, 32 bytes.</param>
    /// <param name="photos">The number of photos.</param>
    /// <param name="views">The number of views per photo: 2 with mirror images, else 1.</param>
    /// <param name="length">The number of features per view.</param>
    /// <exception cref="DataException">The file is not a journal.</exception>
    /// <exception cref="ShowTellException">The file cannot be read or written, or another process uses it.</exception>
    public static FeatureJournal Open(string path, ReadOnlySpan<byte> fingerprint, int photos, int views, int length)
    {
        byte[] header = new byte[HeaderBytes];
        s_signature.CopyTo(header, 0);
        fingerprint.CopyTo(header.AsSpan(HeaderBytes - fingerprint.Length));
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var journal = new FeatureJournal(path, file, photos, views, length);
            if (journal.HasHeader(header))
            {
                journal.FindComplete();
            }
            else
            {
                RandomAccess.SetLength(file, 0);
                RandomAccess.Write(file, header, 0);
            }

            return journal;
        }
        catch (Exception error)
        {
            file?.Dispose();
            throw error is IOException or UnauthorizedAccessException ? Disk.Failure(path, error) : error;
        }
    }

    /// <summary>Whether a photo has features of all views.</summary>
    public bool Has(int photo) => !_isComplete.AsSpan(photo * _views, _views).Contains(false);

    /// <summary>Writes the features of a view of a photo.</summary>
    /// <exception cref="ShowTellException">The disk fails.</exception>
    public void Write(int photo, int view, ReadOnlySpan<float> features)
    {
        int row = (photo * _views) + view;
        uint checksum = Checksum(row, features);
        try
        {
            long offset = OffsetOf(row);
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(features);
            Disk.Fault.Value?.Invoke(DiskOperation.Write, _path);
            RandomAccess.Write(_file, bytes, offset);
            RandomAccess.Write(_file, BytesOf(ref checksum), offset + bytes.Length);
            _isComplete[row] = true;
        }
        catch (IOException error)
        {
            throw Disk.Failure(_path, error);
        }
    }

    /// <summary>Reads the features of a view of photos; zeros for photos without features.</summary>
    /// <param name="photos">The indices of the photos.</param>
    /// <param name="view">The view.</param>
    /// <param name="features">The features, photo by photo.</param>
    /// <exception cref="ShowTellException">The disk fails.</exception>
    public void Read(ReadOnlySpan<int> photos, int view, Span<float> features)
    {
        for (int i = 0; i < photos.Length; i++)
        {
            Span<float> row = features.Slice(i * _length, _length);
            if (!Has(photos[i]))
            {
                row.Clear();
            }
            else if (!TryRead((photos[i] * _views) + view, row))
            {
                throw new DataException($"{_path}: was changed by another process; run again.");
            }
        }
    }

    /// <summary>Deletes the file, once the result is complete.</summary>
    public void Delete()
    {
        _file.Dispose();
        try
        {
            File.Delete(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Disk.Failure(_path, error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private bool HasHeader(ReadOnlySpan<byte> header)
    {
        Span<byte> found = stackalloc byte[HeaderBytes];
        found = found[..RandomAccess.Read(_file, found, 0)];
        return found.IsEmpty || found.StartsWith(s_signature)
            ? found.SequenceEqual(header)
            : throw new DataException($"{_path}: is not a feature journal; move it away.");
    }

    private void FindComplete()
    {
        long length = RandomAccess.GetLength(_file);
        var features = new float[_length];
        for (int row = 0; row < _isComplete.Length && OffsetOf(row) < length; row++)
        {
            _isComplete[row] = TryRead(row, features);
        }
    }

    private bool TryRead(int row, Span<float> features)
    {
        try
        {
            long offset = OffsetOf(row);
            Span<byte> bytes = MemoryMarshal.AsBytes(features);
            uint checksum = 0;
            return RandomAccess.Read(_file, bytes, offset) == bytes.Length
                && RandomAccess.Read(_file, BytesOf(ref checksum), offset + bytes.Length) == sizeof(uint)
                && checksum == Checksum(row, features);
        }
        catch (IOException error)
        {
            throw Disk.Failure(_path, error);
        }
    }

    private long OffsetOf(int row) => HeaderBytes + (row * ((_length * (long)sizeof(float)) + sizeof(uint)));

    private static Span<byte> BytesOf(ref uint value) => MemoryMarshal.AsBytes(new Span<uint>(ref value));

    /// <summary>Starts from the index, so that a hole of zeros is not a valid record.</summary>
    private static uint Checksum(int row, ReadOnlySpan<float> features) =>
        Crc32C.Continue(~(uint)row, MemoryMarshal.AsBytes(features));

}
