namespace ShowTell.Files;

/// <summary>The name, shape and type of a tensor in a file.</summary>
/// <param name="Name">The name, or the path through groups without a leading slash.</param>
/// <param name="Shape">The dimensions; none for a scalar.</param>
/// <param name="ElementType">The element type: <c>int32</c>, <c>uint8</c>, <c>float32</c>, <c>string</c> ...</param>
public sealed record TensorInfo(string Name, IReadOnlyList<long> Shape, string ElementType)
{
    /// <summary>The <see cref="ElementType"/> of strings, of fixed or variable length.</summary>
    public const string StringType = "string";

    /// <summary>Whether elements are integers, signed or unsigned.</summary>
    public bool IsInteger => ElementType
        is "int8" or "int16" or "int32" or "int64" or "uint8" or "uint16" or "uint32" or "uint64";

    /// <summary>Whether elements are floating-point numbers of a supported type.</summary>
    public bool IsFloat => ElementType is "float16" or "bfloat16" or "float32" or "float64";

    /// <summary>Whether elements are numbers of a supported type.</summary>
    public bool IsNumber => IsInteger || IsFloat;

    /// <summary>Whether elements are strings.</summary>
    public bool IsString => ElementType == StringType;

    /// <summary>The number of elements; a damaged header can specify more than 64 bits hold.</summary>
    public BigInteger ElementCount => Product(Shape);

    /// <summary>The number of elements per row, an index of the first dimension.</summary>
    public BigInteger RowLength => Product(Shape.Skip(1));

    /// <summary>Name, shape and type, such as <c>features (5997 x 512 float32)</c>.</summary>
    public override string ToString()
    {
        string shape = string.Join(" x ", Shape.Select(length => length.ToString(CultureInfo.InvariantCulture)));
        return $"{Name} ({shape}{(Shape.Count > 0 ? " " : "")}{ElementType})";
    }

    private static BigInteger Product(IEnumerable<long> sizes) =>
        sizes.Aggregate(BigInteger.One, (product, size) => product * size);
}
