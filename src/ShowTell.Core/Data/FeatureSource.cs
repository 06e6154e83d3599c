namespace ShowTell.Data;

/// <summary>
/// Image features, one row an image. Rows are read when they are needed, so that features may be larger than memory.
/// Not thread-safe.
/// </summary>
public interface IFeatureSource : IDisposable
{
    /// <summary>Number of images.</summary>
    int Rows { get; }

    /// <summary>Features of an image, D.</summary>
    int Columns { get; }

    /// <summary>Places of an image's grid, whose features <see cref="Columns"/> counts; 1 without a grid.</summary>
    int Places => 1;

    /// <summary>Where the features come from, for messages: a file's path, or what made them.</summary>
    string Origin { get; }

    /// <summary>Reads rows in the order asked for; a row may be asked for several times.</summary>
    /// <param name="rows">Row numbers.</param>
    /// <param name="destination">One row for each of <paramref name="rows"/>, <see cref="Columns"/> wide.</param>
    /// <exception cref="DataException">The features cannot be read.</exception>
    void Read(ReadOnlySpan<int> rows, MatrixSpan<float> destination);
}

/// <summary>Features that lie in memory.</summary>
public sealed class MemoryFeatures(Matrix<float> features, string origin = "memory") : IFeatureSource
{
    /// <summary>All features.</summary>
    public Matrix<float> Matrix { get; } = features;

    /// <inheritdoc/>
    public int Rows => Matrix.Rows;

    /// <inheritdoc/>
    public int Columns => Matrix.Columns;

    /// <inheritdoc/>
    public int Places { get; init; } = 1;

    /// <inheritdoc/>
    public string Origin { get; } = origin;

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<int> rows, MatrixSpan<float> destination)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            Matrix.Row(rows[i]).CopyTo(destination.Row(i));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
