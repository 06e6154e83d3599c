using System.Reflection;
using System.Runtime.ExceptionServices;
using PureHDF;
using PureHDF.Selections;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// The HDF5 format. Written are contiguous datasets, and lists of variable-length UTF-8 strings like h5py's
/// <c>string_dtype()</c>.
/// </summary>
public sealed class Hdf5Format : ITensorFormat
{
    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public string Name => "HDF5";

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".h5", ".hdf5", ".hdf"];

    /// <summary>Registers HDF5 with <see cref="TensorFormats"/>.</summary>
    public static void Register() => TensorFormats.Register(new Hdf5Format());

    /// <inheritdoc/>
    public ITensorFile Open(string path) => Hdf5File.Open(path);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A name contains a slash or occurs twice, or a string is not valid Unicode.
    /// </exception>
    public void Write(string path, TensorFileContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var file = new H5File();
        var writes = new List<Action<H5NativeWriter>>();
        foreach (TensorSource tensor in content.Tensors)
        {
            (H5Dataset dataset, Action<H5NativeWriter> write) = tensor switch
            {
                TensorSource<float> floats => Plan(floats),
                TensorSource<Half> halves => Plan(halves),
                TensorSource<int> integers => Plan(integers),
                _ => throw new NotSupportedException($"Cannot write {tensor} to an HDF5 file."),
            };
            Add(file, tensor.Name, dataset);
            writes.Add(write);
        }

        foreach ((string name, IReadOnlyList<string> values) in content.Strings)
        {
            Add(file, name, new H5Dataset(Validate(values)));
        }

        try
        {
            using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
            var options = new H5WriteOptions(PreferCompactDatasetLayout: false);
            using H5NativeWriter writer = file.BeginWrite(stream, options);
            writes.ForEach(write => write(writer));
        }
        catch (TargetInvocationException error) when (error.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(error.InnerException);
        }
    }

    private static (H5Dataset Dataset, Action<H5NativeWriter> Write) Plan<T>(TensorSource<T> tensor)
        where T : unmanaged
    {
        ulong[] shape = [.. tensor.Shape.Select(size => (ulong)size)];
        var dataset = new H5Dataset<T[]>(fileDims: shape);
        return (dataset, writer => tensor.ForEachBlock((row, block, count) =>
        {
            ulong[] start = [(ulong)row, .. shape[1..].Select(_ => 0UL)];
            ulong[] size = [(ulong)(count / tensor.RowLength), .. shape[1..]];
            T[] elements = count == block.Length ? block : block[..count];
            writer.Write(dataset, elements, fileSelection: new HyperslabSelection(shape.Length, start, size));
        }));
    }

    private static void Add(H5File file, string name, H5Dataset dataset)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The name {name} contains a slash; groups cannot be written.", nameof(name));
        }

        file.Add(name, dataset);
    }

    private static string[] Validate(IReadOnlyList<string> values)
    {
        foreach (string value in values)
        {
            _ = s_utf8.GetByteCount(value);
        }

        return [.. values];
    }
}
