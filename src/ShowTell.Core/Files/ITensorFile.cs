namespace ShowTell.Files;

/// <summary>
/// A file of named tensors, open for reading. The header is checked against the file before memory is allocated. Not
/// thread-safe.
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
    /// <exception cref="DataException">The tensor is missing, not of integers that fit into 32 bits, larger than 1 GiB,
    /// or unreadable.</exception>
    int[] ReadInt32(string name);

    /// <summary>Reads all elements of a floating-point tensor, in row-major order, as float32.</summary>
    /// <exception cref="DataException">The tensor is missing, not floating-point, larger than 1 GiB, or
    /// unreadable.</exception>
    float[] ReadSingle(string name);

    /// <summary>Reads a list of strings, or a single string.</summary>
    /// <exception cref="DataException">The list is missing, not of UTF-8 strings, too large, or unreadable.</exception>
    string[] ReadStrings(string name);

    /// <summary>
    /// Opens a floating-point tensor of two or three dimensions to read it by rows. The reader must not outlive the
    /// file.
    /// </summary>
    /// <exception cref="DataException">The tensor is missing, or of another type or rank.</exception>
    IRowReader OpenRows(string name);
}

/// <summary>Reads rows of a tensor of two or three dimensions. Not thread-safe.</summary>
public interface IRowReader : IDisposable
{
    /// <summary>The name, shape and type of the tensor.</summary>
    TensorInfo Info { get; }

    /// <summary>Reads consecutive rows. Once warm, reading contiguous floats allocates nothing.</summary>
    /// <param name="start">The first row: an index of the first dimension.</param>
    /// <param name="destination">The rows to read, contiguous, as wide as the product of the other dimensions.</param>
    /// <exception cref="DataException">The rows cannot be read.</exception>
    void Read(long start, MatrixSpan<float> destination);
}
