using System.Runtime.InteropServices;

namespace ShowTell.Files;

/// <summary>A tensor to be written to a safetensors file.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The element type in the format's terms: F32, I64, U8 ...</param>
/// <param name="Shape">The dimensions.</param>
internal abstract record NamedTensor(string Name, string Type, long[] Shape)
{
    // Small enough to be in the processor's cache when it is written after its checksum was computed.
    private const int PieceBytes = 1 << 20;

    /// <summary>The size of the elements in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>A tensor of elements in row-major order, which are not copied.</summary>
    /// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="int"/>, <see cref="uint"/>,
    /// <see cref="long"/>, <see cref="ulong"/>, <see cref="ushort"/>, <see cref="byte"/> or <see cref="sbyte"/>.
    /// </typeparam>
    /// <exception cref="ArgumentException">Shape and number of elements are incompatible.</exception>
    public static NamedTensor Of<T>(string name, long[] shape, ReadOnlyMemory<T> elements)
        where T : unmanaged =>
        shape.Aggregate((Int128)1, (product, size) => product * size) == elements.Length
            ? new Elements<T>(name, shape, elements)
            : throw new ArgumentException(
                $"{elements.Length} elements do not fill {name} ({string.Join(" x ", shape)}).", nameof(elements));

    /// <summary>The format's name for a type of elements.</summary>
    public static string TypeOf<T>()
        where T : unmanaged => default(T) switch
        {
            float => "F32",
            double => "F64",
            int => "I32",
            uint => "U32",
            long => "I64",
            ulong => "U64",
            ushort => "U16",
            byte => "U8",
            sbyte => "I8",
            _ => throw new NotSupportedException($"Cannot write tensors of {typeof(T)}."),
        };

    /// <summary>Writes the elements.</summary>
    /// <returns>Their CRC-32C.</returns>
    public abstract uint WriteTo(Stream stream);

    private sealed record Elements<T>(string Name, long[] Shape, ReadOnlyMemory<T> Values)
        : NamedTensor(Name, TypeOf<T>(), Shape)
        where T : unmanaged
    {
        public override long Length => Values.Length * (long)Unsafe.SizeOf<T>();

        public override uint WriteTo(Stream stream)
        {
            uint checksum = ~0u;
            int piece = PieceBytes / Unsafe.SizeOf<T>();
            for (int start = 0; start < Values.Length; start += piece)
            {
                ReadOnlySpan<T> values = Values.Span.Slice(start, Math.Min(piece, Values.Length - start));
                checksum = Crc32C.Continue(checksum, MemoryMarshal.AsBytes(values));
                SafeTensors.WriteElements(stream, values);
            }

            return ~checksum;
        }
    }
}
