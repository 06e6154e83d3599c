using System.Buffers;
using System.Runtime.InteropServices;

namespace ShowTell.Files;

/// <summary>
/// A model file or checkpoint open for reading. Its header is checked before memory is allocated for anything else,
/// each tensor's checksum as it is read. Not thread-safe.
/// </summary>
internal sealed class SafeTensorsReader : IDisposable
{
    private const int PieceBytes = 1 << 18;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly SafeTensorsHeader _header;
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly uint[]? _checksums;

    private SafeTensorsReader(string path, FileStream file, SafeTensorsHeader header)
    {
        (_path, _file, _header) = (path, file, header);
        Entries = [.. header.Entries.Where(entry => entry.Name != SafeTensors.Checksums)];
        foreach ((int i, SafeTensorsEntry entry) in Entries.Index())
        {
            _indices.Add(entry.Name, i);
        }

        if (header.Entries.FirstOrDefault(entry => entry.Name == SafeTensors.Checksums) is SafeTensorsEntry checksums)
        {
            _checksums = ReadChecksums(checksums);
        }
    }

    /// <summary>The metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The metadata as UTF-8.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Texts => _header.Texts;

    /// <summary>The tensors other than the checksums, in the order of their bytes.</summary>
    public IReadOnlyList<SafeTensorsEntry> Entries { get; }

    /// <summary>Whether the file has checksums.</summary>
    public bool HasChecksums => _checksums is not null;

