namespace ShowTell.Numerics;

/// <summary>
/// A view of a row-major matrix, or of a block of one: what <see cref="Span{T}"/> is to an array. Rows are contiguous,
/// <see cref="Stride"/> elements apart.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct MatrixSpan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Views contiguous rows.</summary>
    public MatrixSpan(Span<T> elements, int rows, int columns)
        : this(elements, rows, columns, columns)
    {
    }

    /// <summary>Views rows that are <paramref name="stride"/> elements apart.</summary>
    /// <exception cref="ArgumentException">There are too few elements.</exception>
    public MatrixSpan(Span<T> elements, int rows, int columns, int stride)
    {
        MatrixShape.Check(elements.Length, rows, columns, stride);
        Elements = elements;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>The memory from the first element on; rows may have gaps between them.</summary>
    public Span<T> Elements { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>The number of elements from the start of one row to the next.</summary>
    public int Stride { get; }

    /// <summary>One element.</summary>
    public ref T this[int row, int column] => ref Row(row)[column];

    /// <summary>One row.</summary>
    public Span<T> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return Elements.Slice(row * Stride, Columns);
    }

    /// <summary><paramref name="count"/> rows from row <paramref name="start"/> on.</summary>
    public MatrixSpan<T> RowBlock(int start, int count)
    {
        MatrixShape.CheckBlock(start, count, Rows);
        return count == 0 ? new([], 0, Columns) : new(Elements[(start * Stride)..], count, Columns, Stride);
    }

    /// <summary><paramref name="count"/> columns from column <paramref name="start"/> on.</summary>
    public MatrixSpan<T> ColumnBlock(int start, int count)
    {
        MatrixShape.CheckBlock(start, count, Columns);
        return Rows == 0 || count == 0 ? new([], Rows, count) : new(Elements[start..], Rows, count, Stride);
    }

    /// <summary>Sets every element to <paramref name="value"/>.</summary>
    public void Fill(T value)
    {
        for (int i = 0; i < Rows; i++)
        {
            Row(i).Fill(value);
        }
    }

    /// <summary>Sets every element to zero.</summary>
    public void Clear() => Fill(T.Zero);

    /// <summary>Views the same elements, for reading.</summary>
    public static implicit operator ReadOnlyMatrixSpan<T>(MatrixSpan<T> matrix) =>
        new(matrix.Elements, matrix.Rows, matrix.Columns, matrix.Stride);
}

/// <summary>A read-only view of a row-major matrix, or of a block of one.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct ReadOnlyMatrixSpan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Views contiguous rows.</summary>
    public ReadOnlyMatrixSpan(ReadOnlySpan<T> elements, int rows, int columns)
        : this(elements, rows, columns, columns)
    {
    }

    /// <summary>Views rows that are <paramref name="stride"/> elements apart.</summary>
    /// <exception cref="ArgumentException">There are too few elements.</exception>
    public ReadOnlyMatrixSpan(ReadOnlySpan<T> elements, int rows, int columns, int stride)
    {
        MatrixShape.Check(elements.Length, rows, columns, stride);
        Elements = elements;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>The memory from the first element on; rows may have gaps between them.</summary>
    public ReadOnlySpan<T> Elements { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>The number of elements from the start of one row to the next.</summary>
    public int Stride { get; }

    /// <summary>One element.</summary>
    public T this[int row, int column] => Row(row)[column];

    /// <summary>One row.</summary>
    public ReadOnlySpan<T> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return Elements.Slice(row * Stride, Columns);
    }

    /// <summary><paramref name="count"/> rows from row <paramref name="start"/> on.</summary>
    public ReadOnlyMatrixSpan<T> RowBlock(int start, int count)
    {
        MatrixShape.CheckBlock(start, count, Rows);
        return count == 0 ? new([], 0, Columns) : new(Elements[(start * Stride)..], count, Columns, Stride);
    }

    /// <summary><paramref name="count"/> columns from column <paramref name="start"/> on.</summary>
    public ReadOnlyMatrixSpan<T> ColumnBlock(int start, int count)
    {
        MatrixShape.CheckBlock(start, count, Columns);
        return Rows == 0 || count == 0 ? new([], Rows, count) : new(Elements[start..], Rows, count, Stride);
    }

    /// <summary>Copies all elements into a matrix of the same shape.</summary>
    /// <exception cref="ArgumentException">Shapes differ.</exception>
    public void CopyTo(MatrixSpan<T> destination)
    {
        MatrixShape.Require<T>(destination, Rows, Columns, nameof(destination));
        for (int i = 0; i < Rows; i++)
        {
            Row(i).CopyTo(destination.Row(i));
        }
    }
}

/// <summary>Shape checks.</summary>
internal static class MatrixShape
{
    public static void Check(int length, int rows, int columns, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns);
        if (rows > 0 && length < ((long)(rows - 1) * stride) + columns)
        {
            throw new ArgumentException(
                $"{length} elements are too few for {rows} rows of {columns}, {stride} apart.", nameof(length));
        }
    }

    public static void CheckBlock(int start, int count, int available)
    {
        if ((uint)start > (uint)available || (uint)count > (uint)(available - start))
        {
            throw new ArgumentOutOfRangeException(
                nameof(start), $"The range of {count} from {start} on is not within {available}.");
        }
    }

    public static void Require<T>(ReadOnlyMatrixSpan<T> matrix, int rows, int columns, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (matrix.Rows != rows || matrix.Columns != columns)
        {
            throw new ArgumentException(
                $"{name} is {matrix.Rows} x {matrix.Columns}; expected {rows} x {columns}.", name);
        }
    }

    public static void RequireLength(int length, int expected, string name)
    {
        if (length != expected)
        {
            throw new ArgumentException($"{name} has {length} elements; expected {expected}.", name);
        }
    }
}
