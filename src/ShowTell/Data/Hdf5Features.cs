using System.Numerics.Tensors;
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
    // What is read of halves at a time, few enough to stay in the processor's cache.
    private const int HalfBlock = 1 << 15;

    private readonly Hdf5File _file;
    private readonly Hdf5Dataset _dataset;
    private readonly Half[] _halves;
    private int[] _sorted = [];
    private int[] _order = [];

    private Hdf5Features(Hdf5File file, Hdf5Dataset dataset)
    {
        _file = file;
        _dataset = dataset;
        Rows = (int)dataset.Info.Shape[0];
        Columns = (int)dataset.RowLength;
        Places = dataset.Info.Shape.Count > 2 ? (int)dataset.Info.Shape[1] : 1;
        _halves = dataset.PlainOffset >= 0 && dataset.Info.ElementType == "float16" ? new Half[HalfBlock] : [];
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <summary>Features of an image: those of all its places, one place after another.</summary>
    public int Columns { get; }

    /// <inheritdoc/>
    public int Places { get; }

    /// <summary>The file's path.</summary>
    public string Origin => _file.Path;

    /// <summary>Opens features.</summary>
    /// <param name="path">An HDF5 file.</param>
    /// <param name="name">The dataset: rows x columns, or rows x places x columns, of floating-point numbers.</param>
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
            dataset.RequireRank(2, 3);
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
        if (_dataset.PlainOffset < 0)
        {
            _dataset.ReadRows(row, destination);
            return;
        }

        // Past libhdf5, which takes several times as long for scattered rows.
        Span<float> elements = destination.Elements[..(destination.Rows * Columns)];
        long first = (long)row * Columns;
        if (_halves.Length == 0)
        {
            ReadPlain(elements, first);
            return;
        }

        for (int done = 0; done < elements.Length; done += _halves.Length)
        {
            Span<Half> halves = _halves.AsSpan(0, Math.Min(_halves.Length, elements.Length - done));
            ReadPlain(halves, first + done);
            TensorPrimitives.ConvertToSingle(halves, elements[done..]);
        }
    }

    private unsafe void ReadPlain<T>(Span<T> elements, long first)
        where T : unmanaged
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(elements);
        long offset = _dataset.PlainOffset + (first * sizeof(T));
        if (_file.ReadRaw(bytes, offset) < bytes.Length)
        {
            throw new DataException(
                $"{Origin}: ends at byte {RandomAccess.GetLength(_file.Raw)}, "
                + "before its features do: it was truncated.");
        }
    }
}
