using System.Runtime.InteropServices;

namespace ShowTell.Files;

/// <summary>Converts elements from the type and byte order of a file.</summary>
internal static class ElementConversion
{
    private static readonly Dictionary<string, Conversion> s_types = new(StringComparer.Ordinal)
    {
        ["int8"] = Of<sbyte>(1),
        ["uint8"] = Of<byte>(1),
        ["int16"] = Of<short>(2),
        ["uint16"] = Of<ushort>(2),
        ["int32"] = Of<int>(4),
        ["uint32"] = Of<uint>(4),
        ["int64"] = Of<long>(8),
        ["uint64"] = Of<ulong>(8),
        ["float16"] = Of<Half>(2),
        ["float32"] = Of<float>(4),
        ["float64"] = Of<double>(8),
        ["bfloat16"] = new(2, WidenBFloat16, (bytes, target) =>
        {
            var numbers = new float[target.Length];
            WidenBFloat16(bytes, numbers);
            return Narrow<float>(MemoryMarshal.AsBytes(numbers.AsSpan()), target);
        }),
    };

    private delegate void ToSingles(Span<byte> bytes, Span<float> target);

    private delegate string? ToIntegers(Span<byte> bytes, Span<int> target);

    /// <summary>The size of an element in bytes; 0 for an unsupported type.</summary>
    /// <param name="type">As in <see cref="TensorInfo.ElementType"/>.</param>
    public static int SizeOf(string type) => s_types.TryGetValue(type, out Conversion? found) ? found.Bytes : 0;

    /// <summary>Converts numbers to 32-bit floating point.</summary>
    /// <param name="bytes">The elements as in the file; may be overwritten.</param>
    /// <param name="type">Their type, which must be supported.</param>
    /// <param name="isBigEndian">Whether an element's first byte is its most significant one.</param>
    /// <param name="target">Receives the numbers; may alias <paramref name="bytes"/> if both are float32.</param>
    public static void ToSingle(Span<byte> bytes, string type, bool isBigEndian, Span<float> target)
    {
        Reverse(bytes, SizeOf(type), isBigEndian);
        s_types[type].ToSingle(bytes, target);
    }

    /// <summary>Converts integers, which may be stored as floating-point numbers.</summary>
    /// <returns>The first element that is no integer of 32 bits, as text; null if all are.</returns>
    /// <inheritdoc cref="ToSingle"/>
    public static string? ToInt32(Span<byte> bytes, string type, bool isBigEndian, Span<int> target)
    {
        Reverse(bytes, SizeOf(type), isBigEndian);
        return s_types[type].ToInt32(bytes, target);
    }

    /// <summary>Converts elements to this machine's byte order.</summary>
    public static void Reverse(Span<byte> bytes, int size, bool isBigEndian)
    {
        for (int i = 0; size > 1 && isBigEndian == BitConverter.IsLittleEndian && i < bytes.Length; i += size)
        {
            bytes.Slice(i, size).Reverse();
        }
    }

    private static Conversion Of<T>(int bytes)
        where T : unmanaged, INumber<T> => new(bytes, Widen<T>, Narrow<T>);

    private static void Widen<T>(Span<byte> bytes, Span<float> target)
        where T : unmanaged, INumber<T> =>
        TensorPrimitives.ConvertTruncating<T, float>(MemoryMarshal.Cast<byte, T>(bytes), target);

    private static void WidenBFloat16(Span<byte> bytes, Span<float> target)
    {
        Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(bytes);
        for (int i = 0; i < halves.Length; i++)
        {
            target[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
        }
    }

    private static string? Narrow<T>(Span<byte> bytes, Span<int> target)
        where T : unmanaged, INumber<T>
    {
        Span<T> elements = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < elements.Length; i++)
        {
            if (!T.IsInteger(elements[i]))
            {
                return FormattableString.Invariant($"element {i} is {elements[i]}, which is not an integer");
            }

            int value = int.CreateSaturating(elements[i]);
            if (long.CreateSaturating(elements[i]) != value)
            {
                return FormattableString.Invariant($"element {i} is {elements[i]}, which does not fit into 32 bits");
            }

            target[i] = value;
        }

        return null;
    }

    private sealed record Conversion(int Bytes, ToSingles ToSingle, ToIntegers ToInt32);
}
