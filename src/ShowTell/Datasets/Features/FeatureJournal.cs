using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ShowTell.Files;

namespace ShowTell.Datasets.Features;

/// <summary>
/// The work file of a <see cref="FeatureExtraction"/>: features of photos as they come, so that a run that is cut short
/// goes on where it stopped. A header says what is computed; behind it each photo has a record of fixed size at its own
/// place, which ends with a checksum of its number and its features: a record that a crash tore or never wrote is
/// computed again. Different rows may be written by several threads at once; one process at a time has the file.
/// </summary>
internal sealed class FeatureJournal : IDisposable
{
    /// <summary>What is added to a result's name.</summary>
    public const string Extension = ".work";

    private const int HeaderBytes = 64;

    private static readonly byte[] s_signature = Encoding.ASCII.GetBytes("showtell features, version 1\n");

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly int _length;
    private readonly bool[] _whole;

    private FeatureJournal(string path, SafeFileHandle file, int rows, int length) =>
        (_path, _file, _length, _whole) = (path, file, length, new bool[rows]);

    /// <summary>Photos whose features are there.</summary>
    public int Count => _whole.Count(whole => whole);

    /// <summary>Opens a journal, with what is whole in it; begins anew where it is of something else.</summary>
    /// <param name="path">The work file.</param>
    /// <param name="fingerprint">SHA-256 of what is computed: 32 bytes.</param>
    /// <param name="rows">Number of photos.</param>
    /// <param name="length">Features of a photo.</param>
    /// <exception cref="DataException">The file is no journal.</exception>
    /// <exception cref="ShowTellException">The file cannot be read or written, or another process has it.</exception>
    public static FeatureJournal Open(string path, ReadOnlySpan<byte> fingerprint, int rows, int length)
    {
        byte[] header = new byte[HeaderBytes];
        s_signature.CopyTo(header, 0);
        fingerprint.CopyTo(header.AsSpan(HeaderBytes - fingerprint.Length));
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var journal = new FeatureJournal(path, file, rows, length);
            if (journal.Continues(header))
            {
                journal.FindWhole();
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
            throw error is IOException or UnauthorizedAccessException ? Failure(path, error) : error;
        }
    }

    /// <summary>Whether a photo's features are there.</summary>
    public bool Has(int row) => _whole[row];

    /// <summary>Keeps a photo's features.</summary>
    /// <exception cref="ShowTellException">The disk fails.</exception>
    public void Write(int row, ReadOnlySpan<float> features)
    {
        uint checksum = Checksum(row, features);
        try
        {
            long offset = OffsetOf(row);
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(features);
            RandomAccess.Write(_file, bytes, offset);
            RandomAccess.Write(_file, BytesOf(ref checksum), offset + bytes.Length);
            _whole[row] = true;
        }
        catch (IOException error)
        {
            throw Failure(_path, error);
        }
    }

    /// <summary>Reads features of photos; zeros of those that have none.</summary>
    /// <param name="rows">Numbers of the photos.</param>
    /// <param name="features">Features of one photo after another.</param>
    /// <exception cref="ShowTellException">The disk fails.</exception>
    public void Read(ReadOnlySpan<int> rows, Span<float> features)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            Span<float> row = features.Slice(i * _length, _length);
            if (!_whole[rows[i]])
            {
                row.Clear();
            }
            else if (!TryRead(rows[i], row))
            {
                throw new DataException($"{_path}: was changed by somebody else; run it again.");
            }
        }
    }

    /// <summary>Deletes the file, when the result stands.</summary>
    public void Delete()
    {
        _file.Dispose();
        try
        {
            File.Delete(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failure(_path, error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private bool Continues(ReadOnlySpan<byte> header)
    {
        Span<byte> found = stackalloc byte[HeaderBytes];
        found = found[..RandomAccess.Read(_file, found, 0)];
        return found.IsEmpty || found.StartsWith(s_signature)
            ? found.SequenceEqual(header)
            : throw new DataException($"{_path}: is no work file of features; move it away.");
    }

    private void FindWhole()
    {
        long length = RandomAccess.GetLength(_file);
        var features = new float[_length];
        for (int row = 0; row < _whole.Length && OffsetOf(row) < length; row++)
        {
            _whole[row] = TryRead(row, features);
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
            throw Failure(_path, error);
        }
    }

    private long OffsetOf(int row) => HeaderBytes + (row * ((_length * (long)sizeof(float)) + sizeof(uint)));

    private static Span<byte> BytesOf(ref uint value) => MemoryMarshal.AsBytes(new Span<uint>(ref value));

    /// <summary>That of zeros, with what it begins with here, is not 0, so that a hole is not a record.</summary>
    private static uint Checksum(int row, ReadOnlySpan<float> features) =>
        Crc32C.Continue(~(uint)row, MemoryMarshal.AsBytes(features));

    private static ShowTellException Failure(string path, Exception error) =>
        new($"{path}: cannot be written: {error.Message}", error);
}
