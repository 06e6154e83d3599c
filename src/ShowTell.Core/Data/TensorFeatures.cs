using ShowTell.Files;
using ShowTell.Layers;

namespace ShowTell.Data;

/// <summary>
/// Features in a tensor file, one row per image. Rows are read sorted, and neighbors together, so that each chunk is
/// decoded once per batch. Reading contiguous 32-bit or 16-bit floats allocates nothing once warm.
/// </summary>
public sealed class TensorFeatures : IFeatureSource
{
    private readonly ITensorFile _file;
    private readonly IRowReader _rows;
    private int[] _sorted = [];
    private int[] _order = [];

    private TensorFeatures(ITensorFile file, IRowReader rows)
    {
        _file = file;
        _rows = rows;
        Rows = (int)rows.Info.Shape[0];
        Columns = (int)rows.Info.RowLength;
        Regions = rows.Info.Shape.Count > 2 ? (int)rows.Info.Shape[1] : 1;
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <summary>The features of an image, region by region.</summary>
    public int Columns { get; }

    /// <inheritdoc/>
    public int Regions { get; }

    /// <summary>The file's path.</summary>
    public string Origin => _file.Path;

    /// <summary>Opens features.</summary>
    /// <param name="path">A tensor file.</param>
    /// <param name="name">A floating-point tensor: rows x columns, or rows x regions x columns.</param>
    /// <exception cref="DataException">The file or tensor is missing, damaged, empty, or of the wrong type or
    /// shape.</exception>
    public static TensorFeatures Open(string path, string name = "features")
    {
        ITensorFile file = TensorFormats.Open(path);
        try
        {
            IRowReader rows = file.OpenRows(name);
            return rows.Info.ElementCount.IsZero
                ? throw new DataException($"{path}: {rows.Info}: holds no features.")
                : new TensorFeatures(file, rows);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<int> rows, MatrixSpan<float> destination)
    {
        MatrixShape.Require<float>(destination, rows.Length, Columns, nameof(destination));
        Sort(rows);
        bool hasGaps = destination.Stride != Columns;
        for (int i = 0, run; i < rows.Length; i += run)
        {
            run = hasGaps ? 1 : RunLength(i, rows.Length);
            _rows.Read(_sorted[i], destination.RowBlock(_order[i], run));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _file.Dispose();
    }

    private void Sort(ReadOnlySpan<int> rows)
    {
        ReusedArray.Reserve(ref _sorted, rows.Length);
        ReusedArray.Reserve(ref _order, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rows[i], (uint)Rows, nameof(rows));
            _sorted[i] = rows[i];
            _order[i] = i;
        }

        Array.Sort(_sorted, _order, 0, rows.Length);
    }

    // The number of rows that are consecutive both in the file and in the destination.
    private int RunLength(int first, int count)
    {
        int run = 1;
        while (first + run < count
            && _sorted[first + run] == _sorted[first] + run
            && _order[first + run] == _order[first] + run)
        {
            run++;
        }

        return run;
    }
}
