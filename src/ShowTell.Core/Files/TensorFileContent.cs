using System.Runtime.InteropServices;

namespace ShowTell.Files;

/// <summary>Fills a block of consecutive rows of a tensor, the first of which is <paramref name="startRow"/>.</summary>
public delegate void BlockFiller<T>(long startRow, Span<T> block);

/// <summary>
/// The content of a tensor file to be written. Blocks are computed during writing, so the content may exceed memory.
/// </summary>
public sealed class TensorFileContent
{
    private readonly List<TensorSource> _tensors = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _strings = new(StringComparer.Ordinal);

    /// <summary>The tensors, in the order in which they were added.</summary>
    public IReadOnlyList<TensorSource> Tensors => _tensors;

    /// <summary>The lists of strings by their names.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Strings => _strings;

    /// <summary>Adds a tensor in memory.</summary>
    /// <typeparam name="T"><see cref="int"/>, <see cref="float"/> or <see cref="Half"/>.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="shape">The dimensions, one to three.</param>
    /// <param name="elements">All elements in row-major order.</param>
    /// <exception cref="ArgumentException">Shape and number of elements are incompatible.</exception>
    public void Add<T>(string name, long[] shape, T[] elements)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(elements);
        int rows = (int)Math.Max(1, shape[0]);
        var tensor = new TensorSource<T>(name, shape, rows, (_, block) => elements.CopyTo(block));
        if (elements.Length != shape[0] * tensor.RowLength)
        {
            throw new ArgumentException($"{elements.Length} elements do not fill {tensor}.", nameof(elements));
        }

        _tensors.Add(tensor);
    }

    /// <summary>Adds a tensor that is computed block by block.</summary>
    /// <typeparam name="T"><see cref="int"/>, <see cref="float"/> or <see cref="Half"/>.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="shape">The dimensions, one to three; the first is the rows.</param>
    /// <param name="blockRows">The number of rows per block; the last may have fewer.</param>
    /// <param name="fill">Fills each block in order during writing.</param>
    public void AddRows<T>(string name, long[] shape, int blockRows, BlockFiller<T> fill)
        where T : unmanaged => _tensors.Add(new TensorSource<T>(name, shape, blockRows, fill));

    /// <summary>Adds a list of strings.</summary>
    /// <param name="name">The name.</param>
    /// <param name="values">The strings, without nulls and null characters.</param>
    /// <exception cref="ArgumentException">A string is null or has a null character.</exception>
    public void AddStrings(string name, IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i] is null || values[i].Contains('\0', StringComparison.Ordinal))
            {
                throw new ArgumentException($"String {i} is null or has a null character.", nameof(values));
            }
        }

        _strings.Add(name, values);
    }
}

/// <summary>A tensor to be written.</summary>
public abstract class TensorSource
{
    private protected TensorSource(string name, long[] shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Length is < 1 or > 3 || shape.Any(size => size < 0))
        {
            throw new ArgumentException("Expected one to three nonnegative dimensions.", nameof(shape));
        }

        (Name, Shape) = (name, shape);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The dimensions, one to three.</summary>
    public long[] Shape { get; }

    /// <summary>The number of elements per row, an index of the first dimension.</summary>
    public long RowLength => Shape.Skip(1).Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>The element type, as in <see cref="TensorInfo.ElementType"/>.</summary>
    internal abstract string ElementType { get; }

    /// <summary>Computes all elements in order, several rows at a time.</summary>
    /// <param name="write">Receives the first row and the rows' bytes in this machine's byte order.</param>
    internal abstract void ForEachPiece(Action<long, ReadOnlySpan<byte>> write);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({string.Join(" x ", Shape)})";
}

/// <summary>A tensor with elements of one type.</summary>
/// <typeparam name="T"><see cref="int"/>, <see cref="float"/> or <see cref="Half"/>.</typeparam>
public sealed class TensorSource<T> : TensorSource
    where T : unmanaged
{
    // Few enough that their bytes fit into a span.
    private const long PieceElements = 1 << 26;

    private readonly BlockFiller<T> _fill;

    internal TensorSource(string name, long[] shape, int blockRows, BlockFiller<T> fill)
        : base(name, shape)
    {
        ArgumentNullException.ThrowIfNull(fill);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockRows);
        (BlockRows, _fill) = ((int)Math.Min(blockRows, Math.Max(1, shape[0])), fill);
    }

    /// <summary>The number of rows per block; the last may have fewer.</summary>
    public int BlockRows { get; }

    /// <summary>Computes all blocks in order, in one reused array.</summary>
    /// <param name="write">Receives the first row of a block, its elements, and their number.</param>
    public void ForEachBlock(Action<long, T[], int> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var block = new T[checked(BlockRows * RowLength)];
        for (long row = 0; row < Shape[0] && block.Length > 0; row += BlockRows)
        {
            int count = checked((int)(Math.Min(BlockRows, Shape[0] - row) * RowLength));
            _fill(row, block.AsSpan(0, count));
            write(row, block, count);
        }
    }

    internal override string ElementType => default(T) switch
    {
        float => "float32",
        Half => "float16",
        int => "int32",
        _ => throw new NotSupportedException($"Cannot write a tensor such as {this}."),
    };

    internal override void ForEachPiece(Action<long, ReadOnlySpan<byte>> write)
    {
        long piece = Math.Max(1, PieceElements / Math.Max(1, RowLength)) * RowLength;
        ForEachBlock((row, block, count) =>
        {
            for (long start = 0; start < count; start += piece)
            {
                Span<T> elements = block.AsSpan((int)start, (int)Math.Min(piece, count - start));
                write(row + (start / RowLength), MemoryMarshal.AsBytes(elements));
            }
        });
    }
}
