namespace ShowTell.Backbones;

/// <summary>A tensor of a network, as its file declares it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">Type of its elements as ONNX calls it, such as <c>float32</c>, <c>float16</c> or
/// <c>uint8</c>.</param>
/// <param name="Shape">Its dimensions, -1 where any is accepted; null if the file declares none.</param>
public sealed record BackboneTensor(string Name, string ElementType, IReadOnlyList<long>? Shape)
{
    /// <summary>Names of types by their number in ONNX.</summary>
    private static readonly string[] s_types =
    [
        "unknown type", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16",
        "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8", "float8", "float8", "float8",
        "uint4", "int4", "float4",
    ];

    /// <summary>Number of dimensions; -1 if unknown.</summary>
    public int Rank => Shape?.Count ?? -1;

    /// <summary>Whether a photo may be such a tensor: four dimensions, or unknown ones, of numbers that can be made of
    /// pixels.</summary>
    internal bool MayBePhoto =>
        Rank is 4 or -1 && ElementType is "float32" or "float16" or "bfloat16" or "float64" or "uint8";

    /// <summary>Such as <c>image (n x 3 x 224 x 224)</c>, with the type if it is not float32.</summary>
    public override string ToString()
    {
        string shape = Shape is null ? "of unknown shape" : ShapeText(Shape);
        return $"{Name} ({shape}{(ElementType == "float32" ? "" : $", {ElementType}")})";
    }

    /// <summary>A shape as text, with n where any size is accepted.</summary>
    internal static string ShapeText(IEnumerable<long> shape) => string.Join(
        " x ", shape.Select(size => size > 0 ? size.ToString(CultureInfo.InvariantCulture) : "n"));

    /// <summary>The name of a type by its number in ONNX.</summary>
    internal static string TypeName(int type) => type > 0 && type < s_types.Length ? s_types[type] : s_types[0];

    internal static BackboneTensor Of(OnnxValueInfo value)
    {
        OnnxTensorType? type = value.Type?.TensorType;
        return new BackboneTensor(
            value.Name,
            TypeName(type?.ElemType ?? 0),
            type?.Shape is null ? null : [.. type.Shape.Dim.Select(size => size.DimValue > 0 ? size.DimValue : -1)]);
    }
}
