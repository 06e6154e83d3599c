using ShowTell.Layers;

namespace ShowTell.Data;

/// <summary>
/// Image features, one row per image, read on demand so that they may exceed memory. Not thread-safe.
/// </summary>
public interface IFeatureSource : IDisposable
{
    /// <summary>The number of images.</summary>
    int Rows { get; }

    /// <summary>D, the features of an image.</summary>
    int Columns { get; }

    /// <summary>
    /// The regions of an image's feature grid, all included in <see cref="Columns"/>; 1 without a grid.
    /// </summary>
    int Regions => 1;

    /// <summary>Where the features come from, for messages: a file's path, or their creator.</summary>
    string Origin { get; }

    /// <summary>Reads rows in the requested order; duplicates are allowed.</summary>
    /// <param name="rows">Row indices.</param>
    /// <param name="destination">One row for each of <paramref name="rows"/>, <see cref="Columns"/> wide.</param>
    /// <exception cref="DataException">The features cannot be read.</exception>
    void Read(ReadOnlySpan<int> rows, MatrixSpan<float> destination);
}

/// <summary>Features in memory.</summary>
public sealed class MemoryFeatures(Matrix<float> features, string origin = "memory") : IFeatureSource
{
    /// <summary>All features.</summary>
    public Matrix<float> Matrix { get; } = features;

    /// <inheritdoc/>
    public int Rows => Matrix.Rows;

    /// <inheritdoc/>
    public int Columns => Matrix.Columns;

    /// <inheritdoc/>
    public int Regions { get; init; } = 1;

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

/// <summary>Some rows of other features, in any order.</summary>
/// <param name="features">The features, which are disposed of with this.</param>
/// <param name="rows">The rows.</param>
public sealed class SelectedFeatures(IFeatureSource features, int[] rows) : IFeatureSource
{
    private int[] _selected = [];

    /// <inheritdoc/>
    public int Rows => rows.Length;

    /// <inheritdoc/>
    public int Columns => features.Columns;

    /// <inheritdoc/>
    public int Regions => features.Regions;

    /// <inheritdoc/>
    public string Origin => features.Origin;

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<int> indices, MatrixSpan<float> destination)
    {
        ReusedArray.Reserve(ref _selected, indices.Length);
        for (int i = 0; i < indices.Length; i++)
        {
            _selected[i] = rows[indices[i]];
        }

        features.Read(_selected.AsSpan(0, indices.Length), destination);
    }

    /// <inheritdoc/>
    public void Dispose() => features.Dispose();
}
