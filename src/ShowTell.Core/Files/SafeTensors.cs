using System.Runtime.InteropServices;

namespace ShowTell.Files;

/// <summary>
/// Writes model files and checkpoints: safetensors files whose last tensor, <see cref="Checksums"/>, has the CRC-32C of
/// the header and of every other tensor. <see cref="SafeTensorsReader"/> reads them.
/// </summary>
internal static class SafeTensors
{
    /// <summary>
    /// The tensor of the checksums: uint32, one dimension; first that of the header's bytes (its length, the JSON, its
    /// padding), then those of the tensors in the order of their bytes.
    /// </summary>
    public const string Checksums = "checksums";

    /// <summary>The length of a file's header.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="tensors">The tensors.</param>
    /// <exception cref="ModelFileException">The file could not be read again: its header is too large.</exception>
    public static long HeaderLength(
        IReadOnlyDictionary<string, string> metadata, IReadOnlyList<NamedTensor> tensors) =>
        Header(metadata, InFileOrder(tensors), SafeTensorsLimits.Models).Length - 8;

    /// <summary>Writes a file, the tensors of the largest elements first, so that all are aligned.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="metadata">The metadata.</param>
    /// <param name="tensors">The tensors, with distinct names.</param>
    /// <param name="limits">What the header may take; null for the limits of model files.</param>
    /// <exception cref="ModelFileException">The header is too large; nothing was written.</exception>
    public static void Write(
        Stream stream,
        IReadOnlyDictionary<string, string> metadata,
        IReadOnlyList<NamedTensor> tensors,
        SafeTensorsLimits? limits = null)
    {
        NamedTensor[] ordered = InFileOrder(tensors);
        byte[] header = Header(metadata, ordered, limits ?? SafeTensorsLimits.Models);
        stream.Write(header);
        uint[] checksums = [Crc32C.Of(header), .. ordered.Select(tensor => tensor.WriteTo(stream))];
        WriteElements<uint>(stream, checksums);
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

    private static NamedTensor[] InFileOrder(IReadOnlyList<NamedTensor> tensors) =>
        [.. tensors.OrderByDescending(tensor => SafeTensorsEntry.SizeOf(tensor.Type))];

    private static byte[] Header(
        IReadOnlyDictionary<string, string> metadata, NamedTensor[] ordered, SafeTensorsLimits limits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ordered.Length, limits.Entries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(metadata.Count, limits.Entries);
        var entries = new List<SafeTensorsEntry>();
        long position = 0;
        foreach (NamedTensor tensor in ordered)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(tensor.Shape.Length, limits.Rank);
            entries.Add(new(tensor.Name, tensor.Type, tensor.Shape, position, position += tensor.Length));
        }

        int count = ordered.Length + 1;
        entries.Add(new(Checksums, "U32", [count], position, position + (count * sizeof(uint))));
        byte[] header = SafeTensorsHeader.Encode(metadata, entries);
        return header.Length - 8 <= limits.HeaderBytes ? header : throw new ModelFileException(
            $"the model file's header would take {header.Length - 8} bytes; the limit is {limits.HeaderBytes}. The "
            + "vocabulary takes most of it: keep fewer words, with --vocabulary N or --min-count N.");
    }
}
