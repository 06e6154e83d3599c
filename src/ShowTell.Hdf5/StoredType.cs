using System.Reflection;
using PureHDF;
using PureHDF.VOL.Native;

namespace ShowTell.Hdf5;

/// <summary>How a dataset's elements are stored.</summary>
/// <param name="ElementType">The element type, as in <see cref="Files.TensorInfo.ElementType"/>.</param>
/// <param name="Bytes">The size of an element in bytes.</param>
/// <param name="IsBigEndian">Whether elements are big-endian.</param>
internal sealed record StoredType(string ElementType, int Bytes, bool IsBigEndian)
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    // In the order of H5DataTypeClass.
    private static readonly string[] s_classes =
    [
        "non-standard integer", "non-standard float", "time", "string", "bit field", "opaque", "compound", "reference",
        "enumeration", "variable-length", "array",
    ];

    // Bits; position and size of the exponent; size of the mantissa, whose position is 0; the exponent's bias.
    private static readonly (string Name, int Bits, int Position, int Size, int Mantissa, int Bias)[] s_floats =
    [
        ("float16", 16, 10, 5, 10, 15), ("bfloat16", 16, 7, 8, 7, 127), ("float32", 32, 23, 8, 23, 127),
        ("float64", 64, 52, 11, 52, 1023),
    ];

    /// <summary>The stored type of a dataset.</summary>
    public static StoredType Of(NativeDataset dataset)
    {
        object bits = Internal(Internal(dataset, "InternalDataType")!, "BitField")!;
        int kind = (int)dataset.Type.Class;
        if (dataset.Type.Size <= 0)
        {
            throw new InvalidDataException($"its elements have {(uint)dataset.Type.Size} bytes each");
        }

        bool isVariable = dataset.Type.Class == H5DataTypeClass.VariableLength
            && Internal(bits, "Type")!.ToString() == "String";
        return new StoredType(
            isVariable ? "string" : NumberType(dataset, bits) ?? s_classes.ElementAtOrDefault(kind) ?? "unknown type",
            dataset.Type.Size,
            bits.GetType().GetProperty("ByteOrder", Members)?.GetValue(bits)?.ToString() == "BigEndian");
    }

    /// <summary>
    /// Reads an internal property of PureHDF, whose version is pinned. Another version causes an exception, never a
    /// skipped check.
    /// </summary>
    public static object? Internal(object target, string member) =>
        (target.GetType().GetProperty(member, Members)
            ?? throw new NotSupportedException($"{target.GetType()} has no {member}: PureHDF 2.2.0 is needed"))
        .GetValue(target);

    private static string? NumberType(NativeDataset dataset, object bits)
    {
        if (dataset.Type.Class is not (H5DataTypeClass.FixedPoint or H5DataTypeClass.FloatingPoint))
        {
            return null;
        }

        int size = dataset.Type.Size * 8;
        string layout = ((object[])Internal(Internal(dataset, "InternalDataType")!, "Properties")!)[0].ToString()!;
        string whole = $"{{ BitOffset = 0, BitPrecision = {size}";
        if (dataset.Type.Class == H5DataTypeClass.FixedPoint)
        {
            return size is 8 or 16 or 32 or 64 && layout.Contains($"{whole} }}", StringComparison.Ordinal)
                ? $"{(dataset.Type.FixedPoint.IsSigned ? "" : "u")}int{size}"
                : null;
        }

        bool isIeee = Internal(bits, "MantissaNormalization")!.ToString() == "MsbIsNotStoredButImplied"
            && (byte)Internal(bits, "SignLocation")! == size - 1
            && Internal(bits, "ByteOrder")!.ToString() != "VaxEndian";
        return isIeee
            ? s_floats.FirstOrDefault(type => type.Bits == size && layout.Contains(
                $"{whole}, ExponentLocation = {type.Position}, ExponentSize = {type.Size}, MantissaLocation = 0, "
                + $"MantissaSize = {type.Mantissa}, ExponentBias = {type.Bias} }}", StringComparison.Ordinal)).Name
            : null;
    }
}
