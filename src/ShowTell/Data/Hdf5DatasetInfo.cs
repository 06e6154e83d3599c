using System.Globalization;
using System.Numerics;
using ShowTell.Interop;

namespace ShowTell.Data;

/// <summary>What a dataset of an HDF5 file is.</summary>
/// <param name="Name">Its path inside the file, without a leading slash.</param>
/// <param name="Shape">Its dimensions; none for a scalar.</param>
/// <param name="ElementType">Type of its elements: <c>int32</c>, <c>uint8</c>,
/// <c>float32</c>, <c>string</c> ...</param>
public sealed record Hdf5DatasetInfo(string Name, IReadOnlyList<long> Shape, string ElementType)
{
    // In the order of H5T_class_t.
    private static readonly string[] ClassNames =
    [
        "int", "float", "time", "string", "bit field", "opaque", "compound", "reference", "enumeration",
        "variable-length", "array",
    ];

    /// <summary>Whether elements are integers, signed or unsigned.</summary>
    public bool IsInteger =>
        ElementType.StartsWith("int", StringComparison.Ordinal)
        || ElementType.StartsWith("uint", StringComparison.Ordinal);

    /// <summary>Whether elements are floating-point numbers.</summary>
    public bool IsFloat => ElementType.StartsWith("float", StringComparison.Ordinal);

    /// <summary>Whether elements are strings, of fixed or variable length.</summary>
    public bool IsString => ElementType == ClassNames[Hdf5Native.ClassString];

    /// <summary>Name, shape and type, such as <c>features (5997 x 512 float32)</c>.</summary>
    public override string ToString() => $"{Name} ({ShapeText}{(Shape.Count > 0 ? " " : "")}{ElementType})";

    internal string ShapeText =>
        string.Join(" x ", Shape.Select(length => length.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Number of elements, which a damaged header can make larger than 64 bits hold.</summary>
    internal BigInteger ElementCount => Shape.Aggregate(BigInteger.One, (product, length) => product * length);

    /// <summary>Asks libhdf5. The caller holds its lock.</summary>
    internal static Hdf5DatasetInfo Of(Hdf5Handle dataset, string name, string path)
    {
        using Hdf5Handle space = Hdf5Native.H5Dget_space(dataset);
        using Hdf5Handle type = Hdf5Native.H5Dget_type(dataset);
        if (space.IsInvalid || type.IsInvalid)
        {
            throw Hdf5Library.Failure($"{path}: the header of dataset \"{name}\" cannot be read");
        }

        return new Hdf5DatasetInfo(name, ShapeOf(space, name, path), Describe(type));
    }

    private static unsafe long[] ShapeOf(Hdf5Handle space, string name, string path)
    {
        int rank = Hdf5Native.H5Sget_simple_extent_ndims(space);
        if (rank is < 0 or > Hdf5Native.MaxRank)
        {
            throw Hdf5Library.Failure($"{path}: the shape of dataset \"{name}\" cannot be read");
        }

        if (Hdf5Native.H5Sget_simple_extent_type(space) == Hdf5Native.SpaceNull)
        {
            return [0];
        }

        var dimensions = stackalloc ulong[Hdf5Native.MaxRank];
        if (Hdf5Native.H5Sget_simple_extent_dims(space, dimensions, null) < 0)
        {
            throw Hdf5Library.Failure($"{path}: the shape of dataset \"{name}\" cannot be read");
        }

        var shape = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            shape[i] = (long)Math.Min(dimensions[i], long.MaxValue);
        }

        return shape;
    }

    private static string Describe(Hdf5Handle type)
    {
        int typeClass = Hdf5Native.H5Tget_class(type);
        ulong bits = Hdf5Native.H5Tget_size(type) * 8;
        return typeClass switch
        {
            Hdf5Native.ClassInteger => Hdf5Native.H5Tget_sign(type) == 0 ? $"uint{bits}" : $"int{bits}",
            Hdf5Native.ClassFloat => $"float{bits}",
            _ => (uint)typeClass < (uint)ClassNames.Length ? ClassNames[typeClass] : "unknown type",
        };
    }
}
