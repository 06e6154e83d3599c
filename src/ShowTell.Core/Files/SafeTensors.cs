using System.Runtime.InteropServices;

namespace ShowTell.Files;

/// <summary>A tensor in a safetensors file: name, shape, and elements in row-major order.</summary>
internal sealed record NamedTensor(string Name, long[] Shape, ReadOnlyMemory<float> Elements)
{
    /// <summary>The elements of a tensor of bytes, instead of <see cref="Elements"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Whether the elements are bytes.</summary>
    public bool IsBytes => Elements.IsEmpty && !Bytes.IsEmpty;

    /// <summary>The size of the elements in bytes.</summary>
    public long ByteCount => IsBytes ? Bytes.Length : sizeof(float) * (long)Elements.Length;
}

/// <summary>Reads and writes whole safetensors files of 32-bit floats and bytes, such as models.</summary>
internal static class SafeTensors
{
    private const string FloatType = "F32";
    private const string ByteType = "U8";

    /// <summary>
    /// Writes tensors and metadata. Tensors of bytes must be last, to keep floats aligned to four bytes.
    /// </summary>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<NamedTensor> tensors)
    {
        long position = 0;
        SafeTensorsHeader.Write(stream, metadata, tensors.Select(tensor => new SafeTensorsEntry(
            tensor.Name,
            tensor.IsBytes ? ByteType : FloatType,
            tensor.Shape,
            position,
            position += tensor.ByteCount)));
        foreach (NamedTensor tensor in tensors)
        {
            stream.Write(tensor.Bytes.Span);
            WriteElements(stream, tensor.Elements.Span);
        }
    }

    /// <summary>Writes elements in little-endian order.</summary>
    public static void WriteElements<T>(Stream stream, ReadOnlySpan<T> elements)
        where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Tensor files can only be written on little-endian machines.");
        }

        // In pieces whose bytes fit into a span.
        const int piece = 1 << 26;
        for (int start = 0; start < elements.Length; start += piece)
        {
            stream.Write(MemoryMarshal.AsBytes(elements.Slice(start, Math.Min(piece, elements.Length - start))));
        }
    }

    /// <summary>Reads metadata and all tensors; tensors of bytes are empty unless requested.</summary>
    /// <exception cref="ModelFileException">The file is missing or damaged.</exception>
    public static (IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, NamedTensor> Tensors) Read(
        string path, bool withBytes = true)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            SafeTensorsHeader header = SafeTensorsHeader.Read(stream);
            var tensors = header.Entries.ToDictionary(
                entry => entry.Name,
                entry => withBytes || entry.Type != ByteType
                    ? ReadTensor(stream, header.DataStart, entry, path)
                    : new NamedTensor(entry.Name, entry.Shape, default),
                StringComparer.Ordinal);
            return (header.Metadata, tensors);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"{path}: cannot be read: {error.Message}", error);
        }
        catch (FormatException error)
        {
            throw new ModelFileException($"{path}: is not an intact safetensors file: {error.Message}.", error);
        }
    }

    /// <summary>Copies the bytes of a tensor of bytes.</summary>
    /// <exception cref="FormatException">The file is damaged, or has no such tensor.</exception>
    /// <exception cref="IOException">The file or <paramref name="target"/> fails.</exception>
    public static void CopyBytes(string path, string tensor, Stream target)
    {
        using FileStream stream = File.OpenRead(path);
        SafeTensorsHeader header = SafeTensorsHeader.Read(stream);
        SafeTensorsEntry entry = header.Entries.FirstOrDefault(entry => entry.Name == tensor && entry.Type == ByteType)
            ?? throw new FormatException($"it has no bytes named {tensor}");
        StreamPart.Copy(stream, header.DataStart + entry.Begin, entry.End - entry.Begin, target);
    }

    private static NamedTensor ReadTensor(FileStream stream, long dataStart, SafeTensorsEntry entry, string path)
    {
        if (entry.Type is not (FloatType or ByteType))
        {
            throw new ModelFileException(
                $"{path}: tensor {entry.Name} has elements of type {entry.Type}; expected {FloatType}.");
        }

        long count = (entry.End - entry.Begin) / SafeTensorsEntry.SizeOf(entry.Type);
        if (count > Array.MaxLength)
        {
            throw new FormatException($"tensor {entry.Name} has {count} elements, too many for an array");
        }

        stream.Position = dataStart + entry.Begin;
        if (entry.Type == ByteType)
        {
            var bytes = new byte[count];
            stream.ReadExactly(bytes);
            return new NamedTensor(entry.Name, entry.Shape, default) { Bytes = bytes };
        }

        var elements = new float[count];
        stream.ReadExactly(MemoryMarshal.AsBytes(elements.AsSpan()));
        return new NamedTensor(entry.Name, entry.Shape, elements);
    }
}
