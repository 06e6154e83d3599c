using System.Runtime.InteropServices;
using ShowTell.Numerics;

namespace ShowTell.Data;

/// <summary>
/// Features in a dataset of an HDF5 file, one row an image. Rows are read as they are asked for, sorted, so that a
/// chunk is decoded once a batch, and neighbours in one piece. Once warm, reading a batch no larger than the one before
/// allocates nothing.
/// </summary>
public sealed class Hdf5Features : IFeatureSource
{
    private readonly Hdf5File _file;
    private readonly Hdf5Dataset _dataset;
    private int[] _sorted = [];
    private int[] _order = [];

    private Hdf5Features(Hdf5File file, Hdf5Dataset dataset)
    {
        _file = file;
        _dataset = dataset;
        Rows = (int)dataset.Info.Shape[0];
        Columns = (int)dataset.Info.Shape[1];
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <summary>The file's path.</summary>
    public string Origin => _file.Path;

    /// <summary>Opens features.</summary>
    /// <param name="path">An HDF5 file.</param>
    /// <param name="name">The dataset: rows x columns, of floating-point numbers.</param>
    /// <exception cref="DataException">The file or the dataset is missing, damaged, of another type
    /// or shape, or empty.</exception>
    /// <exception cref="NativeLibraryMissingException">libhdf5 is not on this machine.</exception>
    public static Hdf5Features Open(string path, string name = "features")
    {
        Hdf5File file = Hdf5File.Open(path);
        Hdf5Dataset? dataset = null;
        try
        {
            dataset = file.OpenDataset(name);
            dataset.RequireFloat();
            dataset.RequireRank(2);
            return dataset.Info.ElementCount.IsZero
                ? throw new DataException($"{dataset.Described}: holds no features.")
                : new Hdf5Features(file, dataset);
        }
        catch
        {
            dataset?.Dispose();
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
            ReadRun(_sorted[i], destination.RowBlock(_order[i], run));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _dataset.Dispose();
        _file.Dispose();
    }

    private void Sort(ReadOnlySpan<int> rows)
    {
        if (_sorted.Length < rows.Length)
        {
            _sorted = new int[rows.Length];
            _order = new int[rows.Length];
        }

        for (int i = 0; i < rows.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rows[i], (uint)Rows, nameof(rows));
            _sorted[i] = rows[i];
            _order[i] = i;
        }

        Array.Sort(_sorted, _order, 0, rows.Length);
    }

    // Neighbours in the file that are neighbours in the destination too.
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

    private void ReadRun(int row, MatrixSpan<float> destination)
    {
        if (_dataset.PlainSingleOffset < 0)
        {
            _dataset.ReadRows(row, destination);
            return;
        }

        // Past libhdf5, which takes several times as long for scattered rows.
        Span<byte> bytes = MemoryMarshal.AsBytes(destination.Elements[..(destination.Rows * Columns)]);
        long offset = _dataset.PlainSingleOffset + ((long)row * Columns * sizeof(float));
        for (int done = 0, read; done < bytes.Length; done += read)
        {
            read = ReadBytes(bytes[done..], offset + done);
        }
    }

    private int ReadBytes(Span<byte> destination, long offset)
    {
        try
        {
            int read = RandomAccess.Read(_file.Raw, destination, offset);
            return read > 0
                ? read
                : throw new DataException(
                    $"{Origin}: ends at byte {offset}, before its features do: it was truncated.");
        }
        catch (IOException exception)
        {
            throw new DataException($"{Origin}: cannot be read: {exception.Message}", exception);
        }
    }
}
