namespace ShowTell.Files;

/// <summary>
/// A file of named tensors, open for reading. What its header claims is checked against the file before memory is
/// allocated for it. Not thread-safe.
/// </summary>
public interface ITensorFile : IDisposable
{
    /// <summary>The file's path.</summary>
    string Path { get; }

    /// <summary>All tensors and lists of strings, in ordinal order of their names.</summary>
    /// <exception cref="DataException">The file is damaged.</exception>
    IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Finds a tensor, or a list of strings, by its name; null if there is none.</summary>
    /// <exception cref="DataException">The file is damaged.</exception>
    TensorInfo? Find(string name);

    /// <summary>Reads all elements of a tensor of integers, in row-major order.</summary>
    /// <exception cref="DataException">There is no such tensor, its elements are not integers, do not fit into 32 bits,
    /// take more than 1 GiB, or cannot be read.</exception>
    int[] ReadInt32(string name);

    /// <summary>Reads all elements of a tensor of floating-point numbers, in row-major order, as 32-bit ones.</summary>
    /// <exception cref="DataException">There is no such tensor, its elements are not floating-point numbers, take more
    /// than 1 GiB, or cannot be read.</exception>
    float[] ReadSingle(string name);

    /// <summary>Reads a list of strings, or a single string.</summary>
    /// <exception cref="DataException">There is no such list, its elements are not strings, not UTF-8, too many or too
    /// long, or cannot be read.</exception>
    string[] ReadStrings(string name);

    /// <summary>Opens a tensor of floating-point numbers of two or three dimensions, to read it by rows. The reader
    /// must not outlive the file.</summary>
    /// <exception cref="DataException">There is no such tensor, or it is of another type or rank.</exception>
    IRowReader OpenRows(string name);
}

/// <summary>Reads rows of a tensor of two or three dimensions. Not thread-safe.</summary>
public interface IRowReader : IDisposable
{
    /// <summary>Name, shape and type of the tensor.</summary>
    TensorInfo Info { get; }

    /// <summary>Reads consecutive rows. Once warm, a reader of contiguous floats allocates nothing.</summary>
    /// <param name="start">First row: index of the first dimension.</param>
    /// <param name="destination">As many rows as are to be read, as wide as the product of the other dimensions,
    /// without gaps between them.</param>
    /// <exception cref="DataException">The rows cannot be read.</exception>
    void Read(long start, MatrixSpan<float> destination);
}