    /// <summary>Opens a file, and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What its header may take; null for the limits of model files.</param>
    /// <exception cref="ModelFileException">The file is missing, cannot be read, is damaged, or exceeds the limits.
    /// </exception>
    public static SafeTensorsReader Open(string path, SafeTensorsLimits? limits = null)
    {
        FileStream? file = null;
        try
        {
            // Not pipes and devices, which have no length: opening a pipe would block.
            if (Directory.Exists(path) || new FileInfo(path).Length == 0)
            {
                throw new FormatException(Directory.Exists(path) ? "it is a folder" : "it has 0 bytes");
            }

            file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            return new SafeTensorsReader(path, file, SafeTensorsHeader.Read(file, limits ?? SafeTensorsLimits.Models));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            file?.Dispose();
            throw error switch
            {
                FileNotFoundException or DirectoryNotFoundException =>
                    new ModelFileException($"{path}: there is no such file.", error),
                FormatException =>
                    new ModelFileException($"{path}: is not an intact safetensors file: {error.Message}.", error),
                _ => new ModelFileException($"{path}: cannot be read: {error.Message}", error),
            };
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file has a tensor.</summary>
    public bool Has(string name) => _indices.ContainsKey(name);

    /// <summary>Ensures that the file has a tensor of a type and shape.</summary>
    /// <exception cref="ModelFileException">It is missing, or of another type or shape.</exception>
    public void Require<T>(string name, ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        SafeTensorsEntry entry = Require<T>(name);
        if (!shape.SequenceEqual(entry.Shape))
        {
            throw new ModelFileException(
                $"{_path}: the tensor {name} has the shape [{string.Join(", ", entry.Shape)}]; "
                + $"expected [{string.Join(", ", shape.ToArray())}].");
        }
    }

    /// <summary>Reads a tensor.</summary>
    /// <typeparam name="T">The type of its elements, as in <see cref="NamedTensor.Of"/>.</typeparam>
    /// <param name="name">The tensor.</param>
    /// <param name="shape">The dimensions that it must have.</param>
    /// <param name="destination">Receives the elements in row-major order.</param>
    /// <exception cref="ModelFileException">It is missing, of another type or shape, damaged, or cannot be read.
    /// </exception>
    public void Read<T>(string name, ReadOnlySpan<long> shape, Span<T> destination)
        where T : unmanaged
    {
        Require<T>(name, shape);
        ReadElements(name, destination);
    }

    /// <summary>Reads a tensor of any shape.</summary>
    /// <returns>Its elements in row-major order.</returns>
    /// <inheritdoc cref="Read{T}(string, ReadOnlySpan{long}, Span{T})"/>
    public T[] Read<T>(string name)
        where T : unmanaged
    {
        long count = Require<T>(name).Length / Unsafe.SizeOf<T>();
        if (count > Array.MaxLength)
        {
            throw new ModelFileException(
                $"{_path}: the tensor {name} has {count} elements; at most {Array.MaxLength} can be read.");
        }

        var elements = new T[count];
        ReadElements<T>(name, elements);
        return elements;
    }

    /// <summary>Copies the bytes of a tensor, and verifies its checksum afterwards.</summary>
    /// <exception cref="ModelFileException">It is missing, or cannot be read; or it is damaged, and what was copied is
    /// useless.</exception>
    /// <exception cref="IOException"><paramref name="target"/> fails.</exception>
    public void CopyTo(string name, Stream target)
    {
        if (Check(Entries[IndexOf(name)], target) is string problem)
        {
            throw new ModelFileException($"{_path}: {problem}");
        }
    }

    /// <summary>Verifies the checksum of a tensor.</summary>
    /// <returns>What is wrong, as a sentence; null if it is intact, or the file has no checksums.</returns>
    /// <exception cref="ModelFileException">The file cannot be read.</exception>
    public string? Check(SafeTensorsEntry entry) => Check(entry, Stream.Null);

    /// <summary>Verifies the checksums of all tensors.</summary>
    /// <exception cref="ModelFileException">One is damaged, or the file cannot be read.</exception>
    public void Verify()
    {
        foreach (SafeTensorsEntry entry in Entries)
        {
            CopyTo(entry.Name, Stream.Null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private uint[] ReadChecksums(SafeTensorsEntry entry)
    {
        int count = Entries.Count + 1;
        if (entry.Type != NamedTensor.TypeOf<uint>() || entry.Shape is not [long length] || length != count
            || entry != _header.Entries[^1])
        {
            throw new FormatException(
                $"its last tensor, {SafeTensors.Checksums}, must have the type {NamedTensor.TypeOf<uint>()} and the "
                + $"shape [{count}]");
        }

        var checksums = new uint[count];
        ReadBytes(MemoryMarshal.AsBytes(checksums.AsSpan()), _header.DataStart + entry.Begin);
        return checksums[0] == _header.Checksum ? checksums : throw new FormatException(
            $"its header is damaged: its checksum is {checksums[0]:x8}, but its bytes give {_header.Checksum:x8}");
    }

    private int IndexOf(string name) => _indices.TryGetValue(name, out int index)
        ? index
        : throw new ModelFileException($"{_path}: the tensor {name} is missing.");

    private SafeTensorsEntry Require<T>(string name)
        where T : unmanaged
    {
        SafeTensorsEntry entry = Entries[IndexOf(name)];
        return entry.Type == NamedTensor.TypeOf<T>() ? entry : throw new ModelFileException(
            $"{_path}: the tensor {name} has elements of type {entry.Type}; expected {NamedTensor.TypeOf<T>()}.");
    }

    private void ReadElements<T>(string name, Span<T> elements)
        where T : unmanaged
    {
        int index = IndexOf(name);
        long position = _header.DataStart + Entries[index].Begin;
        uint checksum = ~0u;
        int piece = PieceBytes / Unsafe.SizeOf<T>();
        for (int start = 0; start < elements.Length; start += piece)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(
                elements.Slice(start, Math.Min(piece, elements.Length - start)));
            ReadBytes(bytes, position);
            checksum = Crc32C.Continue(checksum, bytes);
            position += bytes.Length;
        }

        if (ProblemOf(index, ~checksum) is string problem)
        {
            throw new ModelFileException($"{_path}: {problem}");
        }
    }

    private string? Check(SafeTensorsEntry entry, Stream target)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        uint checksum = ~0u;
        for (long done = 0; done < entry.Length;)
        {
            Span<byte> bytes = buffer.AsSpan(0, (int)Math.Min(PieceBytes, entry.Length - done));
            ReadBytes(bytes, _header.DataStart + entry.Begin + done);
            checksum = Crc32C.Continue(checksum, bytes);
            target.Write(bytes);
            done += bytes.Length;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return ProblemOf(IndexOf(entry.Name), ~checksum);
    }

    private string? ProblemOf(int index, uint found) =>
        _checksums is not uint[] checksums || checksums[index + 1] == found ? null
        : $"the tensor {Entries[index].Name} is damaged: its checksum is {checksums[index + 1]:x8}, but its bytes give "
            + $"{found:x8}; restore the file from a copy or train again.";

    private void ReadBytes(Span<byte> bytes, long position)
    {
        try
        {
            _file.Position = position;
            _file.ReadExactly(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"{_path}: cannot be read: {error.Message}", error);
        }
    }
}
