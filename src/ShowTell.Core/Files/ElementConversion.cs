using System.Runtime.InteropServices;

namespace ShowTell.Files;

/// <summary>Converts elements from the type and byte order of a file.</summary>
internal static class ElementConversion
{
    /// <summary>The size of an element in bytes; 0 for an unsupported type.</summary>
    /// <param name="type">As in <see cref="TensorInfo.ElementType"/>.</param>
    public static int SizeOf(string type) => type switch
    {
        "int8" or "uint8" => 1,
        "int16" or "uint16" or "float16" or "bfloat16" => 2,
        "int32" or "uint32" or "float32" => 4,
        "int64" or "uint64" or "float64" => 8,
        _ => 0,
    };

    /// <summary>Converts numbers to 32-bit floating point.</summary>
    /// <param name="bytes">The elements as in the file; may be overwritten.</param>
    /// <param name="type">Their type.</param>
    /// <param name="isBigEndian">Whether an element's first byte is its most significant one.</param>
    /// <param name="target">Receives the numbers; may alias <paramref name="bytes"/> if both are float32.</param>
    public static void ToSingle(Span<byte> bytes, string type, bool isBigEndian, Span<float> target)
    {
        Reverse(bytes, SizeOf(type), isBigEndian);
        switch (type)
        {
            case "float32":
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(target);
                break;
            case "float16":
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), target);
                break;
            case "float64":
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(bytes), target);
                break;
            case "bfloat16":
                Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < halves.Length; i++)
                {
                    target[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
                }

                break;
            case "int8":
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, sbyte>(bytes), target);
                break;
            case "uint8":
                TensorPrimitives.ConvertTruncating<byte, float>(bytes, target);
                break;
            case "int16":
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, short>(bytes), target);
                break;
            case "uint16":
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ushort>(bytes), target);
                break;
            case "int32":
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, int>(bytes), target);
                break;
            case "uint32":
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, uint>(bytes), target);
                break;
            case "int64":
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, long>(bytes), target);
                break;
            case "uint64":
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ulong>(bytes), target);
                break;
            default:
                throw new NotSupportedException($"Expected numbers, not {type}.");
        }
    }

    /// <summary>Converts integers, which may be stored as floating-point numbers.</summary>
    /// <returns>The first element that is no integer of 32 bits, as text; null if all are.</returns>
    /// <inheritdoc cref="ToSingle"/>
    public static string? ToInt32(Span<byte> bytes, string type, bool isBigEndian, Span<int> target)
    {
        Reverse(bytes, SizeOf(type), isBigEndian);
        return type switch
        {
            "int8" => Narrow<sbyte>(bytes, target),
            "uint8" => Narrow<byte>(bytes, target),
            "int16" => Narrow<short>(bytes, target),
            "uint16" => Narrow<ushort>(bytes, target),
            "int32" => Narrow<int>(bytes, target),
            "uint32" => Narrow<uint>(bytes, target),
            "int64" => Narrow<long>(bytes, target),
            "uint64" => Narrow<ulong>(bytes, target),
            "float16" or "bfloat16" or "float32" => Narrow<float>(Singles(bytes, type, target.Length), target),
            "float64" => Narrow<double>(bytes, target),
            _ => throw new NotSupportedException($"Expected numbers, not {type}."),
        };
    }

    private static Span<byte> Singles(Span<byte> bytes, string type, int count)
    {
        float[] numbers = new float[count];
        ToSingle(bytes, type, isBigEndian: !BitConverter.IsLittleEndian, numbers);
        return MemoryMarshal.AsBytes(numbers.AsSpan());
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

    /// <summary>Converts elements to this machine's byte order.</summary>
    public static void Reverse(Span<byte> bytes, int size, bool isBigEndian)
    {
        for (int i = 0; size > 1 && isBigEndian == BitConverter.IsLittleEndian && i < bytes.Length; i += size)
        {
            bytes.Slice(i, size).Reverse();
        }
    }
}
