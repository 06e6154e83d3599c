namespace ShowTell.Numerics;

/// <summary>
/// A dense row-major matrix that owns its memory. It converts to <see cref="MatrixSpan{T}"/> and
/// <see cref="ReadOnlyMatrixSpan{T}"/>, which functions take, so that blocks of matrices work too.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Matrix<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T[] _elements;

    /// <summary>Creates a matrix of zeros.</summary>
    /// <param name="rows">The number of rows, at least 0.</param>
    /// <param name="columns">The number of columns, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is negative.</exception>
    public Matrix(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        _elements = new T[checked(rows * columns)];
        Rows = rows;
        Columns = columns;
    }

    /// <summary>Creates a matrix from its elements, row by row, without copying the array.</summary>
    /// <exception cref="ArgumentException">The array does not have rows x columns elements.</exception>
    public Matrix(int rows, int columns, T[] elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        if (rows < 0 || columns < 0 || elements.Length != (long)rows * columns)
        {
            throw new ArgumentException(
                $"Expected {rows} x {columns} elements, found {elements.Length}.", nameof(elements));
        }

        _elements = elements;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>The number of rows.</summary>
    public int Rows { get; private set; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; private set; }

    /// <summary>The number of elements: rows times columns.</summary>
    public int Length => Rows * Columns;

    /// <summary>All elements, row by row.</summary>
    public Span<T> Span => _elements.AsSpan(0, Length);

    /// <summary>All elements, row by row, for code that cannot hold a span.</summary>
    public Memory<T> Memory => _elements.AsMemory(0, Length);

    /// <summary>One element.</summary>
    public ref T this[int row, int column] => ref Row(row)[column];

    /// <summary>One row.</summary>
    public Span<T> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return _elements.AsSpan(row * Columns, Columns);
    }

    /// <summary>A view of all of this matrix.</summary>
    public MatrixSpan<T> AsSpan() => new(Span, Rows, Columns);

    /// <summary>A view of <paramref name="count"/> rows from row <paramref name="start"/> on.</summary>
    public MatrixSpan<T> RowBlock(int start, int count) => AsSpan().RowBlock(start, count);

    /// <summary>A copy.</summary>
    public Matrix<T> Clone() => new(Rows, Columns, Span.ToArray());

    /// <summary>Copies the elements of a matrix of the same shape into this one.</summary>
    /// <exception cref="ArgumentException">Shapes differ.</exception>
    public void CopyFrom(ReadOnlyMatrixSpan<T> source) => source.CopyTo(this);

    /// <summary>
    /// Changes the shape; elements become undefined. Allocates only if the matrix never had as many elements.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is negative.</exception>
    public void Reshape(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        Reserve(rows, columns);
        Rows = rows;
        Columns = columns;
    }

    /// <summary>
    /// Reserves memory for a shape, so that smaller ones allocate nothing later. Elements become undefined.
    /// </summary>
    internal void Reserve(int rows, int columns)
    {
        int length = checked(rows * columns);
        if (length > _elements.Length)
        {
            _elements = new T[length];
        }
    }

    /// <summary>Views the whole matrix.</summary>
    public static implicit operator MatrixSpan<T>(Matrix<T> matrix) => matrix.AsSpan();

    /// <summary>Views the whole matrix, for reading.</summary>
    public static implicit operator ReadOnlyMatrixSpan<T>(Matrix<T> matrix) => matrix.AsSpan();

    /// <inheritdoc/>
    public override string ToString() => $"{Rows} x {Columns} {typeof(T).Name}";
}

/// <summary>Creates instances of <see cref="Matrix{T}"/>.</summary>
public static class Matrix
{
    /// <summary>
    /// Evenly spaced elements from <paramref name="first"/> through <paramref name="last"/>, row by row: NumPy's
    /// <c>linspace(first, last, rows * columns).reshape(rows, columns)</c>.
    /// </summary>
    public static Matrix<T> LinSpace<T>(double first, double last, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var matrix = new Matrix<T>(rows, columns);
        Span<T> elements = matrix.Span;
        double step = elements.Length > 1 ? (last - first) / (elements.Length - 1) : 0;
        for (int i = 0; i < elements.Length; i++)
        {
            elements[i] = T.CreateTruncating(first + (step * i));
        }

        if (elements.Length > 1)
        {
            elements[^1] = T.CreateTruncating(last);
        }

        return matrix;
    }

    /// <summary>Independent samples of the normal distribution with mean 0 and the given standard deviation.</summary>
    public static Matrix<T> Normal<T>(SeededRandom random, int rows, int columns, double standardDeviation = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(random);
        var matrix = new Matrix<T>(rows, columns);
        foreach (ref T element in matrix.Span)
        {
            element = T.CreateTruncating(standardDeviation * random.NextNormal());
        }

        return matrix;
    }

    /// <summary>Creates a matrix from rows.</summary>
    /// <exception cref="ArgumentException">The rows differ in length.</exception>
    public static Matrix<T> FromRows<T>(params ReadOnlySpan<T[]> rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int columns = rows.Length > 0 ? rows[0].Length : 0;
        var matrix = new Matrix<T>(rows.Length, columns);
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i].Length != columns)
            {
                throw new ArgumentException(
                    $"Row {i} has {rows[i].Length} elements, but the first row has {columns}.", nameof(rows));
            }

            rows[i].CopyTo(matrix.Row(i));
        }

        return matrix;
    }
}
