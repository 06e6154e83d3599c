namespace ShowTell.Layers;

/// <summary>
/// Inverted dropout (Srivastava et al., 2014): in training, each element is kept with probability 1 - p and scaled to
/// preserve the mean:
/// <code>
/// out = mask ⊙ x / (1 - p)      dX = mask ⊙ dOut / (1 - p)
/// </code>
/// Shapes: x, mask and out R x C. The mask is a function of its <see cref="DropoutMask.Key"/>, row and column, and is
/// not stored: forward and backward pass are the same function, for any number of threads.
/// </summary>
internal static class Dropout
{
    /// <summary>With fewer elements, all rows stay on the calling thread.</summary>
    private const long ParallelThreshold = 1 << 14;

    /// <summary>out = mask ⊙ x / (1 - p). Allocates nothing once warm.</summary>
    /// <param name="x">R x C.</param>
    /// <param name="mask">Which elements stay.</param>
    /// <param name="output">R x C; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">Shapes differ.</exception>
    public static void Forward<T>(ReadOnlyMatrixSpan<T> x, DropoutMask mask, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Job<T>.Apply(x, mask, output);

    /// <summary>dX = mask ⊙ dOut / (1 - p). Allocates nothing once warm.</summary>
    /// <param name="dOut">R x C.</param>
    /// <param name="mask">The mask of the forward pass.</param>
    /// <param name="dX">R x C; may be <paramref name="dOut"/> itself.</param>
    /// <exception cref="ArgumentException">Shapes differ.</exception>
    public static void Backward<T>(ReadOnlyMatrixSpan<T> dOut, DropoutMask mask, MatrixSpan<T> dX)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Job<T>.Apply(dOut, mask, dX);

    /// <summary>Either pass in place; does nothing if nothing is dropped.</summary>
    public static void InPlace<T>(MatrixSpan<T> x, DropoutMask mask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!mask.IsNone)
        {
            Job<T>.Apply(x, mask, x);
        }
    }

    private sealed unsafe class Job<T> : WorkerJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static Job<T>? t_job;

        private DropoutMask _mask;
        private T* _x, _output;
        private nint _xStride, _outputStride;
        private int _rows, _columns, _parts;

        public static void Apply(ReadOnlyMatrixSpan<T> x, DropoutMask mask, MatrixSpan<T> output)
        {
            MatrixShape.Require<T>(output, x.Rows, x.Columns, nameof(output));
            Job<T> job = t_job ??= new Job<T>();
            fixed (T* pX = x.Elements, pOutput = output.Elements)
            {
                job._mask = mask;
                job._x = pX;
                job._output = pOutput;
                (job._xStride, job._outputStride) = (x.Stride, output.Stride);
                (job._rows, job._columns) = (x.Rows, x.Columns);
                job._parts = (long)x.Rows * x.Columns < ParallelThreshold ? 1 : Math.Min(Workers.Count, x.Rows);
                Workers.Run(job, job._parts);
            }
        }

        public override void Run(int part)
        {
            (int start, int end) = Share(_rows, part, _parts);
            for (int r = start; r < end; r++)
            {
                _mask.ApplyToRow(
                    r,
                    new ReadOnlySpan<T>(_x + (r * _xStride), _columns),
                    new Span<T>(_output + (r * _outputStride), _columns));
            }
        }
    }
}

/// <summary>Rows after dropout, copied only if anything is dropped.</summary>
internal sealed class DroppedRows<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T> _rows = new(0, 0);

    /// <summary>Applies dropout to x, with buffers for <paramref name="maxRows"/> rows.</summary>
    public ReadOnlyMatrixSpan<T> Forward(ReadOnlyMatrixSpan<T> x, DropoutMask mask, int maxRows)
    {
        if (!mask.IsNone)
        {
            _rows.Reserve(maxRows, x.Columns);
            _rows.Reshape(x.Rows, x.Columns);
            Dropout.Forward(x, mask, _rows);
        }

        return Of(x, mask);
    }

    /// <summary>The result of <see cref="Forward"/>.</summary>
    public ReadOnlyMatrixSpan<T> Of(ReadOnlyMatrixSpan<T> x, DropoutMask mask) => mask.IsNone ? x : _rows;
}

/// <summary>Which elements of a matrix dropout keeps. The default value keeps all.</summary>
/// <param name="rate">p, the probability of dropping an element, in [0, 1).</param>
/// <param name="key">The seed of the mask.</param>
internal readonly struct DropoutMask(double rate, ulong key)
{
    /// <summary>An element has 16 random bits and is dropped if they are below this.</summary>
    private readonly int _threshold = Math.Min((int)Math.Round(rate * Levels), Levels - 1);

    private const int Levels = 1 << 16;

    /// <summary>The seed of the mask.</summary>
    public ulong Key { get; } = key;

    /// <summary>Whether nothing is dropped.</summary>
    public bool IsNone => _threshold == 0;

    /// <summary>One row of <see cref="Dropout"/>.</summary>
    public void ApplyToRow<T>(int row, ReadOnlySpan<T> x, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // A table lookup is cheaper than an unpredictable branch.
        ReadOnlySpan<T> factors = [T.Zero, T.CreateTruncating((double)Levels / (Levels - _threshold))];
        ulong rowKey = SeededRandom.BitsAt(Key, (ulong)row), bits = 0;
        for (int i = 0; i < x.Length; i++, bits >>= 16)
        {
            if ((i & 3) == 0)
            {
                bits = SeededRandom.BitsAt(rowKey, (ulong)i >> 2);
            }

            uint isKept = (uint)(_threshold - 1 - (int)(bits & (Levels - 1))) >> 31;
            output[i] = x[i] * factors[(int)isKept];
        }
    }
}
